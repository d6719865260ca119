import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { GameClass } from "../../../src/games/game.ts";
import { type Guest, Table } from "./table.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
/** Packages are found from there. */
const FOLDER = join(ROOT, "node_modules/.cache/roost-readme");

type State = { readonly sticks: number; readonly turn: string; readonly winner: string };

let Sticks: GameClass;

beforeAll(async () => {
  const readme = await readFile(join(ROOT, "README.md"), "utf8");
  const code = /## Write a game[^]*?```ts\n([^]*?)```/.exec(readme)?.[1] ?? "";
  const games = pathToFileURL(join(ROOT, "src/games/")).href;
  await mkdir(FOLDER, { recursive: true });
  const path = join(FOLDER, `sticks-${process.pid}.ts`);
  await writeFile(path, code.replaceAll('from "./', `from "${games}`).replaceAll('from "../', `from "${games}../`));
  // SAFETY: what the page says it exports.
  ({ Sticks } = (await import(path)) as { readonly Sticks: GameClass });
});
afterAll(async () => await rm(FOLDER, { recursive: true, force: true }));

const standOf = ({ state }: Guest<State>) => [state.sticks, state.turn, state.winner];

describe("the game that README shows", () => {
  it("[GB6] is played to its end, over sleep, and by the clock", () => {
    const table = new Table<State>(Sticks);
    const [alice, bob] = [table.join("Alice"), table.join("Bob")];
    table.wait(100);
    expect(standOf(bob)).toEqual([21, alice.session, ""]);
    table.send(alice, "take", 3);
    table.sleep();
    table.send(alice, "take", 3);
    table.send(bob, "take", 4);
    table.send(bob, "take", 2);
    table.wait(100);
    expect(standOf(bob)).toEqual([16, alice.session, ""]);
    expect(alice.refusals).toEqual(["It is not your turn."]);
    for (let turns = 0; turns < 6; turns += 1) table.send(turns % 2 === 0 ? alice : bob, "take", 3);
    table.wait(100);
    expect(standOf(alice)).toEqual([0, bob.session, bob.session]);
    const late = new Table<State>(Sticks);
    const [carol, dave] = [late.join("Carol"), late.join("Dave")];
    late.wait(61_000);
    expect(standOf(carol)).toEqual([21, carol.session, dave.session]);
    expect([table.errors, late.errors]).toEqual([[], []]);
  });
});
