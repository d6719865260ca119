import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import type { RoomMessage } from "../../../src/core/events.ts";
import { MAX_HELD_BYTES, MAX_HELD_MS, MAX_HELD_UPDATES } from "../../../src/protocol/limits.ts";
import { textOf, writer } from "../../support/edits.ts";
import { TestRoom, yWebsocket } from "../../support/test-room.ts";

const READ_ONLY = ["read", "presence"];
const ROBOT = { user: "robot", maxBytes: 1_000_000 };

function updatesIn(messages: readonly RoomMessage[]): readonly Uint8Array[] {
  return messages.flatMap((message) => ("update" in message && message.type !== "awareness" ? [message.update] : []));
}

function storedText(room: TestRoom): string {
  return textOf([...room.storage.log.readSince(0)].flatMap(({ updates }) => updates.map(({ update }) => update)));
}

function roomWith(...names: readonly string[]): TestRoom {
  const room = new TestRoom();
  for (const name of names) room.join(name);
  room.steps.length = 0;
  return room;
}

describe("updates of a room", () => {
  test("[RM1] an update is a row before anybody hears of it, its sender's ack included", () => {
    const room = roomWith("alice", "bob");
    room.receive("alice", { type: "update", number: 2, update: writer(1).type("a") });
    expect(room.steps).toEqual([]);
    room.flush();
    expect(room.steps[0]).toBe("row");
    expect(room.steps.slice(1).toSorted()).toEqual(["ack to alice", "update to bob"]);
  });

  test("[RM6] the updates of one flush are one row, in order, each under its sender's name", () => {
    const room = roomWith("alice", "bob");
    const alice = writer(1);
    const updates = [alice.type("a"), writer(2).type("b"), alice.type("c")] as const;
    room.receive("alice", { type: "update", number: 2, update: updates[0] });
    room.receive("bob", { type: "update", number: 2, update: updates[1] });
    room.receive("alice", { type: "update", number: 3, update: updates[2] });
    expect(room.flush()).toBe(1);
    expect([...room.storage.log.readSince(0)]).toEqual([
      {
        seq: 1,
        firstSeq: 1,
        atMs: room.nowMs,
        updates: [
          { user: "alice", update: updates[0] },
          { user: "bob", update: updates[1] },
          { user: "alice", update: updates[2] },
        ],
      },
    ]);
    expect(room.flush()).toBe(0);
  });

  test("[RO10] what was discarded is no row, is sent to nobody, and is not known afterwards", () => {
    const room = roomWith("alice", "bob");
    room.receive("alice", { type: "update", number: 2, update: writer(1).type("a") });
    room.room.discard();
    expect(!room.room.pending.isEmpty).toBe(false);
    expect(room.flush()).toBe(0);
    expect(room.steps).toEqual([]);
    expect(storedText(room)).toBe("");
  });

  test("[RM25] of the questions in one frame only the last of a kind is answered", () => {
    const room = roomWith("alice");
    const question = { type: "sync-step-1", stateVector: Uint8Array.of(0) } as const;
    room.receive("alice", question, question, question);
    expect(room.heardTypes("alice").filter((type) => type === "sync-step-2")).toHaveLength(1);
  });

  test("[RM7] one ack follows the row, for the highest number that nothing held lies below", () => {
    const room = roomWith("alice");
    const [alice, other] = [writer(1), writer(2)];
    const missing = alice.type("1");
    const late = alice.type("2");
    room.receive("alice", { type: "update", number: 2, update: other.type("x") });
    room.receive("alice", { type: "update", number: 3, update: late });
    room.receive("alice", { type: "update", number: 4, update: other.type("y") });
    room.flush();
    const acks = (): readonly RoomMessage[] => room.heard("alice").filter(({ type }) => type === "ack");
    expect(acks()).toEqual([{ type: "ack", number: 2 }]);
    room.receive("alice", { type: "sync-step-2", number: 5, update: Y.mergeUpdates([missing, late]) });
    room.flush();
    expect(acks()).toEqual([{ type: "ack", number: 5 }]);
    expect(room.heardTypes("alice")).toEqual([]);
  });

  test("[RM8] what is known is acked and makes no row, deletions included", () => {
    const room = roomWith("alice", "bob");
    const alice = writer(1);
    room.receive("alice", { type: "update", number: 2, update: alice.type("abc") });
    room.receive("alice", { type: "update", number: 3, update: alice.deleteFirst() });
    room.flush();
    room.heard("bob");
    room.receive("bob", { type: "sync-step-2", number: 2, update: Y.encodeStateAsUpdate(alice.doc) });
    expect(room.flush()).toBe(0);
    expect(room.heard("bob")).toEqual([{ type: "ack", number: 2 }]);
    expect(room.storage.log.stats().rows).toBe(1);
  });

  test("[RM9] a session that may not write is refused by number and stays; a step 2 of what is known is acked", () => {
    const room = new TestRoom();
    room.join("alice");
    const alice = writer(1);
    const update = alice.type("a");
    room.receive("alice", { type: "update", number: 2, update });
    room.flush();
    room.join("bob", { scopes: READ_ONLY });
    room.receive("bob", { type: "sync-step-2", number: 2, update });
    room.flush();
    room.receive("bob", { type: "update", number: 3, update: alice.type("b") });
    room.receive("bob", { type: "sync-step-2", number: 4, update: writer(2).type("c") });
    room.flush();
    expect(room.heard("bob")).toEqual([
      { type: "ack", number: 2 },
      { type: "refused", number: 3, reason: "read-only" },
      { type: "refused", number: 4, reason: "read-only" },
    ]);
    expect(room.closed.size).toBe(0);
    expect(storedText(room)).toBe("a");
  });

  test("[RM10] an update that lacks something is neither stored nor relayed nor acked, and asked about once", () => {
    const room = roomWith("alice", "bob");
    const alice = writer(1);
    alice.type("1");
    room.receive("alice", { type: "update", number: 2, update: alice.type("2") });
    room.receive("alice", { type: "update", number: 3, update: alice.type("3") });
    expect(room.flush()).toBe(0);
    expect(room.heard("alice")).toEqual([{ type: "sync-step-1", stateVector: Uint8Array.of(0) }]);
    expect(room.heardTypes("bob")).toEqual([]);
    room.receive("alice", { type: "sync-step-2", number: 4, update: Y.encodeStateAsUpdate(alice.doc) });
    room.flush();
    expect(storedText(room)).toBe("123");
    alice.type("4");
    room.receive("alice", { type: "update", number: 5, update: alice.type("5") });
    expect(room.heardTypes("alice")).toEqual(["ack", "sync-step-1"]);
  });

  test("[RM10] nothing is asked while the step 1 of the join is unanswered, nor about a step 2", () => {
    const room = new TestRoom();
    room.open("alice", { dialect: yWebsocket });
    room.receive("alice", { type: "sync-step-1", stateVector: Uint8Array.of(0) });
    const alice = writer(1);
    alice.type("1");
    room.receive("alice", { type: "update", update: alice.type("2") });
    room.receive("alice", { type: "sync-step-2", update: alice.type("3") });
    expect(room.heardTypes("alice")).toEqual(["sync-step-1", "sync-step-2"]);
  });

  test("[RM11] held updates are stored once somebody brings what they lack, in whatever order they are held", () => {
    const room = roomWith("alice", "bob");
    const alice = writer(1);
    const typed = Array.from("0123456789", (digit) => alice.type(digit));
    for (const [index, update] of typed.slice(1).toReversed().entries()) {
      room.receive("alice", { type: "update", number: index + 2, update });
    }
    room.heard("alice");
    const first = typed[0] ?? Uint8Array.of(0, 0);
    room.receive("bob", { type: "update", number: 2, update: first });
    room.flush();
    expect(storedText(room)).toBe("0123456789");
    expect(room.heardTypes("alice")).toEqual(["update", "ack"]);
  });

  test("[RM12] held updates are limited in bytes", () => {
    const room = roomWith("alice");
    const alice = writer(1);
    alice.type("1");
    room.receive("alice", { type: "update", number: 2, update: alice.type("2".repeat(MAX_HELD_BYTES / 2)) });
    expect(room.closed.size).toBe(0);
    room.receive("alice", { type: "update", number: 3, update: alice.type("3".repeat(MAX_HELD_BYTES / 2)) });
    expect(room.closed.get("alice")?.reason).toBe("unavailable");
  });

  test("[RM12] held updates are limited in number, and the worst order of them is stored in time", () => {
    const room = roomWith("alice", "bob");
    const alice = writer(1);
    const typed = Array.from({ length: MAX_HELD_UPDATES + 2 }, () => alice.type("x"));
    const [first = Uint8Array.of(0, 0), ...rest] = typed;
    for (const [index, update] of rest.slice(1).toReversed().entries()) {
      room.receive("alice", { type: "update", number: index + 2, update });
    }
    expect(room.closed.size).toBe(0);
    const startedMs = performance.now();
    room.receive("bob", { type: "update", number: 2, update: Y.mergeUpdates([first, rest[0] ?? first]) });
    expect(performance.now() - startedMs).toBeLessThan(2_000);
    room.flush();
    expect(storedText(room)).toBe("x".repeat(typed.length));
    const last = writer(2);
    last.type("y");
    for (let held = 0; held <= MAX_HELD_UPDATES; held += 1) {
      room.receive("bob", { type: "update", number: 3 + held, update: last.type("y") });
    }
    expect(room.closed.get("bob")?.reason).toBe("unavailable");
  });

  test("[RM12] held updates are limited in time, so that sleep never loses one unnoticed", () => {
    const room = roomWith("alice");
    const alice = writer(1);
    alice.type("1");
    room.receive("alice", { type: "update", number: 2, update: alice.type("2") });
    expect(room.room.nextDeadlineMs(0)).toBe(room.nowMs + MAX_HELD_MS);
    room.advance(MAX_HELD_MS - 1);
    expect(room.closed.size).toBe(0);
    room.advance(1);
    expect(room.closed.get("alice")?.reason).toBe("unavailable");
    expect(room.room.nextDeadlineMs(0)).toBeUndefined();
  });

  test("[RM13] an update of a server goes to everybody, completes what others hold, or says what it lacks", () => {
    const room = roomWith("alice", "bob");
    const alice = writer(1);
    const first = alice.type("1");
    const second = alice.type("2");
    expect(room.room.submit(second, ROBOT)).toEqual({ ok: true, value: { kind: "gap" } });
    room.receive("alice", { type: "update", number: 2, update: second });
    room.heard("alice");
    expect(room.room.submit(first, ROBOT)).toEqual({ ok: true, value: { kind: "accepted" } });
    room.flush();
    expect(room.room.submit(first, ROBOT)).toEqual({ ok: true, value: { kind: "known" } });
    const users = [...room.storage.log.readSince(0)].flatMap(({ updates }) => updates.map(({ user }) => user));
    expect(users).toEqual(["robot", "alice"]);
    expect(room.heardTypes("bob")).toEqual(["update"]);
    expect(room.heardTypes("alice")).toEqual(["update", "ack"]);
  });

  test("[RM14] an update that does not read ends its own session only", () => {
    const room = roomWith("alice", "carol");
    room.receive("alice", { type: "update", number: 2, update: Uint8Array.of(1, 2, 3) });
    room.receive("carol", { type: "update", number: 2, update: writer(3).type("c") });
    room.flush();
    expect([...room.closed].map(([name, { reason }]) => [name, reason])).toEqual([["alice", "malformed"]]);
    expect(storedText(room)).toBe("c");
    expect(updatesIn(room.heard("carol"))).toEqual([]);
  });
});
