/**
 * A game's room in the real runtime: sockets, sleep, alarms, ticks. What the engine decides is in core/SPEC.md.
 */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { expect, test, vi } from "vitest";
import {
  GamePeer,
  PROMPT,
  alarmOf,
  connectWith,
  describeGame,
  gameStub,
  listed,
  ring,
  seatFor,
  sleep,
} from "./game-peer.ts";
import { ticketOf } from "./room-tickets.ts";
import { readJson, send } from "./router-requests.ts";

async function administer(room: string, what: "kick" | "lock", body: object): Promise<unknown> {
  const response = await send(`/v1/rooms/game/${room}/${what}`, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { "content-type": "application/json" },
  });
  return await readJson(response);
}

test("[RO72] a room that slept goes on with the next move, for everybody on the sockets they had", async () => {
  const alice = await GamePeer.join("counter", { mode: "sleep" });
  const bob = await GamePeer.join("counter", { mode: "sleep" }, "bob");
  alice.send("add", 3);
  await expect.poll(() => bob.patches, PROMPT).toBeGreaterThan(0);
  for (let round = 1; round <= 5; round += 1) {
    await sleep(alice.room);
    const before = bob.states;
    alice.send("add", 1);
    await expect.poll(() => bob.states, PROMPT).toBe(before + 1);
    expect(await bob.request("total")).toBe(3 + round);
  }
  expect([alice.closed, bob.closed]).toEqual([undefined, undefined]);
  await Promise.all([alice.end(), bob.end()]);
});

test("[RO72] who went while the room slept is dropped, and may come back", async () => {
  const alice = await GamePeer.join("counter", { mode: "gone" });
  const bob = await GamePeer.join("counter", { mode: "gone" }, "bob");
  await sleep(alice.room);
  await bob.end();
  await expect
    .poll(async () => (await describeGame(alice.room)).health.players, PROMPT)
    .toMatchObject({
      ...{ connected: 1, dropped: 1 },
    });
  const back = await GamePeer.enter(bob.seat, { user: "bob", token: bob.token, isKnown: true });
  expect((await describeGame(alice.room)).health.players).toMatchObject({ connected: 2, dropped: 0 });
  await Promise.all([alice.end(), back.end()]);
});

test("[RO73] an owner that is back takes its session over: the older socket is closed, and says nothing any more", async () => {
  const alice = await GamePeer.join("counter", { mode: "stale" });
  const back = await GamePeer.enter(alice.seat, { token: alice.token, isKnown: true });
  await expect.poll(() => alice.closed?.code, PROMPT).toBe(4403);
  back.send("add", 2);
  expect(await back.request("total")).toBe(2);
  expect((await describeGame(alice.room)).health.players).toMatchObject({ connected: 1, dropped: 0 });
  await sleep(alice.room);
  expect(await back.request("total")).toBe(2);
  await back.end();
});

test("[RO73] who is refused takes nobody's place", async () => {
  const alice = await GamePeer.join("counter", { mode: "thief" });
  const strangers = [
    await GamePeer.connect(alice.seat, { user: "mallory" }),
    await GamePeer.connect(alice.seat, { token: "guessed" }),
    await GamePeer.connect(alice.seat),
  ];
  for (const stranger of strangers) {
    await expect.poll(() => stranger.closed?.code, PROMPT).toBe(4403);
    expect(stranger.errors.map(([code]) => code)).toEqual([524]);
  }
  alice.send("add", 1);
  expect([await alice.request("total"), alice.closed]).toEqual([1, undefined]);
  await alice.end();
});

test("[RO73] of two sockets that take a held seat at once one sits, and the other is turned away", async () => {
  const seat = await seatFor("create", "counter", { mode: "race" });
  const both = await Promise.all([GamePeer.connect(seat), GamePeer.connect(seat)]);
  await expect.poll(() => both.filter(({ closed }) => closed !== undefined).length, PROMPT).toBe(1);
  const sits = both.find(({ closed }) => closed === undefined);
  await sits?.greet();
  expect(await sits?.request("total")).toBe(0);
  await sits?.end();
});

