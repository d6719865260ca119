import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { docsBuilt } from "../../../src/core/document/hydrate.ts";
import { encodeAwareness } from "../../../src/core/presence/awareness-codec.ts";
import { MemoryStorage } from "../../support/memory-storage.ts";
import { textOf, writer } from "../../support/edits.ts";
import { NOTHING_KNOWN, TestRoom, idOf, yWebsocket } from "../../support/test-room.ts";

const HELLO_MS = 10_000;
const shows = (client: number, clock: number): Uint8Array => encodeAwareness([{ client, clock, state: '{"at":1}' }]);

describe("sessions of a room", () => {
  test("[RM2] a family that says hello says it first, and once, and is welcomed", () => {
    const room = new TestRoom();
    room.storage.meta.write({ epoch: 7 });
    room.open("alice", { user: "u1", scopes: ["read"] });
    room.receive("alice", { type: "hello" });
    expect(room.heard("alice")).toEqual([
      { type: "welcome", session: "alice", user: "u1", scopes: ["read"], epoch: 7 },
    ]);
    room.receive("alice", { type: "hello" });
    room.open("bob");
    room.receive("bob", { type: "sync-step-1", stateVector: NOTHING_KNOWN });
    room.open("carol", { dialect: yWebsocket });
    room.receive("carol", { type: "sync-step-1", stateVector: NOTHING_KNOWN });
    expect([...room.closed].map(([name, { reason }]) => [name, reason])).toEqual([
      ["alice", "malformed"],
      ["bob", "malformed"],
    ]);
  });

  test("[RM3] the first step 1 brings ours, the document and who is there; later ones the document alone", () => {
    const room = new TestRoom();
    const alice = writer(1);
    room.join("alice");
    room.receive("alice", { type: "awareness", update: shows(1, 1) });
    room.receive("alice", { type: "update", number: 2, update: alice.type("hello") });
    room.flush();
    room.open("bob");
    room.receive("bob", { type: "hello" }, { type: "sync-step-1", stateVector: NOTHING_KNOWN });
    const [, step1, step2, awareness] = room.heard("bob");
    expect(step1).toEqual({ type: "sync-step-1", stateVector: Y.encodeStateVector(alice.doc) });
    expect(step2).toMatchObject({ type: "sync-step-2", seq: 1 });
    expect(step2?.type === "sync-step-2" && textOf([step2.update])).toBe("hello");
    expect(awareness?.type).toBe("awareness");
    room.receive("bob", { type: "sync-step-1", stateVector: NOTHING_KNOWN });
    expect(room.heardTypes("bob")).toEqual(["sync-step-2"]);
  });

  test("[RM4] an answer waits for the row of what was accepted, and where that fails has what is stored", () => {
    const room = new TestRoom();
    room.join("alice");
    const [kept, lost] = [writer(1).type("waits"), writer(2).type("lost")];
    room.receive("alice", { type: "update", number: 2, update: kept });
    room.open("bob", { dialect: yWebsocket });
    room.receive("bob", { type: "sync-step-1", stateVector: NOTHING_KNOWN });
    expect([room.heardTypes("bob"), room.steps.includes("row")]).toEqual([[], false]);
    room.flush();
    expect(room.heard("bob")).toContainEqual({ type: "sync-step-2", seq: 1, update: kept });
    room.receive("alice", { type: "update", number: 3, update: lost });
    room.open("carol", { dialect: yWebsocket });
    room.receive("carol", { type: "sync-step-1", stateVector: NOTHING_KNOWN });
    room.isDiskFull = true;
    room.flush();
    room.isDiskFull = false;
    expect([...room.closed].map(([name, { reason }]) => [name, reason])).toEqual([["alice", "unavailable"]]);
    expect(room.heard("carol")).toContainEqual({ type: "sync-step-2", seq: 1, update: kept });
  });

  test("[RM4] questions cost the others no frame and the room no row", () => {
    const room = new TestRoom();
    for (const name of ["alice", "bob", "carol"]) room.join(name);
    const alice = writer(1);
    room.frames = 0;
    for (let number = 2; number < 100; number += 1) {
      room.receive("alice", { type: "update", number, update: alice.type("x") });
      room.receive("alice", { type: "sync-step-1", stateVector: NOTHING_KNOWN });
    }
    expect(room.frames).toBe(0);
    room.flush();
    // An ack, two updates, one answer.
    expect([room.frames, room.steps.filter((step) => step === "row").length]).toEqual([4, 1]);
  });

  test("[RM5] a state vector that does not read, or is too large, ends its session", () => {
    const room = new TestRoom();
    room.open("alice", { dialect: yWebsocket });
    room.receive("alice", { type: "sync-step-1", stateVector: Uint8Array.of(5, 1) });
    room.open("bob", { dialect: yWebsocket });
    room.receive("bob", { type: "sync-step-1", stateVector: new Uint8Array(1024 * 1024 + 1) });
    expect([...room.closed].map(([name, { reason }]) => [name, reason])).toEqual([
      ["alice", "malformed"],
      ["bob", "too-large"],
    ]);
  });

  test("[RM20] a quiet room has nothing due; who owes a hello is closed when it is late", () => {
    const room = new TestRoom();
    expect(room.room.nextDeadlineMs(HELLO_MS)).toBeUndefined();
    room.open("alice");
    room.nowMs += 4_000;
    room.open("bob");
    room.open("carol", { dialect: yWebsocket });
    expect(room.room.nextDeadlineMs(HELLO_MS)).toBe(room.nowMs - 4_000 + HELLO_MS);
    expect(room.room.isGreeted(idOf("alice"))).toBe(false);
    room.nowMs += 6_000;
    room.room.endUngreeted(room.nowMs - HELLO_MS);
    expect([...room.closed.keys()]).toEqual(["alice"]);
    room.receive("bob", { type: "hello" });
    expect(room.room.isGreeted(idOf("bob"))).toBe(true);
    expect(room.room.nextDeadlineMs(HELLO_MS)).toBeUndefined();
  });

  test("[RM21] after sleep sessions hear, ack and are known as before, and nothing builds a document", () => {
    const room = new TestRoom();
    for (const name of ["alice", "bob"]) room.join(name);
    room.open("carol");
    const alice = writer(1);
    room.receive("alice", { type: "update", number: 2, update: alice.type("a") });
    room.flush();
    for (const name of ["alice", "bob"]) room.heard(name);
    const built = docsBuilt();
    room.sleep();
    room.receive("alice", { type: "update", number: 3, update: alice.type("b") });
    room.flush();
    expect(room.heard("alice")).toEqual([{ type: "ack", number: 3 }]);
    expect(room.heardTypes("bob")).toEqual(["update"]);
    expect(room.heardTypes("carol")).toEqual([]);
    expect(room.room.isGreeted(idOf("carol"))).toBe(false);
    room.join("dave");
    expect(docsBuilt()).toBe(built);
  });

  test("[RM22] a bad event ends its own session, and the rest of its frame is not read", () => {
    const room = new TestRoom();
    for (const name of ["alice", "bob"]) room.join(name);
    const update = writer(1).type("a");
    room.receive("alice", { type: "awareness", update: Uint8Array.of(9) }, { type: "update", number: 2, update });
    room.receive("alice", { type: "update", number: 3, update });
    expect(room.flush()).toBe(0);
    expect(room.closed.get("alice")?.reason).toBe("malformed");
    expect([...room.room.sessions()].map(({ id }) => id)).toEqual(["bob"]);
  });

  test("[RM22] what follows a goodbye is not read", () => {
    const room = new TestRoom();
    room.join("alice");
    room.receive("alice", { type: "bye" }, { type: "update", number: 2, update: writer(1).type("a") });
    expect(room.flush()).toBe(0);
    expect([...room.room.sessions()]).toEqual([]);
    expect(room.closed.get("alice")?.reason).toBe("normal");
  });

  test("[RM23] a session whose attachment must change is named once", () => {
    const room = new TestRoom(new MemoryStorage());
    room.open("alice");
    expect(room.keep()).toEqual(["alice"]);
    expect(room.keep()).toEqual([]);
    room.receive("alice", { type: "hello" });
    room.receive("alice", { type: "sync-step-1", stateVector: NOTHING_KNOWN });
    room.receive("alice", { type: "awareness", update: shows(1, 1) });
    expect(room.keep()).toEqual(["alice"]);
    room.receive("alice", { type: "update", number: 1, update: writer(1).type("a") });
    expect(room.flush()).toBe(1);
    expect(room.keep()).toEqual([]);
  });
});
