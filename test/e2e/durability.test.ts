/**
 * P1 by force: people type through a real server process, the runtime is killed, and nothing that anyone saw is missing.
 */
import { randomInt } from "node:crypto";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { FAULTY_WORKER, type Fault, readProbe, setFaults, whenReached } from "../support/faults.ts";
import { recordResult } from "../support/results.ts";
import { type TestServer, startServer } from "../support/server.ts";
import { type Mark, type Typist, marksOf, readFresh, roostTypist, stockTypist } from "../support/typists.ts";

const ROUNDS = process.env["ROOST_LONG"] === "1" ? 20 : 3;
const TYPING_EVERY_MS = 4;
/** Slower: rows of many keystrokes each would be compacted before they are merged. */
const TIER_TYPING_EVERY_MS = 12;
const REQUEST_MS = 20_000;
/** Several waits, each of which may take half of a minute where the machine is slow. */
const SLOW = { timeout: 150_000 };

let server: TestServer;
/** On a server of its own, beside all other tests: it has to wait for a snapshot that comes late. */
let merged: Promise<number>;

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
  merged = killWhileMerging();
  // Looked at later: what fails before is no accident of another test.
  void Promise.allSettled([merged]);
});
afterAll(async () => await server.stop());

/** Types until `until` resolves, kills the runtime and cuts everybody off, then reads with a fresh client. */
async function killWhileTyping(
  id: string,
  until: () => Promise<unknown>,
  { on = server, everyMs = TYPING_EVERY_MS } = {},
): Promise<number> {
  const typists = [roostTypist(on, id, "alice"), roostTypist(on, id, "bob"), stockTypist(on, id, "carol")];
  await Promise.all(typists.map(({ whenSynced }) => whenSynced));
  const typing = setInterval(() => typists[randomInt(typists.length)]?.type(), everyMs);
  try {
    await until();
    // So that there is something to lose, however slow the machine is.
    await vi.waitFor(() => expect(seenBy(typists).size).toBeGreaterThan(20), { timeout: 20_000, interval: 5 });
  } finally {
    clearInterval(typing);
  }
  const back = on.kill9();
  // Nobody may bring back what the server lost.
  for (const typist of typists) typist.leave();
  await back;
  const stored = new Set(marksOf(await readFresh(on, id)).toArray());
  return expectAllKept(typists, stored);
}

function seenBy(typists: readonly Typist[]): ReadonlySet<Mark> {
  return new Set(typists.flatMap((typist) => [...typist.seen, ...typist.acked]));
}

/** Returns how many edits had been seen. */
function expectAllKept(typists: readonly Typist[], stored: ReadonlySet<Mark>): number {
  const seen = seenBy(typists);
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
  test(
    `[P1] killed in the middle of the ${name}: nothing is missing, and the summary still reaches D1`,
    SLOW,
    async () => {
      const id = `point-${index}`;
      await killWhileTyping(id, async () => {
        await delay(300);
        await setFaults(server.url, [fault]);
        await whenReached(server.url, 25_000);
        // Typing goes on while the task hangs.
        await delay(300);
      });
      await whenSummarised(id);
    },
  );
}

test(
  "[P1] killed while tier merges follow one another: nothing is missing, and the summary still reaches D1",
  SLOW,
  async () => {
    expect(await merged).toBeGreaterThan(20);
  },
);

/** Returns how many edits had been seen. */
async function killWhileMerging(): Promise<number> {
  // A tier merge is one transaction of its own: there is no point inside it to be killed at.
  const vars = { ROOST_COMPACT_ROWS: "20", ROOST_SNAPSHOT_DELAY_MS: "22000", ROOST_SNAPSHOT_MAX_DELAY_MS: "22000" };
  const merging = await startServer({ entry: FAULTY_WORKER, vars });
  const mergesSoFar = async () => {
    const tasks = merging.logs.filter(({ message }) => message.includes('"task":"compact"')).length;
    // A compaction builds one each time, a merge none.
    return tasks - (await readProbe(merging.url)).docsBuilt;
  };
  try {
    const whileMerging = async () => {
      await vi.waitFor(async () => expect(await mergesSoFar()).toBeGreaterThan(3), { timeout: 21_000, interval: 50 });
    };
    const seen = await killWhileTyping("tiers", whileMerging, { on: merging, everyMs: TIER_TYPING_EVERY_MS });
    await whenSummarised("tiers", merging);
    return seen;
  } finally {
    await merging.stop();
  }
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
  test(
    `[P7] killed in the middle of an erase, ${name}: the document stays deleted, in R2 and D1 too`,
    SLOW,
    async () => {
      const id = `erased-${index}`;
      const address = `${server.url}/v1/documents/${id}`;
      const typist = roostTypist(server, id, "alice");
      await typist.whenSynced;
      for (let count = 0; count < 30; count += 1) typist.type();
      await whenSummarised(id);
      await setFaults(server.url, [fault]);
      const erased = await fetch(address, { method: "DELETE", signal: AbortSignal.timeout(REQUEST_MS) });
      expect(erased.status).toBe(204);
      await whenReached(server.url, 25_000);
      await server.kill9();
      typist.leave();
      await expect(readFresh(server, id, 1_000)).rejects.toThrow("did not sync");
      await expect.poll(async () => await tracesOf(id), { timeout: 40_000, interval: 200 }).toEqual([".deleted"]);
      expect((await fetch(address, { signal: AbortSignal.timeout(REQUEST_MS) })).status).toBe(410);
    },
  );
}

/** Kinds of what R2 has of a document, and `listed` while D1 shows it. */
async function tracesOf(id: string): Promise<readonly string[]> {
  const prefix = encodeURIComponent(`projects/default/documents/${id}/`);
  const bucket = await fetch(`${server.url}/r2?prefix=${prefix}`, { signal: AbortSignal.timeout(REQUEST_MS) });
  const keys = (await bucket.json()) as string[];
  const kinds = keys.map((key) => key.slice(key.lastIndexOf(key.includes("/history/") ? "/" : ".")));
  return (await listedIds()).includes(id) ? [...kinds, "listed"] : kinds;
}

async function listedIds({ url } = server): Promise<readonly string[]> {
  const response = await fetch(`${url}/v1/documents?limit=100`, { signal: AbortSignal.timeout(REQUEST_MS) });
  return ((await response.json()) as { documents: { id: string }[] }).documents.map((document) => document.id);
}

/** D1 shows the version that the room has, without anybody editing. */
async function whenSummarised(id: string, on = server): Promise<void> {
  const address = `${on.url}/v1/documents/${encodeURIComponent(id)}`;
  const isSummarised = async () => {
    const response = await fetch(address, { signal: AbortSignal.timeout(REQUEST_MS) });
    const { version, versions, health } = (await response.json()) as {
      version: string;
      versions: { indexed: string | null };
      health: { lagMs: number; lastVersion: string; outbox: { rows: number } };
    };
    const isIndexed = versions.indexed === version && health.lastVersion === version;
    const found = { lagMs: health.lagMs, outboxRows: health.outbox.rows, isIndexed };
    expect(found).toEqual({ lagMs: 0, outboxRows: 0, isIndexed: true });
  };
  await vi.waitFor(isSummarised, { timeout: 40_000, interval: 200 });
  expect(await listedIds(on)).toContain(id);
}
