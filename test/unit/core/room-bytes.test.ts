/**
 * Floods of edits, at the engine: what one room takes from all its sockets together.
 */
import { expect, test } from "vitest";
import { ratesOf } from "../../../src/core/rate-limit.ts";
import { FAIR_BYTE_RATE } from "../../../src/protocol/limits.ts";
import { DEFAULT_LIMITS, OPEN_MODE_LIMITS } from "../../../src/protocol/room-limits.ts";
import { type Writer, textOf, writer } from "../../support/edits.ts";
import { TestRoom } from "../../support/test-room.ts";
import { MIB, endsOf } from "./overload-support.ts";

const { perSecond, burst } = ratesOf(DEFAULT_LIMITS).room;
const CHUNK = 64 * 1024;
const FLOODERS = ["mallory", "mike", "moe", "max"];

/** Updates of 64 KiB from each in turn, until the room has had its burst. */
function flood(room: TestRoom): void {
  const writers = FLOODERS.map((_, index) => writer(index + 10));
  for (let sent = 0, number = 2; sent < burst; number += 1) {
    for (const [index, name] of FLOODERS.entries()) {
      send(room, name, { number, by: writers[index] ?? writer(1), bytes: CHUNK });
      sent += CHUNK;
    }
    room.flush();
  }
}

type Sent = { readonly number: number; readonly by: Writer; readonly bytes: number };

function send(room: TestRoom, name: string, { number, by, bytes }: Sent): void {
  room.receive(name, { type: "update", number, update: by.type("x".repeat(bytes)) });
}

function flooded(): TestRoom {
  const room = new TestRoom();
  for (const name of ["alice", "carol", ...FLOODERS]) room.join(name);
  flood(room);
  return room;
}

test("[OV10] who floods is closed once the room has too many bytes, who types is not; nothing that was taken is lost", () => {
  const room = flooded();
  expect(room.closed.size).toBe(0);
  const alice = writer(1);
  for (let number = 2; number < 200; number += 1) {
    room.advance(15);
    for (const [index, name] of FLOODERS.entries())
      if (!room.closed.has(name)) send(room, name, { number: 900 + number, by: writer(50 + index), bytes: CHUNK });
    send(room, "alice", { number, by: alice, bytes: 10 });
    room.flush();
  }
  expect(Object.fromEntries(endsOf(room))).toEqual(Object.fromEntries(FLOODERS.map((name) => [name, "too-fast"])));
  expect(room.limited.filter((name) => name === "roomBytesPerSecond").length).toBe(FLOODERS.length);
  expect(room.heard("alice").findLast(({ type }) => type === "ack")).toMatchObject({ number: 199 });
  const updates = room.heard("carol").flatMap((message) => (message.type === "update" ? [message.update] : []));
  expect(textOf(updates).length).toBeGreaterThanOrEqual(burst + 198 * 10);
});

test("[OV10] who comes back in a flood has no second burst; when it is over there is room again", () => {
  const room = flooded();
  room.join("moe again");
  send(room, "moe again", { number: 2, by: writer(70), bytes: CHUNK });
  expect(endsOf(room)).toEqual([["moe again", "too-fast"]]);
  room.join("bob");
  room.advance(100);
  send(room, "bob", { number: 2, by: writer(71), bytes: FAIR_BYTE_RATE.perSecond / 20 });
  expect(room.closed.has("bob")).toBe(false);
  room.advance((burst / perSecond) * 1_000);
  room.join("moe at last");
  send(room, "moe at last", { number: 2, by: writer(72), bytes: CHUNK });
  expect(room.closed.has("moe at last")).toBe(false);
});

test("[OV10] a paste of 5 MB passes, what is typed after it too, and so does the largest frame that there is", () => {
  const room = new TestRoom();
  room.join("alice");
  const alice = writer(1);
  send(room, "alice", { number: 2, by: alice, bytes: 5_000_000 });
  for (let number = 3; number < 100; number += 1) send(room, "alice", { number, by: alice, bytes: 10 });
  room.join("bob");
  room.advance(10_000);
  send(room, "bob", { number: 2, by: writer(2), bytes: 15 * MIB });
  send(room, "bob", { number: 3, by: writer(2), bytes: 10 });
  expect(room.closed.size).toBe(0);
});

test("[OV10] a token's lower limit lowers nothing for the others, and a developer's machine has none", () => {
  const room = new TestRoom();
  room.join("poor", { limits: { roomBytesPerSecond: 1_024 } });
  room.join("alice");
  send(room, "poor", { number: 2, by: writer(1), bytes: 10 });
  send(room, "alice", { number: 2, by: writer(2), bytes: MIB });
  send(room, "poor", { number: 3, by: writer(3), bytes: CHUNK * 5 });
  expect(room.closed.size).toBe(0);
  expect(OPEN_MODE_LIMITS.roomBytesPerSecond).toBeGreaterThan(100 * MIB);
});

/** Bytes of updates that were taken while these two flood in turn, for so many ms. */
function takenOf(room: TestRoom, names: readonly [string, string], ms: number): number {
  let taken = 0;
  const step = 100;
  for (let at = 0, number = 2; at < ms; at += step, number += 1) {
    for (const [index, name] of names.entries()) {
      if (room.closed.has(name)) {
        room.closed.delete(name);
        room.open(name, optionsOf(name));
        room.receive(name, { type: "hello" });
      }
      send(room, name, { number, by: writer(1_000 + index), bytes: 2 * CHUNK });
      if (!room.closed.has(name)) taken += 2 * CHUNK;
    }
    room.flush();
    room.advance(step);
  }
  return taken;
}

const POOR = { limits: { roomBytesPerSecond: perSecond / 2 } };
const optionsOf = (name: string) => (name === "poor" ? POOR : {});

test("[OV10] sockets of two limits that take turns have one burst between them", () => {
  const room = new TestRoom();
  for (const name of ["poor", "rich"]) room.join(name, optionsOf(name));
  const ms = 20_000;
  const taken = takenOf(room, ["poor", "rich"], ms);
  expect(taken).toBeGreaterThan(burst);
  expect(taken).toBeLessThan(burst * 1.25 + (perSecond * ms) / 1_000);
});

test("[OV10] a limit that was lowered counts a minute after the last who had the higher one said something", () => {
  const room = new TestRoom();
  for (const name of ["rich", "poor"]) room.join(name, optionsOf(name));
  const [rich, poor] = [writer(1), writer(2)];
  send(room, "rich", { number: 2, by: rich, bytes: 10 });
  room.advance(59_000);
  // Its own buckets are another matter: this is about the room's.
  for (let number = 2; number < 8; number += 1) send(room, "poor", { number, by: poor, bytes: MIB });
  expect(room.closed.size).toBe(0);
  room.advance(60_000);
  for (let number = 8; number < 14; number += 1) send(room, "poor", { number, by: poor, bytes: MIB });
  expect(endsOf(room)).toEqual([["poor", "too-fast"]]);
});
