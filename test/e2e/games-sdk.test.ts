/**
 * Every way into a room by Colyseus' SDK as it is published, in Node, and what is said there.
 */
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { OFFLINE, type Scores, SdkWorld, WAIT, scoresOf, totalOf } from "../support/sdk-world.ts";

let world: SdkWorld;
beforeAll(async () => {
  world = await SdkWorld.start();
});
afterEach(async () => await world.leaveAll());
afterAll(async () => await world.server.stop());

test("[RT166] every way to join: joinOrCreate, create, join, joinById, reconnect", async () => {
  const mode = "ways";
  const first = await world.join({ mode });
  const second = await world.join({ mode }, "bob");
  expect(second.roomId).toBe(first.roomId);
  const third = world.kept(await world.clientOf("carol").join<Scores>("counter", { mode }));
  expect(third.roomId).toBe(first.roomId);
  const own = world.kept(await world.clientOf().create<Scores>("counter", { mode }));
  expect(own.roomId).not.toBe(first.roomId);
  const byId = world.kept(await world.clientOf("dave").joinById<Scores>(own.roomId, { mode }));
  expect([byId.roomId, byId.name]).toEqual([own.roomId, "counter"]);
  byId.send("add", 5);
  await expect.poll(() => totalOf(own), WAIT).toBe(5);
  // As another process of the same person would come back.
  byId.reconnection.enabled = false;
  await byId.leave(false);
  const back = world.kept(await world.clientOf("dave").reconnect<Scores>(byId.reconnectionToken));
  expect([back.roomId, back.sessionId]).toEqual([byId.roomId, byId.sessionId]);
  await expect.poll(() => totalOf(back), WAIT).toBe(5);
  back.send("add", 1);
  await expect.poll(() => [totalOf(own), back.state.scores.get(back.sessionId)], WAIT).toEqual([6, 6]);
});

test("[RT166] messages, bytes, requests and pings, and a goodbye", async () => {
  const alice = await world.join({ mode: "words" });
  const bob = await world.join({ mode: "words" }, "bob");
  const heard: unknown[] = [];
  bob.onMessage("said", (text) => heard.push(text));
  alice.onMessage("said", () => undefined);
  alice.onMessage("bytes", (bytes: Uint8Array) => heard.push([...bytes]));
  alice.send("say", "hello, wörld 👋");
  alice.sendBytes("bytes", Uint8Array.of(1, 2, 250));
  await expect.poll(() => heard.length, WAIT).toBe(2);
  expect(heard).toEqual(expect.arrayContaining(["hello, wörld 👋", [250, 2, 1]]));
  alice.send("add", 4);
  expect(await alice.request("total", null)).toBe(4);
  await expect(alice.request("refuse", null)).rejects.toMatchObject({ reason: { why: "not your turn" } });
  await expect(alice.request("break", null)).rejects.toThrow("the dice fell off the table");
  await expect(alice.request("nothing", null)).rejects.toThrow('there is no message "nothing"');
  const errors: unknown[] = [];
  alice.onError((code, message) => errors.push([code, message]));
  alice.send("add", 1_000);
  await expect.poll(() => errors.length, WAIT).toBe(1);
  const pinged = new Promise<number>((resolve) => alice.ping(resolve));
  expect(await pinged).toBeGreaterThanOrEqual(0);
  expect(await world.clientOf().getLatency({ pingCount: 3 })).toBeLessThan(WAIT.timeout);
  expect(await bob.leave()).toBe(4000);
  await expect.poll(() => scoresOf(alice), WAIT).toEqual([4]);
});

