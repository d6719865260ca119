import { expect, test } from "vitest";
import type { Face, PresenceClientMessage } from "../../src/protocol/presence-messages.ts";
import type { PeopleClient } from "../support/people-client.ts";
import { PeopleWorld, rosterOf } from "../support/people-world.ts";
import { picture } from "../support/pictures.ts";
import { Random } from "../support/random.ts";
import { forSeeds } from "./worlds.ts";

const isLong = process.env["ROOST_LONG"] === "1";
const FLOODERS = 30;
const TICK_MS = 50;
const TICKS = 200;
const KIB = 1024;

/** Words a second and at once, events as many, and one of each that was begun. */
const WORDS = { perSecond: 32 * KIB, burst: 64 * KIB + 11 * KIB };
const EVENTS = { perSecond: 64 * KIB, burst: 16 * KIB + 4 * KIB };
/** Cursors, statuses, names of events that are tallied, counts: so many of 20 flushes. */
const REST_PER_SECOND = 16 * KIB;
/** Of 30 that are shown: who comes into the sample is told whole. */
const NEW_PER_SECOND = 16 * KIB + 11 * KIB;

function maxBytes(seconds: number): number {
  const perSecond = WORDS.perSecond + EVENTS.perSecond + REST_PER_SECOND;
  return WORDS.burst + EVENTS.burst + perSecond * seconds;
}

/** As large as an anonymous page may be. */
function faceOf(random: Random): Face {
  return {
    name: "🦊".repeat(60),
    color: `#${String(random.below(1_000)).padStart(3, "0")}`,
    avatar: picture("png", 4_000),
  };
}

function floodOf(random: Random): readonly PresenceClientMessage[] {
  const word = String(random.below(1_000_000));
  const state = { type: "state", key: `key ${random.below(3)}`, json: JSON.stringify(word.padEnd(600)) } as const;
  return random.pick<readonly PresenceClientMessage[]>([
    [{ type: "hello", version: 1, hello: { user: faceOf(random) } }],
    [state, state],
    [state],
    [{ type: "typing", where: word.padEnd(64, "語") }],
    [{ type: "event", name: word.padEnd(64, "語"), json: JSON.stringify(word.padEnd(4_000)) }],
    [{ type: "event", name: word.padEnd(64, "x"), json: "" }],
    [{ type: "status", status: random.pick(["active", "idle", "away"] as const) }],
    [{ type: "cursor", anchor: random.below(1_000_000), x: random.below(65_536), y: random.below(65_536) }],
  ]);
}

class Flood {
  readonly world: PeopleWorld;
  readonly random: Random;
  readonly listener: PeopleClient;
  readonly #flooders: PeopleClient[];

  constructor(seed: number, options: ConstructorParameters<typeof PeopleWorld>[0] = {}) {
    this.random = new Random(seed);
    this.world = new PeopleWorld(options);
    this.listener = this.world.join({ user: "listener" });
    this.#flooders = Array.from({ length: FLOODERS }, () => this.#join());
    this.world.flush();
  }

  /** Everybody says something; some leave, and come again as somebody else. */
  tick(): void {
    for (const [at, flooder] of this.#flooders.entries()) {
      if (this.random.below(40) === 0) {
        this.world.say(flooder, { type: "bye" });
        this.#flooders[at] = this.#join();
      } else this.world.say(flooder, ...floodOf(this.random));
    }
    this.world.wait(TICK_MS);
  }

  #join(): PeopleClient {
    return this.world.join({ hello: { user: faceOf(this.random), state: { page: "x".repeat(1_900) } } });
  }
}

test("[PP27] thirty anonymous sockets that say all they may cost a listener no more than its share, and keep nobody waiting who says little", () => {
  forSeeds(isLong ? 60 : 5, (seed) => {
    const flood = new Flood(seed);
    const { world, listener, random } = flood;
    const alice = world.join({ user: "alice" });
    const late: number[] = [];
    let sinceMs: number | undefined;
    let value = 0;
    const startBytes = listener.bytes;
    for (let tick = 0; tick < TICKS; tick += 1) {
      flood.tick();
      const isSeen = listener.people.get(alice.actor)?.state["value"] === value;
      if (sinceMs !== undefined && !isSeen) continue;
      if (sinceMs !== undefined) late.push(world.nowMs - sinceMs);
      sinceMs = undefined;
      if (random.below(5) > 0) continue;
      value += 1;
      sinceMs = world.nowMs;
      world.say(alice, { type: "state", key: "value", json: String(value) });
    }
    expect(listener.bytes - startBytes).toBeLessThan(maxBytes((TICKS * TICK_MS) / 1_000));
    expect(value).toBeGreaterThan(5);
    // The debt of the largest message is paid for in 350 ms.
    expect(Math.max(...late)).toBeLessThanOrEqual(400);
    world.wait(60_000);
    expect(listener.people).toEqual(rosterOf(world.room));
    expect(world.isQuiet).toBe(true);
  });
});

test("[PP27] so it is in a room that shows a sample, whoever is shown in turn", () => {
  forSeeds(isLong ? 60 : 3, (seed) => {
    const bounds = { full: 10, fullAgain: 8, sampled: 1_000, sampledAgain: 850 };
    const flood = new Flood(seed, { bounds, speakers: 10 });
    const { world, listener } = flood;
    for (let tick = 0; tick < 40; tick += 1) flood.tick();
    const startBytes = listener.bytes;
    for (let tick = 0; tick < TICKS; tick += 1) flood.tick();
    const seconds = (TICKS * TICK_MS) / 1_000;
    expect(listener.bytes - startBytes).toBeLessThan(maxBytes(seconds) + NEW_PER_SECOND * seconds);
    world.wait(60_000);
    const here = rosterOf(world.room);
    expect(listener.people.size).toBe(10);
    for (const [actor, person] of listener.people) expect(person).toEqual(here.get(actor));
    expect(world.isQuiet).toBe(true);
  });
});