test("[RO74] between moves nothing is due", async () => {
  const alice = await GamePeer.join("counter", { mode: "quiet" });
  expect(await alarmOf(alice.room)).toBeNull();
  alice.send("add", 1);
  expect(await alice.request("total")).toBe(1);
  expect(await alarmOf(alice.room)).toBeNull();
  await alice.end();
  await expect.poll(async () => await alarmOf(alice.room), PROMPT).not.toBeNull();
  const back = await GamePeer.enter(alice.seat, { token: alice.token });
  await expect.poll(async () => await alarmOf(alice.room), PROMPT).toBeNull();
  await back.end();
});

test("[RO74] a seat that nobody takes is free when its time is over, and the room ends with it", async () => {
  const seat = await seatFor("create", "counter", { mode: "untaken" });
  const dueMs = await alarmOf(seat.roomId);
  expect(dueMs).toBeGreaterThan(Date.now());
  expect(await listed("counter", "untaken")).toHaveLength(1);
  await runInDurableObject(gameStub(seat.roomId), (_room, { storage }) => {
    storage.sql.exec("UPDATE seats SET until_ms = 1");
  });
  await sleep(seat.roomId);
  await ring(seat.roomId);
  await expect.poll(async () => await listed("counter", "untaken"), PROMPT).toEqual([]);
  const late = await GamePeer.connect(seat);
  await expect.poll(() => [late.closed?.code, late.errors], PROMPT).toEqual([4403, [[522, "This room has ended."]]]);
});

test("[RO74] an alarm clock wakes its room in time", async () => {
  const alice = await GamePeer.join("rounds");
  alice.send("start", 60_000);
  const timers = async (change: string): Promise<number> =>
    await runInDurableObject(gameStub(alice.room), (_room, { storage }) => storage.sql.exec(change).rowsWritten);
  await expect.poll(async () => await timers("UPDATE timers SET due_ms = 1"), PROMPT).toBe(1);
  expect(((await alarmOf(alice.room)) ?? 0) - Date.now()).toBeGreaterThan(50_000);
  await sleep(alice.room);
  const before = alice.states;
  expect(await ring(alice.room)).toBe(true);
  await expect.poll(() => alice.states, PROMPT).toBe(before + 1);
  await alice.end();
});

test("[RO74] a tick clock stands once nobody is active: the room sleeps, and what it did is stored", async () => {
  const alice = await GamePeer.join("sparks");
  for (let ticks = 0; ticks < 10; ticks = (await describeGame(alice.room)).health.ticks) {
    alice.send("go");
    await scheduler.wait(100);
  }
  await expect.poll(() => alice.patches, PROMPT).toBeGreaterThan(3);
  await expect.poll(async () => (await describeGame(alice.room)).health.isTicking, PROMPT).toBe(false);
  const heard = alice.codes.length;
  await sleep(alice.room);
  expect(alice.codes.length).toBe(heard);
  alice.send("go");
  await expect.poll(() => alice.patches, PROMPT).toBeGreaterThan(heard);
  await alice.end();
});

test("[RO75] a lobby that cannot be told is told later", async () => {
  const alice = await GamePeer.join("counter", { mode: "report" });
  await expect.poll(async () => (await describeGame(alice.room)).isReportPending, PROMPT).toBe(false);
  // As if the room had been killed right after it was written.
  await runInDurableObject(gameStub(alice.room), (_room, { storage }) => {
    storage.sql.exec("UPDATE meta SET reports = reports + 1");
    storage.sql.exec("INSERT INTO outbox SELECT 1, 'counter', reports, metadata FROM meta");
    storage.sql.exec("UPDATE outbox SET listing = ?", nothing());
  });
  await sleep(alice.room);
  expect(await listed("counter", "report")).toHaveLength(1);
  await alice.request("total");
  await expect.poll(async () => await listed("counter", "report"), PROMPT).toEqual([]);
  await expect.poll(async () => (await describeGame(alice.room)).isReportPending, PROMPT).toBe(false);
  await alice.end();
});

/** lib0's `any` of null: a room that has ended. */
function nothing(): ArrayBuffer {
  return Uint8Array.of(126).buffer;
}

