/**
 * Limits that come with a socket: how large its document may become, and how fast it may send.
 */
import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { TokenBucket, ratesOf } from "../../../src/core/rate-limit.ts";
import { DEFAULT_LIMITS } from "../../../src/protocol/room-limits.ts";
import { textOf, writer } from "../../support/edits.ts";
import { TestRoom, yWebsocket } from "../../support/test-room.ts";
import { endsOf, shows } from "./overload-support.ts";

const LIMIT = 10_000;
const FULL = `the document has reached its limit of ${LIMIT} bytes`;

function roomWith(...names: readonly string[]): TestRoom {
  const room = new TestRoom(undefined, { documentBytes: LIMIT });
  for (const name of names) room.join(name);
  return room;
}

function storedText(room: TestRoom): string {
  const { parts, log } = room.storage;
  const rows = [...log.readSince(parts.info()?.seq ?? 0)].flatMap(({ updates }) => updates);
  return textOf([...parts.read(), ...rows.map(({ update }) => update)]);
}

/** Someone else's compaction made room. */
function shrinkTo(room: TestRoom, doc: Y.Doc): void {
  const seq = room.storage.log.lastSeq();
  const update = Y.encodeStateAsUpdate(doc);
  room.storage.log.deleteThrough(seq);
  const deleteSet = Uint8Array.of(0);
  room.storage.parts.replace([update], { seq, stateVector: Y.encodeStateVector(doc), deleteSet, hasFormats: false });
  room.room.document.forget();
}

