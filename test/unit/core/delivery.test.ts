import { describe, expect, test } from "vitest";
import { KEEP_ALIVE_MS } from "../../../src/core/delivery.ts";
import { encodeAwareness } from "../../../src/core/presence/awareness-codec.ts";
import { textOf, writer } from "../../support/edits.ts";
import { NOTHING_KNOWN, TestRoom, roost, yWebsocket } from "../../support/test-room.ts";

const shows = (client: number, clock: number): Uint8Array =>
  encodeAwareness([{ client, clock, state: `{"at":${clock}}` }]);

describe("delivery", () => {
  test("[RM15] a flush costs one frame for each socket, and all that hear the same get the same messages", () => {
    const room = new TestRoom();
    const names = Array.from({ length: 30 }, (_, index) => `s${index}`);
    for (const [index, name] of names.entries()) room.join(name, { dialect: index % 2 === 0 ? roost : yWebsocket });
    room.receive("s1", { type: "update", update: writer(1).type("a") });
    room.receive("s3", { type: "update", update: writer(2).type("b") });
    room.receive("s5", { type: "awareness", update: shows(5, 1) });
    room.frames = 0;
    room.flush();
    expect(room.frames).toBe(30);
    const heard = names.map((name) => room.heard(name));
    expect(new Set(heard.map((messages) => messages[0])).size).toBe(1);
    expect(heard[0]?.map(({ type }) => type)).toEqual(["update", "awareness"]);
  });

  test("[RM16] who alone contributed hears its ack and nothing else; of several, all hear all", () => {
    const room = new TestRoom();
    for (const name of ["alice", "bob", "carol"]) room.join(name);
    room.receive("alice", { type: "update", number: 2, update: writer(1).type("a") });
    room.flush();
    expect(room.heard("alice")).toEqual([{ type: "ack", number: 2 }]);
    room.receive("alice", { type: "update", number: 3, update: writer(2).type("b") });
    room.receive("bob", { type: "update", number: 2, update: writer(3).type("c") });
    room.flush();
    const [update, ack] = room.heard("alice");
    expect(update?.type === "update" && textOf([update.update]).length).toBe(2);
    expect(ack).toEqual({ type: "ack", number: 3 });
    expect(room.heardTypes("bob")).toEqual(["update", "update", "ack"]);
    expect(room.heardTypes("carol")).toEqual(["update", "update"]);
  });

  test("[RM17] who has not been synced hears acks only", () => {
    const room = new TestRoom();
    room.join("alice");
    room.open("bob");
    room.receive("bob", { type: "hello" }, { type: "update", number: 1, update: writer(1).type("b") });
    room.receive("alice", { type: "update", number: 2, update: writer(2).type("a") });
    room.flush();
    expect(room.heardTypes("bob")).toEqual(["welcome", "ack"]);
    room.receive("bob", { type: "sync-step-1", stateVector: NOTHING_KNOWN });
    const step2 = room.heard("bob").find(({ type }) => type === "sync-step-2");
    expect(step2?.type === "sync-step-2" && textOf([step2.update]).length).toBe(2);
  });

  test("[RM18] a row that cannot be written closes whose it was, claims nothing, and holds no presence back", () => {
    const room = new TestRoom();
    for (const name of ["alice", "bob", "carol", "dave"]) room.join(name);
    const update = writer(1).type("a");
    room.receive("dave", { type: "awareness", update: shows(4, 1) });
    room.flush();
    for (const name of ["bob", "carol"]) room.heard(name);
    room.receive("alice", { type: "update", number: 2, update });
    room.receive("bob", { type: "sync-step-2", number: 2, update });
    room.receive("carol", { type: "awareness", update: shows(3, 1) });
    room.receive("dave", { type: "bye" });
    room.isDiskFull = true;
    expect(room.flush()).toBe(-1);
    expect([...room.closed].map(([name, { reason }]) => [name, reason])).toEqual([
      ["dave", "normal"],
      ["alice", "unavailable"],
      ["bob", "unavailable"],
    ]);
    expect(room.heardTypes("carol")).toEqual(["awareness"]);
    room.isDiskFull = false;
    room.join("alice");
    room.receive("alice", { type: "sync-step-2", number: 2, update });
    expect(room.flush()).toBe(1);
    expect(room.heardTypes("carol")).toEqual(["update"]);
  });

  test("[RM19] a stock client that is alone hears something every few seconds, or it would leave after 30 s", () => {
    const room = new TestRoom();
    room.join("alice", { dialect: { ...yWebsocket, traits: { ...yWebsocket.traits, hearsItself: false } } });
    const alice = writer(1);
    room.receive("alice", { type: "update", update: alice.type("a") });
    room.flush();
    room.heard("alice");
    for (let time = 0; time < 4; time += 1) {
      room.advance(KEEP_ALIVE_MS / 4);
      room.receive("alice", { type: "update", update: alice.type("b") });
      room.flush();
    }
    expect(room.heard("alice")).toEqual([{ type: "awareness", update: encodeAwareness([]) }]);
  });
});
