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