describe("the limit of a document", () => {
  test("[LM1] what is too much is refused by name, the socket stays, and others write on", () => {
    const room = roomWith("alice", "bob");
    room.join("stock", { dialect: yWebsocket });
    room.receive("alice", { type: "update", number: 2, update: writer(1).type("a".repeat(LIMIT)) });
    room.receive("stock", { type: "update", update: writer(2).type("b".repeat(LIMIT)) });
    room.receive("bob", { type: "update", number: 2, update: writer(3).type("fits") });
    room.flush();
    expect(room.heard("alice")[0]).toEqual({ type: "refused", number: 2, reason: FULL });
    expect(room.heard("stock")[0]).toEqual({ type: "refused", number: undefined, reason: FULL });
    expect([room.closed.size, storedText(room)]).toEqual([0, "fits"]);
    expect(room.limited).toEqual(["documentBytes", "documentBytes"]);
  });

  test("[LM1] each has its own limit, and a server its own", () => {
    const room = roomWith("alice");
    room.join("small", { limits: { documentBytes: 50 } });
    room.receive("small", { type: "update", number: 2, update: writer(1).type("x".repeat(50)) });
    room.receive("alice", { type: "update", number: 2, update: writer(2).type("y".repeat(50)) });
    room.flush();
    expect(storedText(room)).toBe("y".repeat(50));
    const over = room.room.submit(writer(3).type("z"), { user: "robot", maxBytes: 60 });
    expect(over).toMatchObject({ ok: false, error: { tag: "too-large", limitBytes: 60 } });
    expect(room.limited).toEqual(["documentBytes", "documentBytes"]);
  });

  test("[LM2] what follows is refused, not held, until less is stored", () => {
    const room = roomWith("alice", "bob");
    const [alice, bob] = [writer(1), writer(2)];
    room.receive("bob", { type: "update", number: 2, update: bob.type("b".repeat(5_000)) });
    room.flush();
    room.receive("alice", { type: "update", number: 2, update: alice.type("a".repeat(6_000)) });
    room.heard("alice");
    for (let number = 3; number < 6; number += 1) {
      room.receive("alice", { type: "update", number, update: alice.type("more") });
    }
    expect(room.heard("alice")).toEqual([3, 4, 5].map((number) => ({ type: "refused", number, reason: FULL })));
    expect(room.room.nextDeadlineMs(0)).toBeUndefined();
    bob.doc.getText("t").delete(0, 4_900);
    shrinkTo(room, bob.doc);
    room.receive("alice", { type: "update", number: 6, update: alice.type("!") });
    expect(room.heardTypes("alice")).toEqual(["sync-step-1"]);
    room.receive("alice", { type: "sync-step-2", number: 7, update: Y.encodeStateAsUpdate(alice.doc) });
    room.flush();
    expect(room.heard("alice")).toContainEqual({ type: "ack", number: 7 });
    expect(storedText(room)).toContain("moremoremore!");
  });

  test("[LM2] what it holds is refused with the step 2 that would have completed it", () => {
    const room = roomWith("alice");
    const alice = writer(1);
    alice.type("a".repeat(LIMIT));
    room.receive("alice", { type: "update", number: 2, update: alice.type("waits") });
    expect(room.heardTypes("alice")).toEqual(["sync-step-1"]);
    room.receive("alice", { type: "sync-step-2", number: 3, update: Y.encodeStateAsUpdate(alice.doc) });
    const refused = room.heard("alice").flatMap((message) => (message.type === "refused" ? [message.number] : []));
    expect(refused).toEqual([3, 2]);
    expect([room.room.nextDeadlineMs(0), room.closed.size]).toEqual([undefined, 0]);
  });

  test("[LM2] a step 2 that fits ends it at once", () => {
    const room = roomWith("alice");
    const [alice, small] = [writer(1), writer(2)];
    room.receive("alice", { type: "update", number: 2, update: alice.type("a".repeat(LIMIT)) });
    room.receive("alice", { type: "sync-step-2", number: 3, update: small.type("undone") });
    room.receive("alice", { type: "update", number: 4, update: small.type(" and on") });
    room.flush();
    expect(room.heard("alice").at(-1)).toEqual({ type: "ack", number: 4 });
    expect(storedText(room)).toBe("undone and on");
  });

  test("[LM4] who may write hears of 50 and 80 % once, a newcomer with its welcome", () => {
    const room = roomWith("alice", "bob");
    room.join("reader", { scopes: ["read"] });
    const alice = writer(1);
    const percents: (number | undefined)[] = [];
    for (let number = 2; number < 22; number += 1) {
      room.receive("alice", { type: "update", number, update: alice.type("x".repeat(440)) });
      room.flush();
      const notices = room.heard("bob").flatMap((message) => (message.type === "notice" ? [message.notice] : []));
      percents.push(...notices.map(({ percent }) => percent));
      for (const { bytes, limitBytes } of notices) expect([bytes > LIMIT / 2, limitBytes]).toEqual([true, LIMIT]);
    }
    expect(percents).toEqual([50, 80]);
    expect(room.heardTypes("alice").filter((type) => type === "notice")).toHaveLength(2);
    expect(room.heardTypes("reader")).not.toContain("notice");
    room.open("late");
    room.receive("late", { type: "hello" });
    expect(room.heard("late")).toMatchObject([{ type: "welcome" }, { type: "notice", notice: { percent: 80 } }]);
    room.sleep();
    room.receive("alice", { type: "update", number: 22, update: alice.type("x") });
    room.flush();
    expect(room.heardTypes("bob")).toEqual(["update"]);
  });

  test("[LM5] 100 % is when something small did not fit, and is said again only after it has shrunk well", () => {
    const room = roomWith("alice", "bob");
    const [alice, bob] = [writer(1), writer(2)];
    const percentsOf = (name: string) =>
      room.heard(name).flatMap((message) => (message.type === "notice" ? [message.notice.percent] : []));
    room.receive("alice", { type: "update", number: 2, update: alice.type("a".repeat(9_920)) });
    room.flush();
    expect(percentsOf("bob")).toEqual([80]);
    room.receive("bob", { type: "update", number: 2, update: bob.type("b".repeat(200)) });
    room.flush();
    expect([percentsOf("alice"), percentsOf("bob")]).toEqual([[80, 100], [100]]);
    room.receive("bob", { type: "update", number: 3, update: bob.type("b") });
    expect(percentsOf("bob")).toEqual([]);
    alice.doc.getText("t").delete(0, 9_000);
    shrinkTo(room, alice.doc);
    let number = 3;
    for (const typed of [10, 4_500, 3_500]) {
      room.receive("alice", { type: "update", number: number++, update: alice.type("c".repeat(typed)) });
      room.flush();
    }
    expect(percentsOf("alice")).toEqual([50, 80]);
  });

  test("[LM5] a paste that is larger than what is left is refused, and the document is not called full", () => {
    const room = roomWith("alice", "bob");
    room.receive("alice", { type: "update", number: 2, update: writer(1).type("a".repeat(LIMIT)) });
    expect(room.heardTypes("alice")).toEqual(["refused"]);
    expect(room.heardTypes("bob")).toEqual([]);
  });

  test("[LM6] a row asks nothing of the sessions but where a step is crossed", () => {
    const room = roomWith("alice");
    for (let reader = 0; reader < 50; reader += 1) room.join(`r${reader}`, { scopes: ["read"] });
    const alice = writer(1);
    room.receive("alice", { type: "update", number: 2, update: alice.type("x".repeat(6_000)) });
    room.flush();
    let asked = 0;
    for (const session of room.room.sessions()) {
      const { grant } = session.rights;
      Object.defineProperty(session.rights, "grant", {
        get: () => {
          asked += 1;
          return grant;
        },
      });
    }
    for (let number = 3; number < 10; number += 1) {
      room.receive("alice", { type: "update", number, update: alice.type("x") });
      room.flush();
    }
    // Her own limit, once for each update.
    expect(asked).toBe(7);
  });
});

