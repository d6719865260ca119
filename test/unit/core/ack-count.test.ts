import { describe, expect, it } from "vitest";
import { CountingClient, type CountingKind, NEWER, OLDER, drain } from "../../support/counting-client.ts";
import { writer } from "../../support/edits.ts";
import { TestRoom } from "../../support/test-room.ts";
import { MIB } from "./overload-support.ts";

const READS = ["read", "presence"];
const KINDS = [OLDER, NEWER] as const;
/** Long enough for every ack to have been read. */
const LONG_MS = 6_000;

function joined(room: TestRoom, kind: CountingKind, scopes?: readonly string[]): CountingClient {
  const client = new CountingClient(room, 1, kind);
  if (scopes !== undefined) client.grant = { scopes };
  client.connect();
  drain(room, client);
  return client;
}

describe.each(KINDS)("the counter of a client that counts, %o", (kind) => {
  it("[FM8] a lock that refused nothing leaves the socket alone, and what is typed behind it has its own ack", () => {
    const room = new TestRoom();
    const ann = joined(room, kind);
    room.lock("read");
    room.lock("open");
    ann.hearOne();
    ann.text.insert(0, "a");
    for (let turn = 0; turn < 9; turn += 1) ann.hearOne();
    expect([ann.unsynced, ann.sockets]).toEqual([1, 1]);
    drain(room, ann);
    expect([ann.unsynced, ann.sockets, ann.isSaved]).toEqual([0, 1, true]);
  });

  it.each(["awake", "asleep"])("[FM8] what was refused by a lock is counted anew when it may be written, %s", (how) => {
    const room = new TestRoom();
    const ann = joined(room, kind);
    room.lock("read");
    ann.text.insert(0, "a");
    ann.text.insert(0, "b");
    drain(room, ann);
    expect(ann.unsynced).toBe(2);
    if (how === "asleep") room.sleep();
    room.lock("open");
    expect(room.closed.get("c1.1")?.reason).toBe("refresh-token");
    drain(room, ann);
    expect([ann.unsynced, ann.sockets, ann.isSaved]).toEqual([0, 2, true]);
  });

  it("[FM8] a better token, or more room, does the same, and a mere renewal nothing", () => {
    const room = new TestRoom();
    const ann = joined(room, kind, READS);
    ann.text.insert(0, "a");
    drain(room, ann);
    room.regrant("c1.1", { scopes: READS });
    expect([ann.unsynced, room.closed.size]).toEqual([1, 0]);
    ann.grant = { limits: { documentBytes: 300 } };
    room.regrant("c1.1", ann.grant);
    drain(room, ann);
    ann.text.insert(0, "b".repeat(400));
    ann.text.insert(0, "c");
    drain(room, ann);
    expect([ann.unsynced, ann.sockets]).toEqual([2, 2]);
    ann.grant = {};
    room.regrant("c1.2");
    drain(room, ann);
    room.regrant("c1.3");
    drain(room, ann);
    expect([ann.unsynced, ann.sockets, ann.isSaved]).toEqual([0, 3, true]);
  });

  it("[FM8] who lacks something behind its answer has to come again", () => {
    const room = new TestRoom();
    const ann = joined(room, kind);
    const other = writer(9);
    other.type("lost");
    room.receive("c1.1", { type: "update", update: other.type("more") });
    expect(room.closed.get("c1.1")?.reason).toBe("refresh-token");
    drain(room, ann);
    expect([ann.unsynced, ann.sockets]).toEqual([0, 2]);
  });

  it("[FM8] above 16 MiB of which nobody knows whether it was read it has to come again, and is not asked before", () => {
    const room = new TestRoom();
    const ann = joined(room, kind);
    room.join("bob");
    const bob = writer(9);
    for (let count = 0; count < 16; count += 1) {
      expect([count, room.closed.size]).toEqual([count, 0]);
      room.receive("bob", { type: "update", number: count + 2, update: bob.type("x".repeat(MIB)) });
      room.flush();
      room.advance(1_000);
      if (count < 15) expect(room.heardTypes("c1.1")).toEqual(["update"]);
    }
    expect(room.closed.get("c1.1")?.reason).toBe("refresh-token");
    ann.hearOne();
    drain(room, ann);
    expect([ann.unsynced, ann.sockets]).toEqual([0, 2]);
  });

  it("[FM9] step 1 anew is answered with ours, one at a time, and sets the count right", () => {
    const room = new TestRoom();
    const ann = joined(room, kind);
    room.nowMs += LONG_MS;
    ann.startSync();
    ann.startSync();
    ann.text.insert(0, "a");
    drain(room, ann);
    expect([ann.unsynced, ann.sockets, ann.isSaved]).toEqual([0, 1, true]);
  });

  it("[FM9] who asks on a timer, however short, stays, and is right each second time", () => {
    const room = new TestRoom();
    const ann = joined(room, kind);
    for (let count = 0; count < 8; count += 1) {
      room.nowMs += 600;
      ann.startSync();
      drain(room, ann);
      expect([count, ann.unsynced]).toEqual([count, count % 2 === 0 ? 1 : 0]);
    }
    room.nowMs += 1_200;
    ann.startSync();
    drain(room, ann);
    expect([ann.unsynced, ann.sockets]).toEqual([0, 1]);
  });

  it("[FM9] who asks at the moment it is in sync hears one ack", () => {
    const room = new TestRoom();
    const ann = new CountingClient(room, 1, kind);
    ann.connect();
    ann.sendOne();
    for (let turn = 0; turn < 4; turn += 1) ann.hearOne();
    ann.sendOne();
    room.flush();
    ann.startSync();
    drain(room, ann);
    expect([ann.unsynced, ann.sockets, ann.isSaved]).toEqual([0, 1, true]);
  });

  it("[FM9] what is not acked yet when it comes is not acked any more", () => {
    const room = new TestRoom();
    const ann = joined(room, kind);
    room.nowMs += LONG_MS;
    ann.text.insert(0, "a");
    ann.startSync();
    ann.sendOne();
    ann.sendOne();
    drain(room, ann);
    expect([ann.unsynced, ann.sockets, ann.isSaved]).toEqual([0, 1, true]);
  });

  it("[FM9] who may not have read an ack when it asked anew has to come again", () => {
    const room = new TestRoom();
    const ann = joined(room, kind);
    room.nowMs += LONG_MS;
    ann.text.insert(0, "a");
    ann.sendOne();
    room.flush();
    ann.startSync();
    ann.sendOne();
    expect(room.closed.get("c1.1")?.reason).toBe("refresh-token");
    drain(room, ann);
    expect([ann.unsynced, ann.sockets, ann.isSaved]).toEqual([0, 2, true]);
  });

  it("[FM10] what waited for a socket is not counted, and what is typed on it is", () => {
    const room = new TestRoom();
    const ann = joined(room, kind);
    ann.lose();
    for (const letter of "abc") ann.text.insert(0, letter);
    ann.connect();
    const turns = (turn: () => void) => Array.from({ length: 9 }, turn);
    turns(() => {
      ann.hearOne();
      ann.sendOne();
    });
    room.flush();
    ann.text.insert(0, "d");
    turns(() => ann.hearOne());
    expect([ann.unsynced, ann.isSaved]).toEqual([1, false]);
    drain(room, ann);
    expect([ann.unsynced, ann.sockets, ann.isSaved]).toEqual([0, 2, true]);
  });

  it("[FM10] of a deletion nobody knows whether it is counted", () => {
    const room = new TestRoom();
    const ann = joined(room, kind);
    ann.text.insert(0, "ab");
    drain(room, ann);
    ann.lose();
    ann.text.delete(0, 1);
    ann.connect();
    drain(room, ann);
    expect([ann.unsynced, ann.sockets, ann.isSaved]).toEqual([0, kind === NEWER ? 3 : 2, true]);
  });
});
