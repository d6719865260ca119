/**
 * What becomes of edits whose sender lost the right to write: its token ended, or the room was locked.
 */
import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import type { Dialect } from "../../../src/core/events.ts";
import { textOf, writer } from "../../support/edits.ts";
import { NOTHING_KNOWN, TestRoom, idOf, roost, yWebsocket } from "../../support/test-room.ts";
import { say, told } from "./presence-support.ts";

const SECOND = 1_000;
const LIFE = 60 * SECOND;
const ADMIN = ["read", "write", "presence", "admin"];

function storedText(room: TestRoom): string {
  return textOf([...room.storage.log.readSince(0)].flatMap(({ updates }) => updates.map(({ update }) => update)));
}

/** `alice` has a token that has just ended, `bob` one that never does. */
function roomAfterEnd(dialect: Dialect = roost): TestRoom {
  const room = new TestRoom();
  room.join("bob");
  room.join("alice", { dialect, expiresMs: room.nowMs + LIFE });
  room.advanceRights(LIFE + 30 * SECOND);
  for (const name of ["alice", "bob"]) room.heard(name);
  return room;
}

describe("edits after the end of a token", () => {
  test("[RG5] they are neither applied, acked nor refused, whatever they are", () => {
    const room = roomAfterEnd();
    const alice = writer(1);
    room.receive("alice", { type: "update", number: 2, update: alice.type("late") });
    room.receive("alice", { type: "sync-step-2", number: 3, update: Y.encodeStateAsUpdate(alice.doc) });
    room.receive("alice", { type: "sync-step-2", number: 4, update: Uint8Array.of(0, 0) });
    room.flush();
    expect([room.heard("alice"), room.heard("bob"), storedText(room)]).toEqual([[], [], ""]);
  });

  for (const isAsleep of [false, true]) {
    test(`[RG5] no ack passes what was left before a step 2 brings it${isAsleep ? ", also after sleep" : ""}`, () => {
      const room = roomAfterEnd();
      const [alice, paste] = [writer(1), writer(3)];
      room.receive("alice", { type: "update", number: 2, update: alice.type("late") });
      if (isAsleep) room.sleep();
      room.regrant("alice");
      // It depends on nothing that was left.
      room.receive("alice", { type: "update", number: 3, update: paste.type("pasted") });
      room.flush();
      expect(room.heard("alice").filter(({ type }) => type === "ack")).toEqual([{ type: "ack", number: 1 }]);
      room.receive("alice", { type: "sync-step-2", number: 4, update: Y.encodeStateAsUpdate(alice.doc) });
      room.flush();
      expect(room.heard("alice")).toEqual([{ type: "ack", number: 4 }]);
      room.receive("alice", { type: "update", number: 5, update: alice.type("r") });
      room.flush();
      expect(room.heard("alice")).toEqual([{ type: "ack", number: 5 }]);
      expect(storedText(room).length).toBe("later".length + "pasted".length);
    });
  }

  test("[RG5] what was taken before the end is acked after it, and nothing later is", () => {
    const room = new TestRoom();
    room.join("alice", { expiresMs: room.nowMs + LIFE });
    const alice = writer(1);
    room.nowMs += LIFE + 30 * SECOND - 1;
    room.receive("alice", { type: "update", number: 2, update: alice.type("in time") });
    room.nowMs += 1;
    room.receive("alice", { type: "update", number: 3, update: alice.type("late") });
    room.flush();
    expect(room.heard("alice").filter(({ type }) => type === "ack")).toEqual([{ type: "ack", number: 2 }]);
  });

  test("[RG5] who might not write with a valid token either is refused as ever", () => {
    const room = new TestRoom();
    room.join("alice", { expiresMs: room.nowMs + LIFE, scopes: ["read"] });
    room.advanceRights(LIFE + 30 * SECOND);
    room.heard("alice");
    room.receive("alice", { type: "update", number: 2, update: writer(1).type("no") });
    expect(room.heard("alice")).toEqual([{ type: "refused", number: 2, reason: "read-only" }]);
  });

  test("[RG6] a family that cannot be asked is closed by its first write, and by nothing else", () => {
    const room = roomAfterEnd(yWebsocket);
    room.receive("alice", { type: "sync-step-1", stateVector: NOTHING_KNOWN });
    room.receive("alice", { type: "sync-step-2", update: Uint8Array.of(0, 0) });
    say(room, "alice", [1, 1, "here"]);
    expect(room.closed.size).toBe(0);
    room.receive("alice", { type: "update", update: writer(1).type("x") });
    expect([...room.closed]).toEqual([["alice", { reason: "refresh-token", detail: "" }]]);
    room.flush();
    expect(storedText(room)).toBe("");
  });
});

