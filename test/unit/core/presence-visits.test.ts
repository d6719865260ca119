/**
 * Editors without a socket among those present.
 */
import { expect, test } from "vitest";
import { VISIT_MS } from "../../../src/core/presence/visits.ts";
import { TestRoom, idOf, yWebsocket } from "../../support/test-room.ts";
import { type Shown, say, told } from "./presence-support.ts";

const AGENT = 900;
/** Nobody is late with a hello. */
const NEVER = Infinity;

function visit(room: TestRoom, state: string): void {
  room.room.presence.visit({ client: AGENT, state: JSON.stringify({ is: state }) }, room.nowMs);
  room.advance(0);
  room.flush();
}

function world(): TestRoom {
  const room = new TestRoom();
  room.join("alice");
  room.join("bob", { dialect: yWebsocket });
  return room;
}

const bothTold = (room: TestRoom): readonly (readonly Shown[])[] => ["alice", "bob"].map((name) => told(room, name));
const twice = (...shown: readonly Shown[]) => [shown, shown];

test("[PR19] an editor without a socket is shown for a moment after its last edit, and then nothing is due", () => {
  const room = world();
  visit(room, "here");
  expect(bothTold(room)).toEqual(twice([AGENT, 1, "here"]));
  room.advance(VISIT_MS - 1);
  visit(room, "there");
  expect(bothTold(room)).toEqual(twice([AGENT, 2, "there"]));
  room.advance(VISIT_MS - 1);
  room.flush();
  expect([bothTold(room), room.room.nextDeadlineMs(NEVER)]).toEqual([twice(), room.nowMs + 1]);
  room.advance(1);
  room.flush();
  expect([bothTold(room), room.room.nextDeadlineMs(NEVER)]).toEqual([twice([AGENT, 3, null]), undefined]);
  visit(room, "back");
  expect(bothTold(room)).toEqual(twice([AGENT, 4, "back"]));
});

test("[PR19] newcomers are told of it, and nobody who repeats it has its id, then or when it has left", () => {
  const room = world();
  visit(room, "here");
  bothTold(room);
  room.open("carol", { dialect: yWebsocket });
  room.receive("carol", { type: "sync-step-1", stateVector: Uint8Array.of(0) });
  expect(told(room, "carol")).toEqual([[AGENT, 2, "here"]]);
  say(room, "bob", [AGENT, 1, "here"], [AGENT, 7, "stolen"]);
  room.flush();
  expect([room.room.presence.ownedBy(idOf("bob")), bothTold(room)]).toEqual([undefined, twice()]);
  room.advance(VISIT_MS);
  room.flush();
  bothTold(room);
  say(room, "bob", [AGENT, 2, "here"], [2, 1, "bob"]);
  room.flush();
  expect([room.room.presence.ownedBy(idOf("bob"))?.client, told(room, "alice").map(([client]) => client)]).toEqual([
    2,
    [2],
  ]);
});

test("[PR19] of more than a hundred those shown longest ago leave", () => {
  const room = world();
  for (let client = 1; client <= 101; client += 1) {
    room.room.presence.visit({ client, state: '{"is":"here"}' }, room.nowMs);
  }
  room.advance(0);
  room.flush();
  const heard = told(room, "alice");
  expect([heard.length, heard.at(-1)]).toEqual([102, [1, 2, null]]);
  expect(told(room, "bob").filter(([, , state]) => state === null)).toEqual([[1, 2, null]]);
});
