/**
 * Tokens that end and are renewed in sockets of real rooms: verification, attachments, the alarm. Time is a fake clock.
 */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, expect, test, vi } from "vitest";
import { encodeAwareness } from "../../src/core/presence/awareness-codec.ts";
import { MAX_AWARENESS_BYTES } from "../../src/protocol/limits.ts";
import { DEFAULT_PROJECT, type ProjectId } from "../../src/protocol/room-id.ts";
import { Projects } from "../../src/storage/d1/projects.ts";
import type { Peer } from "./room-peer.ts";
import { PROMPT, alarmOf, stubOf, typed } from "./room-peer.ts";
import { describeRoom, enter, inRoom, makeDocument, mint } from "./room-tickets.ts";

const SECOND_MS = 1_000;
const HOUR_MS = 3_600_000;

beforeAll(
  async () => await new Projects(env.DB).update(DEFAULT_PROJECT, { jwksUrl: "http://127.0.0.1:1/keys" }, Date.now()),
);
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

function heard(peer: Peer, type: string): boolean {
  return peer.messages.some((message) => message.type === type);
}

/** Whole seconds: `exp` counts in them. */
function startClock(): number {
  const nowMs = Math.ceil(Date.now() / SECOND_MS) * SECOND_MS;
  vi.useFakeTimers({ toFake: ["Date"], now: nowMs });
  return nowMs;
}

async function sleep(id: string): Promise<void> {
  await evictDurableObject(stubOf(id), { webSockets: "hibernate" });
}

test("[RO44] a fresh token of the same user changes rights and profile, in the attachment too", async () => {
  const nowMs = startClock();
  await makeDocument("renewed");
  const alice = await enter("renewed", 1, { expiresMs: nowMs + 10 * SECOND_MS, scopes: ["read"] });
  expect(heard(alice, "token-wanted")).toBe(true);
  alice.messages.length = 0;
  const rooms = { "document:renewed": ["read", "write"] as const };
  alice.send({ type: "token", token: await mint({ rooms, name: "Alice", expiresInSeconds: 3_600 }) });
  await expect.poll(() => alice.messages.map(({ type }) => type), PROMPT).toEqual(["rights", "sync-step-1"]);
  const rights = { scopes: ["read", "write"], reason: "token-renewed", profile: { name: "Alice" } };
  expect(alice.messages[0]).toEqual({ type: "rights", rights });
  await sleep("renewed");
  vi.setSystemTime(nowMs + 60 * SECOND_MS);
  alice.send(typed("still here"));
  await expect.poll(() => heard(alice, "ack"), PROMPT).toBe(true);
  alice.close(1000);
});

test("[RO5] the largest ticket, profile and state outlive sleep together", async () => {
  const longest = (chars: number): string => "界".repeat(chars);
  const profile = { name: longest(128), color: "#aabbcc", avatar: `https://a.example/${"x".repeat(490)}` };
  const scopes = ["read", "write", "presence", "history", "admin"] as const;
  const expiresMs = Date.now() + HOUR_MS;
  const alice = await enter("largest", 1, {
    user: longest(128),
    profile,
    scopes,
    expiresMs,
    closesMs: expiresMs,
    address: "a".repeat(32),
  });
  const wornBytes = new TextEncoder().encode(JSON.stringify({ x: "", user: profile })).length;
  const state = JSON.stringify({ x: "x".repeat(MAX_AWARENESS_BYTES - wornBytes) });
  alice.send({ type: "awareness", update: encodeAwareness([{ client: 1, clock: 9, state }]) });
  const bob = await enter("largest", 2);
  await expect.poll(() => bob.heardOf(1)?.length ?? 0, PROMPT).toBeGreaterThan(MAX_AWARENESS_BYTES / 2);
  await sleep("largest");
  const carol = await enter("largest", 3);
  await expect.poll(() => carol.heardOf(1), PROMPT).toBe(bob.heardOf(1));
  expect(alice.closed).toBeUndefined();
  for (const peer of [alice, bob, carol]) peer.close(1000);
});

test("[RO44] what arrives while a token is verified is handled under the old rights, and the last of several tokens counts", async () => {
  await makeDocument("meanwhile");
  const alice = await enter("meanwhile", 1, { scopes: ["read"] });
  const [some, all] = [await mint({ rooms: { "*": ["read"] } }), await mint()];
  const more = await mint({ rooms: { "*": ["read", "write"] } });
  alice.messages.length = 0;
  const tokens = [some, more].map((token) => ({ type: "token", token }) as const);
  alice.send({ type: "token", token: all }, typed("too early"), ...tokens);
  await expect.poll(() => alice.messages.filter(({ type }) => type === "rights").length, PROMPT).toBe(2);
  const words = alice.messages.map((message) =>
    message.type === "rights" ? message.rights.scopes.length : message.type,
  );
  expect(words).toEqual(["refused", 5, "sync-step-1", 2]);
  alice.close(1000);
});

test.each([
  ["garbage", async () => "garbage", 4401],
  ["another user", async () => await mint({ user: "mallory" }), 4401],
  ["another project", async () => await mint({}, 1, "rival" as ProjectId), 4401],
  ["9 KB", async () => `${await mint()}${"x".repeat(9_000)}`, 4401],
  ["a room that is not this one", async () => await mint({ rooms: { "document:other": ["read"] } }), 4403],
  ["keys that a rotation has made since", async () => await mint({}, 2), undefined],
])("[RO45] a token of %s", async (name, token, code) => {
  const id = `bad-token-${name.replaceAll(" ", "-")}`;
  const alice = await enter(id, 1);
  alice.messages.length = 0;
  alice.send({ type: "token", token: await token() });
  await expect.poll(() => alice.closed?.code ?? heard(alice, "rights"), PROMPT).toBe(code ?? true);
  alice.close(1000);
});

