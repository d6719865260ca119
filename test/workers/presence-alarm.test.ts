/**
 * What the alarm of a presence room does, by a clock that is put forward: sockets that vanished, tokens that end.
 */
import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { afterEach, expect, test, vi } from "vitest";
import { readAttachment } from "../../src/rooms/attachment.ts";
import { PROMPT, PresencePeer, alarmOf, fallAsleep, inPresence, presenceStub, storedOf } from "./presence-peer.ts";
import { mint } from "./room-tickets.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

afterEach(() => void vi.useRealTimers());

function startClock(): number {
  const nowMs = Date.now();
  vi.useFakeTimers({ toFake: ["Date"], now: nowMs });
  return nowMs;
}

/** As if the sockets of this user, or of everybody, had sent their heartbeat now. Lost with the next sleep. */
async function beat(id: string, user?: string): Promise<void> {
  await inPresence(id, async (_room, state) => {
    const silent = state.getWebSocketAutoResponseTimestamp.bind(state);
    state.getWebSocketAutoResponseTimestamp = (socket) => {
      const isHeard = user === undefined || readAttachment(socket)?.ticket.grant.user === user;
      return isHeard ? new Date() : silent(socket);
    };
  });
}

async function pair(id: string): Promise<readonly [PresencePeer, PresencePeer]> {
  const alice = await PresencePeer.join(id, {}, { user: "alice" });
  const bob = await PresencePeer.join(id, {}, { user: "bob" });
  await expect.poll(() => alice.people.size, PROMPT).toBe(2);
  return [alice, bob];
}

test("[PO5] asleep: a socket that was silent leaves by the alarm and is closed; one that is heard stays", async () => {
  const nowMs = startClock();
  const [alice, bob] = await pair("vanished");
  await fallAsleep("vanished");
  vi.setSystemTime(nowMs + 2 * MINUTE_MS);
  await beat("vanished", "alice");
  expect(await runDurableObjectAlarm(presenceStub("vanished"))).toBe(true);
  await expect.poll(() => [...alice.people.values()].map(({ id }) => id), PROMPT).toEqual(["alice"]);
  await expect.poll(() => bob.closed, PROMPT).toEqual({ code: 1001, reason: "nothing was heard for too long" });
  expect(alice.closed).toBeUndefined();
  alice.close();
});

test("[PO5] awake: the first event after a silence finds who vanished in it, without waiting for the alarm", async () => {
  const nowMs = startClock();
  const [alice, bob] = await pair("noticed");
  vi.setSystemTime(nowMs + 91 * SECOND_MS);
  alice.send({ type: "cursor", anchor: 1, x: 1, y: 1 });
  await expect.poll(() => [...alice.people.values()].map(({ id }) => id), PROMPT).toEqual(["alice"]);
  await expect.poll(() => bob.closed?.code, PROMPT).toBe(1001);
  alice.close();
});

test("[PO6] sweeps come ever more rarely while nothing happens; with the first event the next one is a minute away again", async () => {
  const id = "rare";
  startClock();
  const [alice, bob] = await pair(id);
  const delays: number[] = [];
  for (let sweep = 0; sweep < 7; sweep += 1) {
    const alarmMs = (await alarmOf(id)) ?? 0;
    delays.push(Math.round((alarmMs - Date.now()) / MINUTE_MS));
    vi.setSystemTime(alarmMs);
    await evictDurableObject(presenceStub(id));
    await beat(id);
    await runDurableObjectAlarm(presenceStub(id));
  }
  expect(delays).toEqual([1, 2, 4, 8, 15, 15, 15]);
  vi.setSystemTime(Date.now() + 5 * MINUTE_MS);
  await beat(id);
  alice.send({ type: "status", status: "active" });
  await expect.poll(async () => ((await alarmOf(id)) ?? 0) - Date.now(), PROMPT).toBe(MINUTE_MS);
  expect([alice.closed, bob.closed]).toEqual([undefined, undefined]);
  alice.close();
  bob.close();
});

test("[PO6] who is alone is never swept for, and whoever is left alone not any more", async () => {
  const id = "alone-again";
  startClock();
  const alone = await PresencePeer.join(id);
  expect(await alarmOf(id)).toBeNull();
  const second = await PresencePeer.join(id);
  expect(await alarmOf(id)).not.toBeNull();
  second.send({ type: "bye" });
  await expect.poll(() => second.closed, PROMPT).toBeDefined();
  // Too soon: it finds nothing to do, and sets the next.
  const dueMs = (await alarmOf(id)) ?? 0;
  await runDurableObjectAlarm(presenceStub(id));
  expect(await alarmOf(id)).toBe(dueMs);
  vi.setSystemTime(dueMs);
  await beat(id);
  await runDurableObjectAlarm(presenceStub(id));
  expect(await alarmOf(id)).toBeNull();
  expect(await storedOf(id)).toMatchObject({ room: { sweepMs: null } });
  expect(alone.closed).toBeUndefined();
  alone.close();
});