test("[RT160] who is refused reads why", async () => {
  const mode = "refusals";
  const first = await world.join({ mode, size: 2 });
  await world.join({ mode }, "bob");
  expect(await world.refusal(world.clientOf("carol").joinById(first.roomId))).toBe("409 This room is full.");
  expect(await world.refusal(world.clientOf("carol").join("counter", { mode: "nobody plays this" }))).toBe(
    "404 There is no room that fits.",
  );
  expect(await world.refusal(world.clientOf().joinOrCreate("chess"))).toBe("404 There is no such game.");
  expect(await world.refusal(world.clientOf().joinById("nowhere123"))).toBe("404 There is no such room.");
  const wrong = { mode, password: "wrong" };
  expect(await world.refusal(world.clientOf().joinOrCreate("counter", wrong))).toBe("403 the password is wrong");
  const open = await world.join({ mode: "rules" });
  open.send("lock");
  await open.request("total", null);
  expect(await world.refusal(world.clientOf("bob").joinById(open.roomId))).toBe("423 This room is locked.");
  open.send("unlock");
  open.send("ban", "mallory");
  await open.request("total", null);
  expect(await world.refusal(world.clientOf("mallory").joinById(open.roomId))).toBe(
    "403 You are banned from this room.",
  );
  expect(await world.refusal(world.clientOf().reconnect(`${open.roomId}:somebodyelses`))).toMatch(
    /^410 No seat is kept/,
  );
  // The seat of a session that was never granted.
  const raw = world.clientOf().consumeSeatReservation({
    ...{ name: "counter", roomId: open.roomId, sessionId: "madeup", processId: "games" },
  });
  expect(await world.refusal(raw)).toMatch(/^524 No seat is kept here/);
});

test("[RT166] who watches takes no place, sees all, and plays not", async () => {
  const mode = "watching";
  const alice = await world.join({ mode, size: 1 });
  const watcher = await world.join({ mode, spectate: true }, "bob");
  expect(watcher.roomId).toBe(alice.roomId);
  alice.send("add", 2);
  await expect.poll(() => totalOf(watcher), WAIT).toBe(2);
  const errors: unknown[] = [];
  watcher.onError((_code, message) => errors.push(message));
  watcher.send("add", 3);
  await expect.poll(() => errors, WAIT).toEqual(["who watches does not play"]);
  await expect.poll(() => totalOf(alice), WAIT).toBe(2);
  expect(scoresOf(watcher)).toEqual([2]);
});

test("[RO78] fifty who come at once fill rooms exactly", async () => {
  const mode = "crowd";
  const joined = await Promise.all(Array.from({ length: 50 }, (_, index) => world.join({ mode }, `p${index}`)));
  const sizes = new Map<string, number>();
  for (const { roomId } of joined) sizes.set(roomId, (sizes.get(roomId) ?? 0) + 1);
  expect([...sizes.values()].toSorted((one, other) => other - one)).toEqual([
    ...Array.from({ length: 12 }, () => 4),
    2,
  ]);
  await expect
    .poll(async () => (await world.listed(mode)).map(({ clients }) => clients), WAIT)
    .toEqual([...sizes.values()].toSorted((one, other) => other - one));
});

test("[RT166] the live list of a lobby", async () => {
  type Shown = { readonly roomId: string; readonly clients: number };
  const lobby = world.kept(
    await world.clientOf().joinOrCreate("lobby", { filter: { name: "counter", metadata: { mode: "shown" } } }),
  );
  const seen = new Map<string, Shown>();
  let lists = 0;
  lobby.onMessage("rooms", (all: readonly Shown[]) => {
    lists += 1;
    seen.clear();
    for (const room of all) seen.set(room.roomId, room);
  });
  lobby.onMessage("+", ([id, room]: readonly [string, Shown]) => seen.set(id, room));
  lobby.onMessage("-", (id: string) => seen.delete(id));
  await expect.poll(() => lists, WAIT).toBe(1);
  expect(seen.size).toBe(0);
  await world.join({ mode: "other" });
  const alice = await world.join({ mode: "shown" });
  await world.join({ mode: "shown" }, "bob");
  await expect.poll(() => [...seen.values()].map(({ clients }) => clients), WAIT).toEqual([2]);
  alice.send("hide", true);
  await expect.poll(() => seen.size, WAIT).toBe(0);
  alice.send("hide", false);
  await expect.poll(() => [...seen.keys()], WAIT).toEqual([alice.roomId]);
  alice.send("end");
  await expect.poll(() => seen.size, WAIT).toBe(0);
  lobby.send("filter", { metadata: { mode: "other" } });
  await expect.poll(() => [lists, seen.size], WAIT).toEqual([2, 1]);
  // A lobby's line comes back as any other, to the filter it came with.
  lobby.connection.close(OFFLINE);
  await expect.poll(() => [lists, seen.size], WAIT).toEqual([3, 0]);
  expect(await lobby.leave()).toBe(4000);
});