test("[RO83] a kick frees the seat and closes with its reason, for one session or all of a user", async () => {
  const alice = await GamePeer.join("counter", { mode: "kick" });
  const bob = await GamePeer.join("counter", { mode: "kick" }, "bob");
  const again = await GamePeer.join("counter", { mode: "kick" }, "bob");
  expect(await administer(alice.room, "kick", { user: "bob", reason: "time to go" })).toEqual({ closed: 2 });
  const shownOut = { code: 4403, reason: "time to go" };
  await expect.poll(() => [bob.closed, again.closed], PROMPT).toEqual([shownOut, shownOut]);
  const back = await GamePeer.connect(bob.seat, { user: "bob", token: bob.token });
  await expect.poll(() => back.closed?.code, PROMPT).toBe(4403);
  expect((await describeGame(alice.room)).health.players).toEqual({ connected: 1, dropped: 0, held: 0 });
  expect(await administer(alice.room, "kick", { session: alice.seat.sessionId })).toEqual({ closed: 1 });
  await expect.poll(() => alice.closed?.code, PROMPT).toBe(4403);
});

test("[RO83] a lock outlives sleep: nobody new with `read`, nobody at all with `closed`", async () => {
  const alice = await GamePeer.join("rounds", { mode: "lock" });
  expect(await administer(alice.room, "lock", { mode: "read" })).toEqual({ mode: "read" });
  await sleep(alice.room);
  const refused = async () => {
    const response = await send(`/matchmake/joinById/${alice.room}?user=bob`, { method: "POST" });
    return (await response.json<{ code: number; message: string }>()).message;
  };
  expect([await refused(), alice.closed]).toEqual(["This room is locked.", undefined]);
  expect(await administer(alice.room, "lock", { mode: "closed" })).toEqual({ mode: "closed" });
  await expect.poll(() => alice.closed?.code, PROMPT).toBe(4403);
  expect(await refused()).toBe("This room is locked.");
  expect(await administer(alice.room, "lock", { mode: "open" })).toEqual({ mode: "open" });
  const bob = await GamePeer.enter(await seatFor("joinById", alice.room, {}, "bob"), { user: "bob" });
  await bob.end();
  expect(await administer("nowhere123", "lock", { mode: "read" })).toMatchObject({ status: 404 });
});

test("[RO85] a room with no place for another socket says so, to be asked again", async () => {
  const seat = await seatFor("create", "counter", { mode: "crowded" });
  const ticket = ticketOf({
    ...{ dialect: "colyseus", by: "open", session: seat.sessionId, limits: { socketsPerRoom: 0 } },
  });
  const peer = await connectWith(seat, ticket);
  await expect.poll(() => peer.closed?.code, PROMPT).toBe(4010);
  expect(peer.errors).toEqual([[523, "The limit socketsPerRoom is reached."]]);
});

test("[RO84] a token that is over closes with 4501, an hour with 4010, and the seat is kept", async () => {
  const ends = [
    [{ expiresMs: Date.now() - 31_000 }, 4501],
    [{ closesMs: Date.now() - 1 }, 4010],
  ] as const;
  for (const [end, code] of ends) {
    const seat = await seatFor("create", "counter", { mode: "over" });
    const ticket = ticketOf({ dialect: "colyseus", by: "open", session: seat.sessionId, ...end });
    const peer = await connectWith(seat, ticket);
    await expect.poll(() => peer.closed?.code, PROMPT).toBe(code);
    expect((await describeGame(seat.roomId)).health.players).toMatchObject({ connected: 0, dropped: 1 });
  }
});

test("[RO84] an alarm ends a socket in a room that sleeps", async () => {
  const seat = await seatFor("create", "counter", { mode: "later" });
  const closesMs = Date.now() + 20_000;
  const ticket = ticketOf({ dialect: "colyseus", by: "open", session: seat.sessionId, closesMs });
  const peer = await connectWith(seat, ticket);
  await peer.greet();
  // What is due before.
  vi.useFakeTimers({ toFake: ["Date"], now: closesMs - 1 });
  await ring(seat.roomId);
  expect([await alarmOf(seat.roomId), peer.closed]).toEqual([closesMs, undefined]);
  await evictDurableObject(gameStub(seat.roomId));
  vi.setSystemTime(closesMs);
  await ring(seat.roomId);
  await expect.poll(() => peer.closed?.code, PROMPT).toBe(4010);
  vi.useRealTimers();
});
