/**
 * P1 by force: people type through a real server process, the runtime is killed, and nothing that anyone saw is missing.
 */
import { randomInt } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { FAULTY_WORKER, type Fault, readProbe, setFaults, whenReached } from "../support/faults.ts";
import { recordResult } from "../support/results.ts";
import { type TestServer, startServer } from "../support/server.ts";
import { type Mark, type Typist, marksOf, readFresh, roostTypist, stockTypist } from "../support/typists.ts";

const ROUNDS = process.env["ROOST_LONG"] === "1" ? 20 : 3;
const TYPING_EVERY_MS = 4;

let server: TestServer;

beforeAll(async () => {
  server = await startServer({
    entry: FAULTY_WORKER,
    // Compaction, snapshots and events happen all the time, so that kills land in them.
    vars: {
      ROOST_COMPACT_ROWS: "20",
      ROOST_SNAPSHOT_DELAY_MS: "150",
      ROOST_SNAPSHOT_MAX_DELAY_MS: "400",
    },
  });
});
afterAll(async () => await server.stop());

/** Types until `until` resolves, kills the runtime and cuts everybody off, then reads with a fresh client. */
async function killWhileTyping(id: string, until: () => Promise<unknown>): Promise<number> {
  const typists = [roostTypist(server, id, "alice"), roostTypist(server, id, "bob"), stockTypist(server, id, "carol")];
  await Promise.all(typists.map(({ whenSynced }) => whenSynced));
  const typing = setInterval(() => typists[randomInt(typists.length)]?.type(), TYPING_EVERY_MS);
  try {
    await until();
  } finally {
    clearInterval(typing);
  }
  const back = server.kill9();
  // Nobody may bring back what the server lost.
  for (const typist of typists) typist.leave();
  await back;
  const stored = new Set(marksOf(await readFresh(server, id)).toArray());
  return expectAllKept(typists, stored);
}

/** Returns how many edits had been seen. */
function expectAllKept(typists: readonly Typist[], stored: ReadonlySet<Mark>): number {
  const seen = new Set(typists.flatMap((typist) => [...typist.seen, ...typist.acked]));
  expect(seen.size).toBeGreaterThan(20);
  expect([...seen].filter((mark) => !stored.has(mark))).toEqual([]);
  return seen.size;
}

test(`[P1] nothing that anyone saw is missing after ${ROUNDS} kills at random moments`, async () => {
  let seen = 0;
  for (let round = 0; round < ROUNDS; round++) {
    seen += await killWhileTyping(`random-${round}`, async () => await delay(randomInt(600, 1_600)));
  }
  recordResult("kills", {
    promise: "P1",
    test: "`kill -9` of the runtime while three clients type",
    count: `${ROUNDS} random moments, ${seen} edits that somebody saw or had acked`,
    result: "0 lost",
  });
});

const CRASH_POINTS: readonly (Fault & { readonly name: string })[] = [
  {
    name: "compaction, before its history is in R2",
    binding: "SNAPSHOTS",
    method: "put",
    match: "history/",
    action: "hang-before",
  },
  {
    name: "compaction, before rows become parts",
    binding: "SNAPSHOTS",
    method: "put",
    match: "history/",
    action: "hang-after",
  },
  {
    name: "snapshot, before its text is in R2",
    binding: "SNAPSHOTS",
    method: "put",
    match: ".txt",
    action: "hang-before",
  },
  { name: "snapshot, before it is noted", binding: "SNAPSHOTS", method: "put", match: ".v2", action: "hang-after" },
  { name: "outbox, before the event is sent", binding: "EVENTS", method: "send", action: "hang-before" },
  { name: "outbox, before the sent event is noted", binding: "EVENTS", method: "send", action: "hang-after" },
];

for (const [index, { name, ...fault }] of CRASH_POINTS.entries()) {
  test(`[P1] killed in the middle of the ${name}: nothing is missing, and the summary still reaches D1`, async () => {
    const id = `point-${index}`;
    await killWhileTyping(id, async () => {
      await delay(300);
      await setFaults(server.url, [fault]);
      await whenReached(server.url, 10_000);
      // Typing goes on while the task hangs.
      await delay(300);
    });
    await whenSummarised(id);
  });
}

