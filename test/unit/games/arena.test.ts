import { schema, t } from "@colyseus/schema";
import { InputEncoder } from "@colyseus/schema/input";
import { describe, expect, it } from "vitest";
import { DASH_STEPS, FULL, SPEED, STEP_HZ, type Push, step } from "../../../src/games/arena-step.ts";
import type { ArenaState } from "../../../src/games/arena.ts";
import { type Guest, Table } from "./table.ts";

type State = InstanceType<typeof ArenaState>;
type Runner = NonNullable<ReturnType<State["runners"]["get"]>>;

const Wish = schema({ x: t.int8(), y: t.int8(), dash: t.boolean() }, "Wish");
const STEP_MS = 1_000 / STEP_HZ;
const REST: Push = { x: 0, y: 0, dash: false };

/** One who pushes, an input a step. */
class Pusher {
  readonly guest: Guest<State>;
  readonly #table: Table<State>;
  readonly #wish = new Wish({ ...REST });
  readonly #encoder = new InputEncoder(this.#wish);

  constructor(table: Table<State>, name: string) {
    this.#table = table;
    this.guest = table.join(name);
  }

  get runner(): Runner {
    const runner = this.guest.state.runners.get(this.guest.session);
    if (runner === undefined) throw new Error("it does not run");
    return runner;
  }

  push(push: Push): void {
    Object.assign(this.#wish, push);
    this.#table.input(this.guest, this.#encoder.encode());
  }

  /** Straight at a place, one step. */
  pushTo({ x, y }: { readonly x: number; readonly y: number }): void {
    const [dx, dy] = [x - this.runner.x, y - this.runner.y];
    const length = Math.max(1, Math.hypot(dx, dy));
    this.push({ x: Math.round((dx / length) * FULL), y: Math.round((dy / length) * FULL), dash: false });
  }
}

const placeOf = ({ x, y }: Runner) => ({ x, y });

describe("an arena", () => {
  it("[GB5] moves each runner one step an input, to where the same step brings a page", () => {
    const table = new Table<State>("arena");
    const alice = new Pusher(table, "Alice");
    table.wait(100);
    const { x, y, dash, frozen, isIt } = alice.runner;
    const local = { x, y, dash, frozen, isIt };
    for (let index = 0; index < 60; index += 1) {
      const push = { x: index % 128, y: -((3 * index) % 128), dash: index === 20 };
      alice.push(push);
      step(local, push);
      table.wait(STEP_MS);
    }
    table.wait(500);
    expect({ ...placeOf(alice.runner), dash: alice.runner.dash }).toEqual({ x: local.x, y: local.y, dash: local.dash });
    expect(table.errors).toEqual([]);
  });

  it("[GB5] who sends faster than the steps moves no faster", () => {
    const table = new Table<State>("arena");
    const alice = new Pusher(table, "Alice");
    table.wait(100);
    const from = placeOf(alice.runner);
    for (let index = 0; index < 20; index += 1) {
      for (let more = 0; more < 4; more += 1) alice.push({ x: 0, y: FULL, dash: false });
      table.wait(STEP_MS);
    }
    // What may have been saved up for a line that stutters comes on top.
    expect(alice.runner.y - from.y).toBeLessThanOrEqual(SPEED * (20 + 10));
  });

  it("[GB5] with two one is it, a touch passes it on, and who was caught stands still first", () => {
    const table = new Table<State>("arena");
    const people = [new Pusher(table, "Alice"), new Pusher(table, "Bob")];
    for (const each of people) each.push({ x: 1, y: 0, dash: false });
    table.wait(200);
    const chaser = people.find(({ runner }) => runner.isIt);
    const prey = people.find(({ runner }) => !runner.isIt);
    if (chaser === undefined || prey === undefined) throw new Error("one is it");
    for (let index = 0; index < 400 && chaser.runner.isIt; index += 1) {
      chaser.pushTo(prey.runner);
      table.wait(STEP_MS);
    }
    expect(prey.runner.isIt).toBe(true);
    expect(prey.runner.frozen).toBeGreaterThan(0);
    expect(chaser.runner.score).toBeGreaterThanOrEqual(5);
    expect(prey.guest.told("tag").length).toBe(1);
    const caughtAt = placeOf(prey.runner);
    prey.push({ x: FULL, y: 0, dash: false });
    table.wait(STEP_MS);
    expect(placeOf(prey.runner)).toEqual(caughtAt);
  });

  it("[GB5] a chaser who drops or does nothing for ten seconds is it no longer", () => {
    const table = new Table<State>("arena");
    const people = [new Pusher(table, "Alice"), new Pusher(table, "Bob"), new Pusher(table, "Carol")];
    for (const each of people) each.push({ x: 1, y: 0, dash: false });
    table.wait(200);
    const chasers = () => people.filter(({ runner }) => runner.isIt);
    const [first] = chasers();
    const others = people.filter((each) => each !== first);
    for (let index = 0; index < 11 * STEP_HZ; index += 1) {
      for (const [at, each] of others.entries()) each.push({ x: 0, y: (index + at) % 2 === 0 ? 9 : -9, dash: false });
      table.wait(STEP_MS);
    }
    expect(chasers().length).toBe(1);
    const [second] = chasers();
    expect(second).not.toBe(first);
    if (second === undefined) throw new Error("one is it");
    const [watcher] = people.filter((each) => each !== second);
    table.drop(second.guest);
    table.wait(200);
    const its = [...(watcher?.guest.state.runners.entries() ?? [])].filter(([, { isIt }]) => isIt);
    expect(its.map(([session]) => session)).not.toContain(second.guest.session);
    expect(its.length).toBe(1);
  });

  it("[GB5] rests when nobody pushes, and goes on after sleep with everybody where they were", () => {
    const table = new Table<State>("arena");
    const alice = new Pusher(table, "Alice");
    const bob = new Pusher(table, "Bob");
    alice.push({ x: FULL, y: 0, dash: true });
    table.wait(1_000);
    expect(table.isQuiet).toBe(false);
    table.wait(31_000);
    expect(table.isQuiet).toBe(true);
    const before = [placeOf(alice.runner), placeOf(bob.runner), alice.runner.dash];
    table.sleep();
    table.wait(100);
    expect([placeOf(alice.runner), placeOf(bob.runner), alice.runner.dash]).toEqual(before);
    expect(alice.runner.dash).toBe(DASH_STEPS);
    bob.push({ x: 0, y: FULL, dash: false });
    table.wait(1_000);
    expect(alice.guest.state.runners.get(bob.guest.session)?.y).not.toBe(before[1]);
    expect(table.errors).toEqual([]);
  });
});
