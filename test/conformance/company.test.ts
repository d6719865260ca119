/**
 * P4 at random: every pair of clients, and all of them at once, edit one document over disconnects and crashes of the server.
 */
import { randomInt } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { recordResult } from "../support/results.ts";
import { type TestServer, startServer } from "../support/server.ts";
import { liveTogether } from "./company-world.ts";
import { FAMILIES, slugOf } from "./families.ts";
import type { StockFamily } from "./stock-client.ts";

const IS_LONG = process.env["ROOST_LONG"] === "1";
const FOR_MS = IS_LONG ? 300_000 : 15_000;
const KILLS = IS_LONG ? 20 : 2;
const EVERY_MS = 250;
const SETTLES_MS = 120_000;
/** Printed with a failure. */
const SEED = Number(process.env["ROOST_SEED"] ?? randomInt(2 ** 31));

type Company = { readonly title: string; readonly members: readonly StockFamily[] };

/** Each with each, and with itself. */
const PAIRS: readonly Company[] = FAMILIES.flatMap((one, index) =>
  FAMILIES.slice(index).map((other) => ({ title: `${one.label} and ${other.label}`, members: [one, other] })),
);
const ALL: Company = { title: "all of them", members: FAMILIES };
const COMPANIES = [...PAIRS, ALL];

let server: TestServer;
let isOver = false;
let outcomes: ReadonlyMap<string, PromiseSettledResult<number>>;

async function killNowAndThen(): Promise<void> {
  for (let kill = 0; kill < KILLS; kill++) {
    await delay(FOR_MS / (KILLS + 1));
    await server.kill9();
  }
  await delay(FOR_MS / (KILLS + 1));
  isOver = true;
}

beforeAll(async () => {
  server = await startServer();
  const lives = COMPANIES.map(async ({ members }, index) => {
    const id = `company/${members.map(slugOf).join("+").slice(0, 200)}`;
    const everyMs = members.length > 2 ? EVERY_MS / 5 : EVERY_MS;
    return await liveTogether({ place: { server }, id, members, seed: SEED + index, isOver: () => isOver, everyMs });
  });
  const [settled] = await Promise.all([Promise.allSettled(lives), killNowAndThen()]);
  outcomes = new Map(COMPANIES.map(({ title }, index) => [title, settled[index] ?? never(title)]));
}, FOR_MS + SETTLES_MS);

afterAll(async () => await server.stop());

function never(title: string): PromiseRejectedResult {
  return { status: "rejected", reason: new Error(`${title} never met`) };
}

describe(`seed ${SEED}`, () => {
  test.each(COMPANIES)("[CF40] the same for everybody in the end: $title", ({ title }) => {
    const outcome = outcomes.get(title);
    if (outcome?.status !== "fulfilled") throw outcome?.reason ?? new Error(`${title} never met`);
    expect(outcome.value).toBeGreaterThan(10);
  });

  test("[CF40] it is written down what was done", () => {
    const edits = [...outcomes.values()].map((outcome) => (outcome.status === "fulfilled" ? outcome.value : 0));
    expect(edits.every((count) => count > 0)).toBe(true);
    recordResult("conformance-pairs", {
      promise: "P4",
      test: "every pair of published clients, and all of them, edit one document: disconnects, cut wires, `kill -9` of the runtime",
      count: `${PAIRS.length} pairs and all ${FAMILIES.length} at once, ${edits.reduce((sum, count) => sum + count, 0)} edits, ${KILLS} kills`,
      result: "all replicas and the server equal, everybody sees everybody",
    });
  });
});
