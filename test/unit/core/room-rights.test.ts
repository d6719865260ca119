/**
 * Tokens that end and are renewed while sockets are open, at the engine. The alarm fires when it should, unless a test is about that.
 */
import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { TOKEN_RATE } from "../../../src/protocol/limits.ts";
import type { RoomMessage } from "../../../src/core/events.ts";
import { textOf, writer } from "../../support/edits.ts";
import { BLIP_HOLD_MS, NOTHING_KNOWN, TestRoom, idOf, yWebsocket } from "../../support/test-room.ts";
import { say, told } from "./presence-support.ts";

const SECOND = 1_000;
const HOUR = 3_600 * SECOND;
const ALL = ["read", "write", "presence"];

/** A room in which `alice` and `bob` are synced; alice's token ends in an hour. */
function roomWithToken(options: Parameters<TestRoom["join"]>[1] = {}): TestRoom {
  const room = new TestRoom();
  room.join("bob");
  room.join("alice", { expiresMs: room.nowMs + HOUR, ...options });
  return room;
}

function rightsOf(room: TestRoom, name: string): readonly string[] | undefined {
  return [...room.room.sessions()].find(({ id }) => id === name)?.rights.scopes;
}

function endOf(room: TestRoom, name: string): string | undefined {
  return room.closed.get(name)?.reason;
}

/** What she hears besides what others type. */
function news(room: TestRoom, name: string): readonly RoomMessage[] {
  return room.heard(name).filter(({ type }) => type !== "update" && type !== "awareness");
}

