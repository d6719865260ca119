import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { wearProfile } from "../../src/protocol/profile.ts";
import { Random } from "../support/random.ts";
import { type PresenceClient, RoostPresence, type State, StockPresence } from "./presence-client.ts";
import { PresenceWorld } from "./presence-world.ts";
import { forSeeds } from "./worlds.ts";

const isLong = process.env["ROOST_LONG"] === "1";
const STEPS = 300;
/** One tick of the clock of y-protocols. */
const TICK_MS = 3_000;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "queueMicrotask", "performance", "Date"] });
});
afterEach(() => {
  vi.useRealTimers();
});

class People {
  readonly world: PresenceWorld;
  readonly all: PresenceClient[] = [];
  readonly #random: Random;

  constructor(random: Random) {
    this.#random = random;
    this.world = new PresenceWorld(random);
    for (let count = 2 + random.below(4); count > 0; count -= 1) this.add();
  }

  add(): void {
    const id = 1 + this.all.length;
    const send = (frame: Uint8Array): void => {
      if (this.all[id - 1] !== undefined) this.world.sent(this.all[id - 1] ?? client, frame);
    };
    const ports = { send, nowMs: () => this.world.nowMs };
    // Few names: tabs of one person, and everybody where nobody says who they are.
    const user = this.#random.pick(["anonymous", "alice", "bob"]);
    const isStock = this.#random.below(2) === 0;
    const profile = this.#random.below(2) === 0 ? undefined : { name: user, color: "#abc" };
    const client = isStock ? new StockPresence(id, user, ports, profile) : new RoostPresence(id, user, ports, profile);
    client.set(this.#random.below(4) === 0 ? null : this.#face(user, 0));
    this.all.push(client);
  }

  change(): void {
    const client = this.#random.pick(this.all);
    for (let times = this.#random.below(3); times >= 0; times -= 1) {
      const isNull = this.#random.below(8) === 0;
      client.set(isNull ? null : this.#face(client.user, this.#random.below(1_000)));
    }
  }

  /** Some say that they are somebody else, whatever they were told; some move as an editor does, which keeps the rest. */
  #face(user: string, cursor: number): State {
    const name = this.#random.pick([user, "somebody else", ""]);
    return { cursor, ...(name !== "" && { user: { name, role: "x" } }) };
  }

  toggle(): void {
    const client = this.#random.pick(this.all);
    if (this.world.connected.includes(client)) this.world.disconnect(client, this.#random.below(4) === 0);
    else this.world.connect(client);
  }
}

type Deed = (people: People, random: Random) => void;

const DEEDS: readonly (readonly [weight: number, deed: Deed])[] = [
  [12, (people) => people.change()],
  [10, (people) => people.toggle()],
  [50, ({ world }) => void world.deliverOne()],
  [15, ({ world }) => world.flush()],
  [6, ({ world }, random) => world.wait(random.below(1_000))],
  [3, ({ world }) => world.wait(TICK_MS)],
  [3, ({ world }) => world.closeLate(false)],
  [1, (people) => void (people.all.length < 8 && people.add())],
  [1, ({ world }) => world.sleep()],
  [1, ({ world }, random) => void (random.below(3) === 0 && world.crash())],
];
const TOTAL_WEIGHT = DEEDS.reduce((sum, [weight]) => sum + weight, 0);

function pickDeed(random: Random): Deed {
  let rest = random.below(TOTAL_WEIGHT);
  for (const [weight, deed] of DEEDS) {
    rest -= weight;
    if (rest < 0) return deed;
  }
  throw new RangeError("the weights do not add up");
}

function arrive(world: PresenceWorld): void {
  for (let frames = 0; ; frames += 1) {
    vi.advanceTimersByTime(0);
    world.flush();
    if (!world.deliverOne()) return;
    // An echo of an echo would go on for ever.
    if (frames > 20_000) throw new Error("the room does not come to rest");
  }
}

/**
 * A stock client that shows nothing of its own sends nothing either: among quiet peers it forgets them at 30 s and comes back at
 * up to 33 s, and a sleeping room cannot help it.
 */
function mayBeForgetful(client: PresenceClient): boolean {
  return client instanceof StockPresence && client.awareness.getLocalState() === null;
}

/**
 * As others see it, and as it set it itself: no echo undoes that. Only who hid itself while it was told of itself shows that again, as
 * null is never taken from others.
 */
function shownOf({ said, profile, awareness }: PresenceClient): unknown {
  if (said === null) return awareness.getLocalState();
  return profile === undefined ? said : wearProfile(said, profile);
}

function expectHonesty({ world }: People): void {
  const { connected } = world;
  for (const client of connected) {
    const others = connected.filter((other) => other !== client && other.awareness.getLocalState() !== null);
    const shown = client.shown();
    const live = new Map(
      others.filter(({ id }) => shown.has(id) || !mayBeForgetful(client)).map((other) => [other.id, shownOf(other)]),
    );
    const byId = (states: ReadonlyMap<number, unknown>) => [...states].sort(([a], [b]) => a - b);
    expect({ of: client.id, shows: byId(shown) }).toEqual({ of: client.id, shows: byId(live) });
  }
}

function live(seed: number): void {
  const random = new Random(seed);
  const people = new People(random);
  const { world } = people;
  for (let step = 0; step < STEPS; step += 1) pickDeed(random)(people, random);
  world.closeLate(true);
  for (let ticks = 0; ticks < 20; ticks += 1) {
    arrive(world);
    world.wait(TICK_MS);
  }
  arrive(world);
  expectHonesty(people);
  // Whatever came back to it, it is where it went itself; who was shown otherwise than it said has heard of it.
  for (const client of world.connected) expect(client.awareness.getLocalState()).toEqual(shownOf(client));
  // Nothing happens any more, and it stays so.
  for (let ticks = 0; ticks < 20; ticks += 1) {
    world.wait(TICK_MS);
    arrive(world);
    expectHonesty(people);
  }
}

describe("presence", () => {
  test("[PR18] once all is quiet, everybody sees exactly the others who are there, and it stays so", () => {
    forSeeds(isLong ? 1_000 : 100, live);
  });
});