test("[RO45] a token that is over closes with 4501, and one for a socket that came without any with 4401", async () => {
  const nowMs = startClock();
  const stale = await mint({ expiresInSeconds: 60 });
  vi.setSystemTime(nowMs + 91 * SECOND_MS);
  const alice = await enter("over", 1);
  alice.send({ type: "token", token: stale });
  await expect.poll(() => alice.closed?.code, PROMPT).toBe(4501);
  const keyed = await enter("over", 2, { by: "open" });
  keyed.send({ type: "token", token: await mint() });
  await expect.poll(() => keyed.closed?.code, PROMPT).toBe(4401);
});

test("[RO45] keys that cannot be fetched are no fault of the token", async () => {
  const alice = await enter("keyless", 1);
  const part = (value: object): string => btoa(JSON.stringify(value)).replaceAll("=", "").replaceAll("+", "-");
  const claims = { sub: "alice", project: "default", exp: Math.floor(Date.now() / 1_000) + 600, rooms: {} };
  const token = [part({ alg: "ES256", kid: "k1", typ: "JWT" }), part(claims), "A".repeat(86)].join(".");
  alice.send({ type: "token", token });
  await expect.poll(() => alice.closed?.code, PROMPT).toBe(1013);
});

async function tasksOf(id: string): Promise<readonly unknown[]> {
  return await runInDurableObject(stubOf(id), (_room, state) =>
    state.storage.sql.exec("SELECT name, due_ms, attempts FROM tasks WHERE name = 'tokens'").toArray(),
  );
}

test("[RO46] a token is asked for, taken away and its socket closed by the alarm of a room that sleeps", async () => {
  const nowMs = startClock();
  const endMs = nowMs + HOUR_MS;
  const alice = await enter("asleep", 1, { expiresMs: endMs });
  for (const { atMs, word, nextMs } of [
    { atMs: endMs - 30 * SECOND_MS, word: "token-wanted", nextMs: endMs + 30 * SECOND_MS },
    { atMs: endMs + 30 * SECOND_MS, word: "rights", nextMs: endMs + 60 * SECOND_MS },
  ]) {
    await sleep("asleep");
    alice.messages.length = 0;
    expect([await alarmOf("asleep"), await tasksOf("asleep")]).toEqual([
      atMs,
      [{ name: "tokens", due_ms: atMs, attempts: 0 }],
    ]);
    await sleep("asleep");
    vi.setSystemTime(atMs);
    expect(await runDurableObjectAlarm(stubOf("asleep"))).toBe(true);
    await expect.poll(() => alice.messages.map(({ type }) => type), PROMPT).toEqual([word]);
    expect(await alarmOf("asleep")).toBe(nextMs);
  }
  await sleep("asleep");
  vi.setSystemTime(endMs + 60 * SECOND_MS);
  await runDurableObjectAlarm(stubOf("asleep"));
  await expect.poll(() => alice.closed?.code, PROMPT).toBe(4501);
  expect([await alarmOf("asleep"), await tasksOf("asleep")]).toEqual([null, []]);
});

test("[RO46] a fresh token that ends sooner than what is set has the alarm come sooner", async () => {
  const nowMs = startClock();
  const alice = await enter("sooner", 1, { expiresMs: nowMs + HOUR_MS });
  alice.send({ type: "token", token: await mint({ expiresInSeconds: 40 }) });
  await expect.poll(() => heard(alice, "rights"), PROMPT).toBe(true);
  const dueMs = (await alarmOf("sooner")) ?? Infinity;
  expect(await tasksOf("sooner")).toEqual([{ name: "tokens", due_ms: dueMs, attempts: 0 }]);
  expect(dueMs - nowMs).toBeLessThan(40 * SECOND_MS);
  alice.close(1000);
});

test("[RO46] however many tokens there are, they are one task, and a renewal writes no row", async () => {
  const nowMs = startClock();
  // All of them are to be judged anew at one time.
  vi.spyOn(Math, "random").mockReturnValue(0);
  const first = await enter("many", 1, { user: "u0", expiresMs: nowMs + HOUR_MS });
  const before = await rowsWritten("many");
  const peers = [];
  for (let client = 2; client < 12; client += 1) {
    peers.push(await enter("many", client, { user: `u${client}`, expiresMs: nowMs + HOUR_MS + client }));
  }
  for (const [index, peer] of peers.entries()) {
    peer.send({ type: "token", token: await mint({ user: `u${index + 2}`, expiresInSeconds: 7_200 }) });
    await expect.poll(() => heard(peer, "rights"), PROMPT).toBe(true);
  }
  expect(await tasksOf("many")).toHaveLength(1);
  // The sweep of a room with several sockets, and its alarm.
  expect((await rowsWritten("many")) - before).toBeLessThanOrEqual(2);
  for (const peer of [first, ...peers]) peer.close(1000);
  await expect.poll(async () => (await describeRoom("many")).connected, PROMPT).toEqual([]);
});

async function rowsWritten(id: string): Promise<number> {
  return await inRoom(id, async (_room, { storage }) => {
    const { total } = storage.sql.exec<{ total: number }>("SELECT total_changes() AS total").one();
    return total;
  });
}