describe("rates that come with a socket", () => {
  test("[LM3] buckets are those of the limits, hold what is in them when limits change, and a join always fits", () => {
    const slow = { ...DEFAULT_LIMITS, syncMessagesPerSecond: 1, syncBytesPerSecond: 1_024, presencePerSecond: 2 };
    expect(ratesOf(slow)).toEqual({
      sync: { perSecond: 1, burst: 16 },
      bytes: { perSecond: 1_024, burst: 8_192 },
      presence: { perSecond: 2, burst: 10 },
      room: { perSecond: 2 * 1_048_576, burst: 8 * 1_048_576 },
    });
    const bucket = new TokenBucket({ perSecond: 10, burst: 20 }, 0);
    bucket.take(15, 0);
    bucket.setRate({ perSecond: 1, burst: 2 });
    expect([bucket.take(2, 0), bucket.take(1, 0), bucket.take(1, 1_000)]).toEqual([true, false, true]);
    const room = new TestRoom(undefined, slow);
    for (const dialect of [undefined, yWebsocket])
      room.join(dialect === undefined ? "a" : "b", { ...(dialect && { dialect }) });
    expect(room.closed.size).toBe(0);
  });

  test("[LM3] who is over a limit is counted under it", () => {
    const room = new TestRoom(undefined, {
      syncMessagesPerSecond: 10,
      syncBytesPerSecond: 2_000,
      presencePerSecond: 1,
    });
    for (const name of ["alice", "bob", "carol"]) room.join(name);
    const alice = writer(1);
    for (let number = 2; number < 30; number += 1) {
      room.receive("alice", { type: "update", number, update: alice.type("x") });
    }
    room.receive("bob", { type: "update", number: 2, update: writer(2).type("y".repeat(17_000)) });
    for (let clock = 1; clock < 8; clock += 1) room.receive("carol", shows(clock, 3));
    expect(endsOf(room)).toEqual([
      ["alice", "too-fast"],
      ["bob", "too-fast"],
    ]);
    expect(room.limited).toEqual([
      "syncMessagesPerSecond",
      "syncBytesPerSecond",
      "presencePerSecond",
      "presencePerSecond",
    ]);
  });

  test("[LM3] a fresh token's limits count from then on", () => {
    const room = new TestRoom();
    room.join("alice");
    room.regrant("alice", { limits: { syncMessagesPerSecond: 1 } });
    const alice = writer(1);
    for (let number = 2; number < 20; number += 1) {
      room.receive("alice", { type: "update", number, update: alice.type("x") });
    }
    expect(endsOf(room)).toEqual([["alice", "too-fast"]]);
  });
});
