import { expect, test } from "vitest";
import { TestRoom, roost, yWebsocket } from "../../support/test-room.ts";
import { say, told } from "./presence-support.ts";

test("[PR13] a room that sleeps between the renewals of one stock client renews the quiet ones for it each time", () => {
  const room = new TestRoom();
  room.join("alice", { dialect: yWebsocket });
  room.join("carol", { dialect: roost });
  say(room, "alice", [1, 1, "new"]);
  say(room, "carol", [3, 1, "quiet"]);
  room.flush();
  let clock = Math.max(...told(room, "alice").map(([, heard]) => heard));
  for (let own = 10_000; own < 100_000; own += 10_000) {
    room.sleep();
    room.advance(15_000);
    say(room, "alice", [1, own, "new"]);
    room.flush();
    const [carol] = told(room, "alice").filter(([client]) => client === 3);
    expect(carol?.[1]).toBeGreaterThan(clock);
    clock = carol?.[1] ?? clock;
  }
});

test("[PR13] [PR14] a renewal at a clock that newcomers had raised meanwhile renews all the same, also where the room sleeps", () => {
  const room = new TestRoom();
  const clocks = new Map([
    ["alice", 0],
    ["bob", 0],
    ["carol", 0],
  ]);
  /** As y-protocols does: it goes on from the clock it hears of itself. */
  const hear = (name: string): readonly number[] => {
    const heard = told(room, name);
    for (const [client, clock] of heard) if (client === clientOf(name)) clocks.set(name, clock);
    return heard.map(([client]) => client);
  };
  const clientOf = (name: string): number => [...clocks.keys()].indexOf(name) + 1;
  const show = (name: string): void => {
    clocks.set(name, (clocks.get(name) ?? 0) + 1);
    say(room, name, [clientOf(name), clocks.get(name) ?? 0, name]);
  };
  for (const name of clocks.keys()) {
    room.join(name, { dialect: yWebsocket });
    show(name);
    room.flush();
    hear(name);
  }
  room.receive("carol", { type: "bye" });
  room.flush();
  for (const name of ["alice", "bob"]) hear(name);
  for (let renewal = 0; renewal < 3; renewal += 1) {
    room.advance(15_000);
    room.sleep();
    for (const name of ["alice", "bob"]) show(name);
    room.flush();
    for (const name of ["alice", "bob"]) {
      expect(hear(name)).toEqual(expect.arrayContaining([1, 2]));
    }
  }
});
