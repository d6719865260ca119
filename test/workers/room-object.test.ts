/**
 * The room object inside the runtime: eviction and alarms by hand, time by a fake clock.
 */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import * as Y from "yjs";
import { encodeAwareness } from "../../src/core/presence/awareness-codec.ts";
import { readAttachment } from "../../src/rooms/attachment.ts";
import { PROMPT, Peer, alarmOf, stubOf, typed } from "./room-peer.ts";
import { openSocket, postUpdate, readJson, send, writeText } from "./router-requests.ts";

const MINUTE_MS = 60_000;

afterEach(() => vi.useRealTimers());

test("[RO1] a socket that went silent leaves by the alarm's sweep and is closed; one that is heard stays", async () => {
  const silent = await Peer.join("sweep", 1);
  const heard = await Peer.join("sweep", 2);
  await expect.poll(() => heard.heardOf(1), PROMPT).toBe('{"n":1}');
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 2 * MINUTE_MS });
  await keepAlive("sweep", "u2");
  await runDurableObjectAlarm(stubOf("sweep"));
  await expect.poll(() => heard.heardOf(1), PROMPT).toBeNull();
  await expect.poll(() => silent.closed?.code, PROMPT).toBe(1001);
  expect(silent.closed?.reason).toBe("nothing was heard for too long");
  expect(heard.closed).toBeUndefined();
  heard.close(1000);
});

test("[RO2] one socket alone sets no alarm", async () => {
  const alone = await Peer.join("alone", 1);
  expect(await alarmOf("alone")).toBeNull();
  alone.close(1000);
});

test("[RO3] sweeps come ever more rarely while nothing happens, and from the start again after activity", async () => {
  const peers = [await Peer.join("rare", 1), await Peer.join("rare", 2)];
  const startMs = Date.now();
  vi.useFakeTimers({ toFake: ["Date"], now: startMs });
  const delays: number[] = [];
  for (let sweep = 0; sweep < 5; sweep++) {
    const alarmMs = (await alarmOf("rare")) ?? 0;
    delays.push(Math.round((alarmMs - Date.now()) / MINUTE_MS));
    vi.setSystemTime(alarmMs);
    if (sweep === 3) for (const peer of peers) peer.send({ type: "received", seq: 0 });
    await expect.poll(async () => await alarmOf("rare"), PROMPT).toBe(alarmMs);
    await keepAlive("rare");
    await runDurableObjectAlarm(stubOf("rare"));
  }
  expect(delays).toEqual([1, 1, 2, 4, 1]);
  for (const peer of peers) peer.close(1000);
});

/** As if the sockets of this user, or of everybody, had sent their heartbeat now. */
async function keepAlive(id: string, user?: string): Promise<void> {
  await runInDurableObject(stubOf(id), (_room, state) => {
    const silent = state.getWebSocketAutoResponseTimestamp.bind(state);
    state.getWebSocketAutoResponseTimestamp = (socket) => {
      const isHeard = user === undefined || readAttachment(socket)?.ticket.grant.user === user;
      return isHeard ? new Date() : silent(socket);
    };
  });
}

test("[RO4] a close frame without a code is answered at once", async () => {
  const peer = await Peer.join("codeless", 1);
  peer.close();
  await expect.poll(() => peer.closed?.code, PROMPT).toBe(1000);
});

test("[RO5] after an eviction every session is back with what it showed, and typing goes on", async () => {
  const [first, second] = [await Peer.join("evicted", 1), await Peer.join("evicted", 2)];
  await expect.poll(() => first.heardOf(2), PROMPT).toBe('{"n":2}');
  await evictDurableObject(stubOf("evicted"), { webSockets: "hibernate" });
  first.send(typed("after the eviction"));
  await expect.poll(() => second.messages.some(({ type }) => type === "update"), PROMPT).toBe(true);
  const third = await Peer.join("evicted", 3);
  await expect.poll(() => [third.heardOf(1), third.heardOf(2)], PROMPT).toEqual(['{"n":1}', '{"n":2}']);
  for (const peer of [first, second, third]) peer.close(1000);
});

test("[RO6] a failing task is named by health also after an eviction", async () => {
  await postUpdate("failing", writeText("unsaved"));
  await runInDurableObject(stubOf("failing"), (_room, state) => {
    state.storage.sql.exec("UPDATE tasks SET attempts = 3 WHERE name = 'snapshot'");
  });
  await evictDurableObject(stubOf("failing"), { webSockets: "hibernate" });
  const response = await send("/v1/documents/failing");
  const { health } = await readJson<{ health: { lastTaskError: string | null } }>(response);
  expect(health.lastTaskError).toBe("snapshot: failed 3 times in a row");
});