test("[PO7] an alarm that was lost is set again by the first event after a wake", async () => {
  const id = "lost";
  const [alice, bob] = await pair(id);
  await inPresence(id, async (_room, { storage }) => await storage.deleteAlarm());
  await fallAsleep(id);
  expect(await alarmOf(id)).toBeNull();
  alice.send({ type: "typing", where: "a" });
  await expect.poll(async () => await alarmOf(id), PROMPT).not.toBeNull();
  alice.close();
  bob.close();
});

test("[PO8] a token is asked for, taken away and its socket closed by the alarm of a room that sleeps", async () => {
  const id = "tokens";
  const endMs = startClock() + HOUR_MS;
  const alice = await PresencePeer.join(id, {}, { user: "alice", expiresMs: endMs });
  for (const { atMs, word, nextMs } of [
    { atMs: endMs - 30 * SECOND_MS, word: "token-wanted", nextMs: endMs + 30 * SECOND_MS },
    { atMs: endMs + 30 * SECOND_MS, word: "rights", nextMs: endMs + 60 * SECOND_MS },
  ]) {
    await fallAsleep(id);
    alice.forget();
    expect(await alarmOf(id)).toBe(atMs);
    vi.setSystemTime(atMs);
    expect(await runDurableObjectAlarm(presenceStub(id))).toBe(true);
    await expect.poll(() => alice.words(), PROMPT).toEqual([word]);
    expect(await alarmOf(id)).toBe(nextMs);
  }
  await fallAsleep(id);
  vi.setSystemTime(endMs + 60 * SECOND_MS);
  await runDurableObjectAlarm(presenceStub(id));
  await expect.poll(() => alice.closed?.code, PROMPT).toBe(4501);
  expect(await alarmOf(id)).toBeNull();
});

test("[PO8] a fresh token of the same user changes the rights of its socket, and outlives a sleep", async () => {
  const id = "renewed";
  const alice = await PresencePeer.join(id, {}, { user: "alice", expiresMs: Date.now() + MINUTE_MS, by: "token" });
  const watcher = await PresencePeer.join(id);
  const seen = () => [...watcher.people.values()].map(({ id: user }) => user);
  await expect.poll(seen, PROMPT).toContain("alice");
  alice.send({ type: "token", token: await mint({ user: "alice", rooms: { "presence:*": ["read"] } }) });
  await expect.poll(seen, PROMPT).not.toContain("alice");
  await expect.poll(() => alice.words(), PROMPT).toContain("rights");
  await fallAsleep(id);
  alice.send({ type: "cursor", anchor: 1, x: 1, y: 1 });
  alice.send({ type: "token", token: await mint({ user: "alice", rooms: { "presence:*": ["read", "presence"] } }) });
  await expect.poll(seen, PROMPT).toContain("alice");
  alice.close();
  watcher.close();
});

test("[PO8] a fresh token that ends sooner than what is set has the alarm come sooner", async () => {
  const id = "sooner";
  const hour = { user: "alice", expiresMs: Date.now() + 60 * MINUTE_MS, by: "token" } as const;
  const alice = await PresencePeer.join(id, {}, hour);
  const rooms = { "presence:*": ["read"] } as const;
  alice.send({ type: "token", token: await mint({ user: "alice", rooms, expiresInSeconds: 40 }) });
  await expect.poll(() => alice.words(), PROMPT).toContain("rights");
  expect((await alarmOf(id)) ?? Infinity).toBeLessThan(Date.now() + MINUTE_MS);
  alice.close();
});

test.each([
  ["of another user", { user: "mallory" }, 4401],
  ["that does not open this room", { user: "alice", rooms: { "presence:other": ["read"] } }, 4403],
] as const)("[PO8] a token %s closes its socket", async (name, claims, code) => {
  const alice = await PresencePeer.join(name.replaceAll(" ", "-"), {}, { user: "alice", by: "token" });
  alice.send({ type: "token", token: await mint(claims) });
  await expect.poll(() => alice.closed?.code, PROMPT).toBe(code);
});
