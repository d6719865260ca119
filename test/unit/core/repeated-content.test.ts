/**
 * Clients that send what the room has, beside what it has not.
 */
import { expect, test } from "vitest";
import * as Y from "yjs";
import { writer } from "../../support/edits.ts";
import { TestRoom } from "../../support/test-room.ts";

test("[RM6] somebody whose offline copy loads late harms nobody: what he repeats is left out", () => {
  const room = new TestRoom();
  for (const name of ["alice", "bob", "carol"]) room.join(name);
  const [alice, bob] = [writer(1), writer(2)];
  room.receive("alice", { type: "update", number: 2, update: alice.type("hello") });
  room.flush();
  const early = Y.encodeStateAsUpdate(alice.doc);
  room.receive("alice", { type: "update", number: 3, update: alice.type(" world") });
  room.flush();
  Y.applyUpdate(bob.doc, early);
  bob.type("mine");
  room.receive("bob", { type: "update", number: 2, update: Y.encodeStateAsUpdate(bob.doc) });
  for (let number = 3; number < 12; number += 1) {
    room.receive("bob", { type: "update", number, update: bob.type("x") });
  }
  room.receive("alice", { type: "update", number: 4, update: alice.type("!") });
  room.flush();
  expect([...room.closed]).toEqual([]);
  const [heard] = room
    .heard("carol")
    .filter(({ type }) => type === "update")
    .slice(-1);
  if (heard?.type !== "update") throw new Error("carol heard nothing");
  for (const doc of [alice.doc, bob.doc]) Y.applyUpdate(doc, heard.update);
  expect(heard.update.length).toBeLessThan(80);
});
