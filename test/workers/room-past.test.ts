/**
 * Who wrote what, from the room's tables and from R2.
 */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import { MINUTE_MS, START_MS, at, blameOf, compact, sleep, typed } from "./past-requests.ts";
import { stubOf } from "./room-peer.ts";
import { failureOf, readJson, send } from "./router-requests.ts";
import { LongDocument, inSaverRoom } from "./saver-room.ts";

afterEach(() => vi.useRealTimers());

async function loseFile(id: string): Promise<void> {
  await runInDurableObject(stubOf(id), async (_room, state) => await state.storage.deleteAll());
  await sleep(id);
}

test("[HA20] blame is the same before compaction, after it and after sleep", async () => {
  await typed("blamed");
  const expected = [
    ["bob", 5, "ffffff"],
    ["alice", 4, "eeeee"],
    ["bob", 3, "dddd"],
    ["alice", 2, "ccc"],
    ["bob", 1, "bb"],
    ["alice", 0, "a"],
  ];
  expect(await blameOf("blamed")).toEqual(expected);
  await compact("blamed", 9);
  expect(await blameOf("blamed")).toEqual(expected);
  await sleep("blamed");
  expect(await blameOf("blamed")).toEqual(expected);
});

test("[HA20] a compaction writes one row for what a client typed in a minute, and makes it longer after that", async () => {
  const document = new LongDocument(0);
  at(0);
  await inSaverRoom("few-rows", async ({ write, saver, storage }) => {
    for (let round = 0; round < 3; round += 1) {
      for (let key = 0; key < 20; key += 1) write(document.type("x"));
      await saver.save();
      const stamp = {
        client: document.doc.clientID,
        clock: 0,
        length: 20 * (round + 1),
        user: "alice",
        atMs: START_MS,
      };
      expect([...storage.attribution.read()]).toEqual([stamp]);
    }
  });
});

test("[HA23] activity counts updates and what they insert, by person and interval, wherever the rows are", async () => {
  await typed("active");
  const every = await readJson(await send(`/v1/documents/active/activity?from=${START_MS}&every=120`));
  const offset = START_MS % 120_000;
  const interval = (minute: number) => START_MS + minute * MINUTE_MS - ((offset + minute * MINUTE_MS) % 120_000);
  const found = new Map<string, { fromMs: number; user: string; updates: number; inserted: number }>();
  for (let minute = 0; minute <= 5; minute += 1) {
    const [fromMs, user] = [interval(minute), minute % 2 === 0 ? "alice" : "bob"];
    const one = found.get(`${fromMs} ${user}`) ?? { fromMs, user, updates: 0, inserted: 0 };
    found.set(`${fromMs} ${user}`, { ...one, updates: one.updates + 1, inserted: one.inserted + minute + 1 });
  }
  const expected = [...found.values()].sort((a, b) => a.fromMs - b.fromMs || (a.user < b.user ? -1 : 1));
  expect(every).toEqual({ activity: expected });
  const last = await readJson(await send(`/v1/documents/active/activity?from=${START_MS + 5 * MINUTE_MS}&every=60`));
  expect(last).toEqual({ activity: [{ fromMs: START_MS + 5 * MINUTE_MS, user: "bob", updates: 1, inserted: 6 }] });
});

test("[HA24] after the file was lost blame is read back from R2 once, and a segment that does not read is an error", async () => {
  await typed("lost");
  await compact("lost", 9);
  const before = await blameOf("lost");
  await loseFile("lost");
  const prefix = "projects/default/documents/lost/history/";
  const { objects } = await env.SNAPSHOTS.list({ prefix });
  const key = objects[1]?.key ?? "";
  const kept = await (await env.SNAPSHOTS.get(key))?.arrayBuffer();
  await env.SNAPSHOTS.put(key, Uint8Array.of(9));
  expect(await failureOf(await send("/v1/documents/lost/blame"))).toBe("503 unavailable");
  await sleep("lost");
  await env.SNAPSHOTS.put(key, kept ?? new ArrayBuffer(0));
  expect(await blameOf("lost")).toEqual(before);
  await sleep("lost");
  await env.SNAPSHOTS.delete(objects.map((object) => object.key));
  expect(await blameOf("lost")).toEqual(before);
});

test("[HA24] what was read back before a segment failed is not read again", async () => {
  const document = new LongDocument(0);
  await inSaverRoom("resumed", async ({ write, saver }) => {
    for (let minute = 0; minute < 12; minute += 1) {
      at(minute);
      write(document.type("x", 0));
      await saver.save();
    }
  });
  await loseFile("resumed");
  const prefix = "projects/default/documents/resumed/history/";
  const keys = (await env.SNAPSHOTS.list({ prefix })).objects.map(({ key }) => key);
  const tenth = keys[9] ?? "";
  const kept = await (await env.SNAPSHOTS.get(tenth))?.arrayBuffer();
  await env.SNAPSHOTS.put(tenth, Uint8Array.of(9));
  expect(await failureOf(await send("/v1/documents/resumed/blame"))).toBe("503 unavailable");
  await sleep("resumed");
  await env.SNAPSHOTS.delete(keys.slice(0, 8));
  await env.SNAPSHOTS.put(tenth, kept ?? new ArrayBuffer(0));
  expect((await blameOf("resumed")).map(([user, minute]) => `${user} ${minute}`)).toEqual(
    Array.from({ length: 12 }, (_, index) => `alice ${11 - index}`),
  );
});

test("[HA25] a document from before stamps were kept has first senders, without times, and fails in nothing", async () => {
  await typed("old");
  await compact("old", 9);
  await runInDurableObject(stubOf("old"), (_room, state) => void state.storage.sql.exec("DELETE FROM attribution"));
  await sleep("old");
  // One client id, whose first sender was Alice.
  expect(await blameOf("old")).toEqual([["alice", null, "ffffffeeeeeddddcccbba"]]);
});