describe("a locked room", () => {
  test("[RG9] `read` takes write away from all but admins, who are not told, and gives it back with step 1", () => {
    const room = new TestRoom();
    for (const name of ["alice", "bob"]) room.join(name);
    room.join("stock", { dialect: yWebsocket });
    room.join("reader", { scopes: ["read"] });
    room.join("chief", { scopes: ADMIN });
    const [alice, chief] = [writer(1), writer(2)];
    room.lock("read");
    const rights = { scopes: ["read", "presence"], reason: "locked" };
    for (const name of ["alice", "bob", "stock"]) expect(room.heard(name)).toEqual([{ type: "rights", rights }]);
    for (const name of ["reader", "chief"]) expect(room.heard(name)).toEqual([]);
    room.receive("alice", { type: "update", number: 2, update: alice.type("waits") });
    room.receive("chief", { type: "update", number: 2, update: chief.type("allowed") });
    room.flush();
    expect(room.heard("alice")[0]).toEqual({ type: "refused", number: 2, reason: "the document is locked" });
    expect(storedText(room)).toBe("allowed");
    room.join("late");
    expect(room.heard("late")).toEqual([]);
    for (const name of ["alice", "bob", "stock"]) room.heard(name);
    room.lock("open");
    expect(room.heardTypes("alice")).toEqual(["rights", "sync-step-1"]);
    expect(room.heardTypes("stock")).toEqual(["rights", "sync-step-1"]);
    room.receive("alice", { type: "sync-step-2", number: 3, update: Y.encodeStateAsUpdate(alice.doc) });
    room.flush();
    expect(room.heard("alice")).toContainEqual({ type: "ack", number: 3 });
    expect(storedText(room).length).toBe("waitsallowed".length);
  });

  test("[RG9] it outlives sleep, and a newcomer's welcome says it", () => {
    const room = new TestRoom();
    room.join("alice");
    room.lock("read");
    room.heard("alice");
    room.sleep();
    room.receive("alice", { type: "update", number: 2, update: writer(1).type("no") });
    expect(room.heardTypes("alice")).toEqual(["refused"]);
    room.open("bob");
    room.receive("bob", { type: "hello" });
    expect(room.heard("bob")).toMatchObject([{ type: "welcome", scopes: ["read", "presence"] }]);
    room.lock("read");
    expect([room.heard("alice"), room.room.rights.lock]).toEqual([[], "read"]);
  });

  test("[RG9] `closed` ends every session but those of admins, before a hello too", () => {
    const room = new TestRoom();
    for (const name of ["alice", "bob"]) room.join(name);
    room.open("newcomer");
    room.join("chief", { scopes: ADMIN });
    say(room, "alice", [1, 1, "here"]);
    room.flush();
    room.heard("chief");
    room.lock("closed");
    room.flush();
    expect([...room.closed].map(([name, { reason, detail }]) => [name, reason, detail])).toEqual(
      ["alice", "bob", "newcomer"].map((name) => [name, "forbidden", "the document is locked"]),
    );
    expect(told(room, "chief")).toEqual([[1, 1_003, null]]);
    room.regrant("chief");
    expect(room.closed.get("chief")?.reason).toBe("forbidden");
  });

  test("[RG8] what somebody held when it was locked is let go, and comes again with the step 2", () => {
    const room = new TestRoom();
    room.join("alice");
    const alice = writer(1);
    const first = alice.type("1");
    room.receive("alice", { type: "update", number: 2, update: alice.type("2") });
    room.lock("read");
    expect([...room.room.sessions()].map(({ held }) => held.length)).toEqual([0]);
    expect(room.room.nextDeadlineMs(0)).toBeUndefined();
    room.lock("open");
    room.receive("alice", { type: "update", number: 3, update: first });
    room.flush();
    expect(room.heard("alice").filter(({ type }) => type === "ack")).toEqual([{ type: "ack", number: 1 }]);
    room.receive("alice", { type: "sync-step-2", number: 4, update: Y.encodeStateAsUpdate(alice.doc) });
    room.flush();
    expect(room.heard("alice")).toEqual([{ type: "ack", number: 4 }]);
    expect(storedText(room)).toBe("12");
    expect(room.room.presence.ownedBy(idOf("alice"))).toBeUndefined();
  });
});
