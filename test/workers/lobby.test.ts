/**
 * A lobby in the real runtime: finding rooms, and the live list.
 */
import { evictDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import type { RoomReport } from "../../src/rooms/game-api.ts";
import { GamePeer, PROMPT, ask, listed, lobbyStub, seatFor } from "./game-peer.ts";
import { readJson } from "./router-requests.ts";

const counter = () => lobbyStub("counter");

function reportOf(version: number, mode: string, clients: number | null): RoomReport {
  const facts = { maxClients: 4, isLocked: false, isPrivate: false, metadata: { mode }, createdMs: 1 };
  return { version, filter: JSON.stringify({ mode }), listing: clients === null ? null : { clients, ...facts } };
}

const sizesOf = async (mode: string) => (await listed("counter", mode)).map(({ clients }) => clients);

async function refusalOf(response: Response): Promise<string> {
  const { code, message } = await readJson<{ code: number; message: string }>(response);
  return `${response.status} ${code} ${message}`;
}

test("[RO76] what is older than what is known changes nothing, also after a sleep, and what has ended stays so", async () => {
  const mode = "newest";
  await counter().report("room-newest", reportOf(3, mode, 2));
  await counter().report("room-newest", reportOf(2, mode, 4));
  expect(await sizesOf(mode)).toEqual([2]);
  await evictDurableObject(counter());
  await counter().report("room-newest", reportOf(3, mode, 1));
  expect(await sizesOf(mode)).toEqual([2]);
  await counter().report("room-newest", reportOf(4, mode, 3));
  expect(await sizesOf(mode)).toEqual([3]);
  await counter().report("room-newest", reportOf(6, mode, null));
  await counter().report("room-newest", reportOf(5, mode, 3));
  expect(await sizesOf(mode)).toEqual([]);
});

test("[RO77] the fullest room with a place is taken, of those made with the same filter", async () => {
  const mode = "fullest";
  const small = await seatFor("create", "counter", { mode });
  const large = await seatFor("create", "counter", { mode });
  await seatFor("joinById", large.roomId);
  await seatFor("create", "counter", { mode: "elsewhere" });
  const took: string[] = [];
  for (let index = 0; index < 5; index += 1) took.push((await seatFor("join", "counter", { mode })).roomId);
  expect(took).toEqual([large.roomId, large.roomId, small.roomId, small.roomId, small.roomId]);
  expect(await refusalOf(await ask("join", "counter", { mode }))).toBe("404 521 There is no room that fits.");
  expect((await seatFor("joinOrCreate", "counter", { mode })).roomId).not.toBe(small.roomId);
});

test("[RO77] who leaves an option out is where its default is", async () => {
  const plain = await seatFor("joinOrCreate", "board", {});
  const zero = await seatFor("joinOrCreate", "board", { turnSeconds: 0 }, "bob");
  expect(zero.roomId).toBe(plain.roomId);
  const timed = await seatFor("joinOrCreate", "board", { turnSeconds: 60 }, "carol");
  expect(timed.roomId).not.toBe(plain.roomId);
  const untimed = await seatFor("joinOrCreate", "board", { turnSeconds: null }, "dave");
  expect([plain.roomId, timed.roomId]).not.toContain(untimed.roomId);
  expect((await seatFor("join", "board", {}, "erin")).roomId).toBe(untimed.roomId);
  // Without a default they are among themselves.
  const some = await seatFor("create", "counter", { mode: "with" });
  const any = await seatFor("joinOrCreate", "counter", {});
  expect(any.roomId).not.toBe(some.roomId);
  expect((await seatFor("join", "counter", {}, "bob")).roomId).toBe(any.roomId);
});

test("[RO77] nobody is put into a private room or a locked one, but by its id", async () => {
  const mode = "hidden";
  const hidden = await seatFor("create", "counter", { mode, isPrivate: true });
  const locked = await GamePeer.join("counter", { mode });
  expect(locked.room).not.toBe(hidden.roomId);
  locked.send("lock");
  await locked.request("total");
  await expect.poll(async () => (await listed("counter", mode)).map((room) => room.locked), PROMPT).toEqual([true]);
  expect(await refusalOf(await ask("join", "counter", { mode }))).toBe("404 521 There is no room that fits.");
  expect((await seatFor("joinById", hidden.roomId, {}, "bob")).roomId).toBe(hidden.roomId);
  await locked.end();
});

test("[RO77] a room that has ended is forgotten, and the next one asked; where the game says no, that is the answer", async () => {
  const mode = "ghosts";
  await counter().report("ghost-room", reportOf(1, mode, 3));
  const seat = await seatFor("joinOrCreate", "counter", { mode });
  expect(seat.roomId).not.toBe("ghost-room");
  expect((await listed("counter", mode)).map(({ roomId }) => roomId)).toEqual([seat.roomId]);
  const wrong = { mode, password: "wrong" };
  expect(await refusalOf(await ask("joinOrCreate", "counter", wrong))).toBe("403 525 the password is wrong");
  expect(await sizesOf(mode)).toEqual([1]);
});

test("[RO78] many at once fill rooms exactly, also where rooms of others are found full", async () => {
  const mode = "crowd";
  // The lobby takes this one for empty; it is not there.
  await counter().report("ghost-crowd", reportOf(1, mode, 0));
  const seats = await Promise.all(
    Array.from({ length: 30 }, async (_, index) => await seatFor("joinOrCreate", "counter", { mode }, `p${index}`)),
  );
  const sizes = new Map<string, number>();
  for (const { roomId } of seats) sizes.set(roomId, (sizes.get(roomId) ?? 0) + 1);
  expect([...sizes.values()].toSorted((one, other) => other - one)).toEqual([4, 4, 4, 4, 4, 4, 4, 2]);
  expect(new Set(seats.map(({ sessionId }) => sessionId)).size).toBe(30);
});

test("[RO78] many at once for the last place of each of many rooms leave none free, and make none", async () => {
  const mode = "last-places";
  const rooms = 20;
  for (let at = 0; at < rooms; at += 1) await seatFor("create", "counter", { mode, size: 2 });
  // More than a newcomer is refused by, one after the other.
  await Promise.all(
    Array.from(
      { length: rooms },
      async (_, at) => await seatFor("joinOrCreate", "counter", { mode, size: 2 }, `u${at}`),
    ),
  );
  expect(await sizesOf(mode)).toEqual(Array.from({ length: rooms }, () => 2));
});

test("[RO79] who watches takes no place, and is sent where most play", async () => {
  const mode = "watch";
  const full = await seatFor("create", "counter", { mode, size: 2 });
  await seatFor("join", "counter", { mode });
  await seatFor("create", "counter", { mode });
  const watching = { mode, spectate: true };
  const seats = [await seatFor("join", "counter", watching), await seatFor("join", "counter", watching)];
  expect(seats.map(({ roomId }) => roomId)).toEqual([full.roomId, full.roomId]);
  expect(await sizesOf(mode)).toEqual([2, 1]);
});

/** A socket of the live list, with what it shows. */
async function watch(filter: object): Promise<{ readonly peer: GamePeer; readonly shown: () => readonly string[] }> {
  const seat = await seatFor("joinOrCreate", "lobby", { filter: { name: "counter", ...filter } });
  const peer = await GamePeer.enter(seat);
  const shown = () => {
    const rooms = new Map<string, number>();
    for (const [name, payload] of peer.messages) {
      // SAFETY: what this family says under these names.
      if (name === "rooms") {
        rooms.clear();
        for (const { roomId, clients } of payload as { roomId: string; clients: number }[]) rooms.set(roomId, clients);
      } else if (name === "+") {
        const [id, { clients }] = payload as [string, { clients: number }];
        rooms.set(id, clients);
      } else rooms.delete(String(payload));
    }
    return [...rooms].map(([id, clients]) => `${id} ${clients}`).toSorted();
  };
  return { peer, shown };
}

test("[RO80] all rooms of the filter first, then what comes, changes and goes", async () => {
  const mode = "list";
  await counter().report("list-a", reportOf(1, mode, 1));
  const { peer, shown } = await watch({ metadata: { mode } });
  const other = await watch({ metadata: { mode: "other" } });
  await expect.poll(shown, PROMPT).toEqual(["list-a 1"]);
  await counter().report("list-b", reportOf(1, mode, 2));
  await counter().report("list-a", reportOf(2, mode, 4));
  await expect.poll(shown, PROMPT).toEqual(["list-a 4", "list-b 2"]);
  await counter().report("list-a", reportOf(3, "other", 4));
  await expect.poll(shown, PROMPT).toEqual(["list-b 2"]);
  await expect.poll(other.shown, PROMPT).toEqual(["list-a 4"]);
  await counter().report("list-b", reportOf(2, mode, null));
  await expect.poll(shown, PROMPT).toEqual([]);
  const [words, startMs] = [peer.messages.length, performance.now()];
  const lobby = counter();
  const reports = Array.from({ length: 40 }, (_, at) => reportOf(at + 1, mode, 3));
  await Promise.all(reports.map(async (report) => await lobby.report("list-c", report)));
  await expect.poll(shown, PROMPT).toEqual(["list-c 3"]);
  // Told ten times a second at most.
  expect(peer.messages.length - words).toBeLessThanOrEqual(2 + (performance.now() - startMs) / 100);
  await counter().report("list-c", reportOf(41, mode, null));
  await Promise.all([peer.end(), other.peer.end()]);
});

test("[RO81] a lobby sleeps with its sockets open, and keeps their filters", async () => {
  const mode = "asleep";
  const { peer, shown } = await watch({});
  peer.send("filter", { metadata: { mode } });
  // One or two more where rooms of others come or go.
  await expect.poll(() => peer.messages.length, PROMPT).toBeGreaterThanOrEqual(2);
  await evictDurableObject(counter());
  await counter().report("asleep-no", reportOf(1, "no", 1));
  await counter().report("asleep-a", reportOf(1, mode, 1));
  await expect.poll(shown, PROMPT).toEqual(["asleep-a 1"]);
  await peer.end();
});

test("[RO82] who floods a lobby or speaks another language is closed, and the others hear nothing of it", async () => {
  const alice = await watch({ metadata: { mode: "none" } });
  const heard = alice.peer.codes.length;
  const [flood, babble] = [await watch({}), await watch({})];
  for (let index = 0; index < 200; index += 1) flood.peer.send("filter", {});
  babble.peer.sendRaw("hello?");
  await expect.poll(() => [flood.peer.closed?.code, babble.peer.closed?.code], PROMPT).toEqual([4529, 4400]);
  expect([alice.peer.codes.length, alice.peer.closed]).toEqual([heard, undefined]);
  await alice.peer.end();
});

test("[RO85] the lobby of a game that does not exist says so", async () => {
  const seat = { name: "lobby", roomId: "chess", sessionId: "s1", processId: "lobby" };
  const peer = await GamePeer.connect(seat);
  await expect.poll(() => peer.closed?.code, PROMPT).toBe(4403);
  expect(peer.errors).toEqual([[520, "There is no such game."]]);
});