test("[RO7] compaction and snapshot run with nobody connected", async () => {
  await postUpdate("nobody", writeText("saved by the alarm"));
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 2 * MINUTE_MS });
  await runDurableObjectAlarm(stubOf("nobody"));
  const { objects } = await env.SNAPSHOTS.list({ prefix: "projects/default/documents/nobody/" });
  const snapshots = objects.filter(({ key }) => key.endsWith(".v2") && !key.includes("/versions/"));
  expect(snapshots).toHaveLength(1);
  const rows = await runInDurableObject(stubOf("nobody"), (_room, state) => [
    state.storage.sql.exec("SELECT count(*) AS n FROM updates").one()["n"],
    state.storage.sql.exec("SELECT count(*) AS n FROM parts").one()["n"],
  ]);
  expect(rows[0]).toBe(0);
  expect(rows[1]).toBeGreaterThan(0);
});

test("[RO8] a flush on the typing path writes one row and nothing else", async () => {
  const peer = await Peer.join("rows", 1);
  const doc = new Y.Doc();
  const type = (text: string): Uint8Array => {
    const before = Y.encodeStateVector(doc);
    doc.getText("text").insert(doc.getText("text").length, text);
    return Y.encodeStateAsUpdate(doc, before);
  };
  let number = 0;
  const typeAcked = async (text: string): Promise<void> => {
    const wanted = ++number;
    peer.send({ type: "update", number: wanted, update: type(text) });
    await expect
      .poll(() => peer.messages.some((message) => message.type === "ack" && message.number >= wanted), PROMPT)
      .toBe(true);
  };
  // The first also names its sender and schedules the snapshot.
  await typeAcked("first");
  const countRows = async (): Promise<readonly unknown[]> =>
    await runInDurableObject(stubOf("rows"), (_room, state) =>
      ["updates", "senders", "tasks", "outbox", "authors", "meta"].map(
        (table) => state.storage.sql.exec(`SELECT count(*) AS n FROM ${table}`).one()["n"],
      ),
    );
  const before = await countRows();
  for (const text of ["a", "b", "c"]) await typeAcked(text);
  const after = await countRows();
  expect(after.map((count, index) => Number(count) - Number(before[index]))).toEqual([3, 0, 0, 0, 0, 0]);
  peer.close(1000);
});

test("[RO9] a document that is compacted while people type is snapshotted in time all the same, and health says what is unsaved", async () => {
  const nowMs = Date.now();
  vi.useFakeTimers({ toFake: ["Date"], now: nowMs });
  await postUpdate("typed-on", writeText("first"));
  // As compaction leaves it while people type on: edited a moment ago, owed a snapshot for minutes.
  await runInDurableObject(stubOf("typed-on"), (_room, state) => {
    const summary = JSON.stringify({ updatedMs: nowMs + 9_999, unsavedSinceMs: nowMs - 3 * MINUTE_MS });
    state.storage.sql.exec("UPDATE meta SET summary = ?", summary);
    state.storage.sql.exec("UPDATE updates SET at_ms = ?", nowMs + 9_999);
  });
  await evictDurableObject(stubOf("typed-on"), { webSockets: "hibernate" });
  const lagMs = async (): Promise<number> => {
    const { health } = await readJson<{ health: { lagMs: number } }>(await send("/v1/documents/typed-on"));
    return health.lagMs;
  };
  expect(await lagMs()).toBeGreaterThanOrEqual(3 * MINUTE_MS);
  vi.setSystemTime(nowMs + 10_001);
  await runDurableObjectAlarm(stubOf("typed-on"));
  expect(await lagMs()).toBe(0);
});

test("[RO11] a stock client that vanished before a sleep leaves by the sweep that wakes the room", async () => {
  const stock = await openSocket("/yjs/stock-ghost?user=ghost");
  const aware = encodeAwareness([{ client: 9, clock: 1, state: '{"n":9}' }]);
  stock.webSocket?.send(Uint8Array.of(0, 0, 1, 0));
  stock.webSocket?.send(Uint8Array.of(1, aware.length, ...aware));
  const watcher = await Peer.join("stock-ghost", 1);
  await expect.poll(() => watcher.heardOf(9), PROMPT).toBe('{"n":9}');
  await evictDurableObject(stubOf("stock-ghost"), { webSockets: "hibernate" });
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + 2 * MINUTE_MS });
  await keepAlive("stock-ghost", "u1");
  await runDurableObjectAlarm(stubOf("stock-ghost"));
  await expect.poll(() => watcher.heardOf(9), PROMPT).toBeNull();
  watcher.close(1000);
});

test("[RO12] an alarm that was lost is set again by the first row after a wake", async () => {
  await postUpdate("alarmless", writeText("one"));
  await runInDurableObject(stubOf("alarmless"), async (_room, state) => await state.storage.deleteAlarm());
  await evictDurableObject(stubOf("alarmless"), { webSockets: "hibernate" });
  expect(await alarmOf("alarmless")).toBeNull();
  await postUpdate("alarmless", writeText("two"));
  expect(await alarmOf("alarmless")).not.toBeNull();
});