test("[P1] killed while tier merges follow one another: nothing is missing, and the summary still reaches D1", async () => {
  const usual = server;
  // A tier merge is one transaction of its own: there is no point inside it to be killed at.
  const vars = { ROOST_COMPACT_ROWS: "20", ROOST_SNAPSHOT_DELAY_MS: "6000", ROOST_SNAPSHOT_MAX_DELAY_MS: "6000" };
  server = await startServer({ entry: FAULTY_WORKER, vars });
  try {
    await killWhileTyping("tiers", async () => {
      await expect.poll(mergesSoFar, { timeout: 10_000, interval: 50 }).toBeGreaterThan(3);
      // A compaction would have built one.
      expect((await readProbe(server.url)).docsBuilt).toBe(0);
    });
    await whenSummarised("tiers");
  } finally {
    await server.stop();
    server = usual;
  }
});

function mergesSoFar(): number {
  return server.logs.filter(({ message }) => message.includes('"task":"compact"')).length;
}

const ERASE_POINTS: readonly (Fault & { readonly name: string })[] = [
  {
    name: "before its tombstone is in R2",
    binding: "SNAPSHOTS",
    method: "put",
    match: ".deleted",
    action: "hang-before",
  },
  { name: "after its tombstone", binding: "SNAPSHOTS", method: "put", match: ".deleted", action: "hang-after" },
  { name: "before R2 forgets", binding: "SNAPSHOTS", method: "delete", action: "hang-before" },
  { name: "before the event is sent", binding: "EVENTS", method: "send", match: "deleted", action: "hang-before" },
];

for (const [index, { name, ...fault }] of ERASE_POINTS.entries()) {
  test(`[P7] killed in the middle of an erase, ${name}: the document stays deleted, in R2 and D1 too`, async () => {
    const id = `erased-${index}`;
    const address = `${server.url}/v1/documents/${id}`;
    const typist = roostTypist(server, id, "alice");
    await typist.whenSynced;
    for (let count = 0; count < 30; count += 1) typist.type();
    await whenSummarised(id);
    await setFaults(server.url, [fault]);
    const erased = await fetch(address, { method: "DELETE", signal: AbortSignal.timeout(5_000) });
    expect(erased.status).toBe(204);
    await whenReached(server.url, 10_000);
    await server.kill9();
    typist.leave();
    await expect(readFresh(server, id, 1_000)).rejects.toThrow("did not sync");
    await expect.poll(async () => await tracesOf(id), { timeout: 20_000, interval: 200 }).toEqual([".deleted"]);
    expect((await fetch(address, { signal: AbortSignal.timeout(5_000) })).status).toBe(410);
  });
}

/** Kinds of what R2 has of a document, and `listed` while D1 shows it. */
async function tracesOf(id: string): Promise<readonly string[]> {
  const prefix = encodeURIComponent(`projects/default/documents/${id}/`);
  const bucket = await fetch(`${server.url}/r2?prefix=${prefix}`, { signal: AbortSignal.timeout(5_000) });
  const keys = (await bucket.json()) as string[];
  const kinds = keys.map((key) => key.slice(key.lastIndexOf(key.includes("/history/") ? "/" : ".")));
  return (await listedIds()).includes(id) ? [...kinds, "listed"] : kinds;
}

async function listedIds(): Promise<readonly string[]> {
  const response = await fetch(`${server.url}/v1/documents?limit=100`, { signal: AbortSignal.timeout(5_000) });
  return ((await response.json()) as { documents: { id: string }[] }).documents.map((document) => document.id);
}

/** D1 shows the version that the room has, without anybody editing. */
async function whenSummarised(id: string): Promise<void> {
  const address = `${server.url}/v1/documents/${encodeURIComponent(id)}`;
  await expect
    .poll(
      async () => {
        const response = await fetch(address, { signal: AbortSignal.timeout(5_000) });
        const { version, versions, health } = (await response.json()) as {
          version: string;
          versions: { indexed: string | null };
          health: { lagMs: number; lastVersion: string; outbox: { rows: number } };
        };
        const isIndexed = versions.indexed === version && health.lastVersion === version;
        return { lagMs: health.lagMs, outboxRows: health.outbox.rows, isIndexed };
      },
      { timeout: 30_000, interval: 200 },
    )
    .toEqual({ lagMs: 0, outboxRows: 0, isIndexed: true });
  expect(await listedIds()).toContain(id);
}
