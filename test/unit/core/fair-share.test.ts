import { expect, it } from "vitest";
import { FairShare } from "../../../src/core/people/fair-share.ts";
import type { ActorId } from "../../../src/protocol/presence-messages.ts";
import { PeopleWorld } from "../../support/people-world.ts";

const PER_SECOND = 1_000;
const HEAVY: ActorId = 1;

it("[PP27] who says much is told while the flood of those who say little goes on, after its share", () => {
  const share = new FairShare({ perSecond: PER_SECOND, burst: 100 });
  const people = 20;
  const [heavyBytes, lightBytes] = [1_000, 100];
  let toldMs: number | undefined;
  let nowMs = 0;
  // New ones all the time, each with a little: twice what is told.
  for (let actor = 2; nowMs < 60_000 && toldMs === undefined; actor += 1) {
    nowMs += lightBytes / 2;
    const waiting = new Map<ActorId, number>([[HEAVY, heavyBytes]]);
    for (let other = 0; other < people - 1; other += 1) waiting.set(2 + other, lightBytes);
    if (share.choose(waiting, people, nowMs).has(HEAVY)) toldMs = nowMs;
  }
  // Everybody's share of what is told until then is what it says.
  expect(toldMs).toBeLessThanOrEqual((people * heavyBytes * 1_000) / PER_SECOND + 1_000);
  expect(toldMs).toBeGreaterThan(1_000);
});

it("[PP27] so it is in a room, whose flood does not end", () => {
  const world = new PeopleWorld({ toldBytes: { perSecond: PER_SECOND, burst: 100 } });
  const [heavy, listener] = [world.join({ user: "heavy" }), world.join({ user: "listener" })];
  const light = Array.from({ length: 10 }, () => world.join());
  world.wait(10_000);
  world.say(heavy, { type: "state", key: "k", json: JSON.stringify("x".repeat(1_000)) });
  const isTold = () => listener.people.get(heavy.actor)?.state["k"] !== undefined;
  let seconds = 0;
  for (; !isTold() && seconds < 60; seconds += 1) {
    for (const one of light) {
      world.say(one, { type: "state", key: "k", json: JSON.stringify(`${seconds} ${"x".repeat(190)}`) });
    }
    world.wait(1_000);
  }
  expect(seconds).toBeLessThanOrEqual(14);
  expect(seconds).toBeGreaterThan(1);
});