describe("rights of a session", () => {
  test("[RG1] who may not read is closed as it comes", () => {
    const room = new TestRoom();
    room.open("alice", { scopes: ["write", "presence"] });
    room.open("bob", { scopes: ["read"] });
    expect([endOf(room, "alice"), endOf(room, "bob")]).toEqual(["forbidden", undefined]);
    expect(rightsOf(room, "bob")).toEqual(["read"]);
  });

  test("[RG2] a fresh token is asked for 30 s before the end, once, and of nobody else", () => {
    const room = roomWithToken();
    room.advanceRights(HOUR - 30 * SECOND - 1);
    expect([news(room, "alice"), news(room, "bob")]).toEqual([[], []]);
    room.advanceRights(1);
    expect(news(room, "alice")).toEqual([{ type: "token-wanted", seconds: 30 }]);
    room.advanceRights(29 * SECOND);
    expect([news(room, "alice"), news(room, "bob")]).toEqual([[], []]);
  });

  test("[RG2] who comes with less is asked right after its welcome", () => {
    const room = new TestRoom();
    room.open("alice", { expiresMs: room.nowMs + 12 * SECOND });
    room.advanceRights(SECOND);
    expect(room.heard("alice")).toEqual([]);
    room.receive("alice", { type: "hello" });
    expect(room.heardTypes("alice")).toEqual(["welcome", "token-wanted"]);
    expect(room.room.rights.dueMs).toBe(room.nowMs + 11 * SECOND + 30 * SECOND);
  });

  test("[RG2] a fresh token that lives shorter than a minute is asked for again half-way, not at once", () => {
    const room = roomWithToken();
    room.regrant("alice", { scopes: ALL, expiresMs: room.nowMs + 20 * SECOND });
    room.heard("alice");
    room.advanceRights(10 * SECOND - 1);
    expect(news(room, "alice")).toEqual([]);
    room.advanceRights(1);
    expect(news(room, "alice")).toEqual([{ type: "token-wanted", seconds: 10 }]);
  });

  test("[RG2] a family that has no word for it is not asked", () => {
    const room = roomWithToken({ dialect: yWebsocket });
    room.advanceRights(HOUR + 29 * SECOND);
    expect(news(room, "alice")).toEqual([]);
    expect(rightsOf(room, "alice")).toEqual(ALL);
  });

  test("[RG3] 30 s after its end a token lets read and show, which is told, and after 60 s nothing", () => {
    const room = roomWithToken({ scopes: [...ALL, "history", "admin"] });
    say(room, "alice", [1, 1, "here"]);
    room.flush();
    room.advanceRights(HOUR + 30 * SECOND - 1);
    room.heard("alice");
    room.heard("bob");
    expect(rightsOf(room, "alice")).toContain("admin");
    room.advanceRights(1);
    const rights = { scopes: ["read", "presence"], reason: "token-expired" };
    expect(news(room, "alice")).toEqual([{ type: "rights", rights }]);
    room.receive("bob", { type: "update", number: 2, update: writer(2).type("b") });
    room.flush();
    expect(room.heardTypes("alice")).toEqual(["update"]);
    expect(told(room, "bob")).toEqual([]);
    room.advanceRights(30 * SECOND - 1);
    expect(endOf(room, "alice")).toBeUndefined();
    room.advanceRights(1);
    room.flush();
    expect([endOf(room, "alice"), endOf(room, "bob")]).toEqual(["refresh-token", undefined]);
    room.advance(BLIP_HOLD_MS);
    room.flush();
    expect(told(room, "bob")).toEqual([[1, 1_003, null]]);
    expect(room.room.rights.dueMs).toBe(Infinity);
  });

  test("[RG4] a late alarm sends nobody what it may not hear any more, neither of sockets nor of servers", () => {
    const room = roomWithToken({ dialect: yWebsocket });
    room.nowMs += HOUR + 60 * SECOND;
    const update = writer(3).type("from a server");
    expect(room.room.submit(update, { user: "server", maxBytes: 1_000_000 }).ok).toBe(true);
    room.flush();
    expect([endOf(room, "alice"), news(room, "alice")]).toEqual(["refresh-token", []]);
    expect(room.heardTypes("alice")).toEqual([]);
    expect(room.heardTypes("bob")).toEqual(["update"]);
  });

  test("[RG4] a late alarm lets nobody write longer, and reads and other sockets go on", () => {
    const room = roomWithToken();
    const alice = writer(1);
    room.nowMs += HOUR + 30 * SECOND - 1;
    room.receive("alice", { type: "update", number: 2, update: alice.type("in time ") });
    room.nowMs += 1;
    room.receive("alice", { type: "update", number: 3, update: alice.type("too late") });
    room.flush();
    const rows = [...room.storage.log.readSince(0)].flatMap(({ updates }) => updates.map(({ update }) => update));
    expect(textOf(rows)).toBe("in time ");
    expect(news(room, "alice").map(({ type }) => type)).toEqual(["token-wanted", "rights", "ack"]);
    room.nowMs += 30 * SECOND;
    room.receive("bob", { type: "received", seq: 0 });
    expect([endOf(room, "alice"), endOf(room, "bob")]).toEqual(["refresh-token", undefined]);
  });

  for (const { left, heard } of [
    { left: 40 * SECOND, heard: [] },
    { left: 10 * SECOND, heard: ["token-wanted"] },
    { left: -30 * SECOND, heard: ["rights"] },
  ]) {
    test(`[RG4] after sleep a token with ${left / SECOND} s left is due when it was, and nothing is said twice`, () => {
      const room = roomWithToken();
      room.sleep();
      expect(room.room.rights.dueMs).toBe(1_000_000 + HOUR - 30 * SECOND);
      room.nowMs = 1_000_000 + HOUR - left;
      room.receive("bob", { type: "received", seq: 0 });
      expect(room.heardTypes("alice")).toEqual(heard);
      room.sleep();
      room.receive("bob", { type: "received", seq: 0 });
      expect(room.heardTypes("alice")).toEqual([]);
      expect(rightsOf(room, "alice")?.includes("write")).toBe(left > -30 * SECOND);
    });
  }

  test("[RG7] a fresh token is answered by what it gives, and its time counts from then on", () => {
    const room = roomWithToken();
    room.advanceRights(HOUR);
    room.heard("alice");
    const profile = { name: "Alice", color: "#abc" };
    room.regrant("alice", { scopes: [...ALL, "history"], profile, expiresMs: room.nowMs + HOUR });
    const rights = { scopes: [...ALL, "history"], reason: "token-renewed", profile };
    expect(room.heard("alice")).toEqual([{ type: "rights", rights }]);
    expect(room.keep()).toContain("alice");
    room.advanceRights(HOUR - 31 * SECOND);
    expect(room.heard("alice")).toEqual([]);
    room.sleep();
    room.advanceRights(SECOND);
    expect(room.heardTypes("alice")).toEqual(["token-wanted"]);
  });

  test("[RG7] who may write again is sent step 1, and what it wrote meanwhile is one step 2", () => {
    const room = roomWithToken();
    const alice = writer(1);
    room.advanceRights(HOUR + 30 * SECOND);
    for (let number = 2; number < 5; number += 1) {
      room.receive("alice", { type: "update", number, update: alice.type("late ") });
    }
    room.heard("alice");
    room.regrant("alice", { expiresMs: room.nowMs + HOUR });
    expect(room.heard("alice")).toMatchObject([
      { type: "rights", rights: { scopes: ALL, reason: "token-renewed" } },
      { type: "sync-step-1", stateVector: NOTHING_KNOWN },
    ]);
    room.receive("alice", { type: "update", number: 5, update: alice.type("on its way ") });
    expect(room.heard("alice")).toEqual([]);
    room.receive("alice", { type: "sync-step-2", number: 6, update: Y.encodeStateAsUpdate(alice.doc) });
    room.flush();
    expect(room.heard("alice")).toEqual([{ type: "ack", number: 6 }]);
    const [update] = room.heard("bob");
    expect(update?.type === "update" && textOf([update.update])).toBe("late late late on its way ");
  });

  test("[RG8] a fresh token that allows less takes the rest away", () => {
    const room = roomWithToken();
    say(room, "alice", [1, 1, "here"]);
    const alice = writer(1);
    alice.type("1");
    room.receive("alice", { type: "update", number: 2, update: alice.type("2") });
    room.flush();
    room.heard("bob");
    expect(room.room.nextDeadlineMs(0)).toBeDefined();
    room.regrant("alice", { scopes: ["read"] });
    room.flush();
    expect(told(room, "bob")).toEqual([[1, 1_003, null]]);
    expect(room.room.nextDeadlineMs(0)).toBeUndefined();
    say(room, "alice", [1, 9, "still here"]);
    room.flush();
    expect(told(room, "bob")).toEqual([]);
    room.sleep();
    expect(room.room.presence.ownedBy(idOf("alice"))).toBeUndefined();
    room.regrant("alice", { scopes: ["presence"] });
    expect(room.closed.get("alice")).toEqual({ reason: "forbidden", detail: "the fresh token does not allow it" });
  });

  test("[RG10] tokens go to whoever verifies them, up to their rate", () => {
    const room = roomWithToken();
    for (let count = 0; count < TOKEN_RATE.burst; count += 1)
      room.receive("alice", { type: "token", token: `t${count}` });
    expect([room.tokens.length, room.closed.size]).toEqual([TOKEN_RATE.burst, 0]);
    room.receive("alice", { type: "token", token: "one more" });
    expect([room.tokens.length, endOf(room, "alice")]).toEqual([TOKEN_RATE.burst, "too-fast"]);
  });
});
