import { describe, expect, test } from "vitest";
import type { GameClock } from "../../src/core/game/ports.ts";
import { Random } from "../support/random.ts";
import { GameLives, MAX_CLIENTS, MAX_SPECTATORS } from "./game-lives.ts";
import { forSeeds } from "./worlds.ts";

const isLong = process.env["ROOST_LONG"] === "1";
const STEPS = 150;

type Deed = (lives: GameLives) => void;

const DEEDS: readonly (readonly [weight: number, deed: Deed])[] = [
  [10, reserve],
  [2, (lives) => expect(lives.reserveAgain(), "a second seat").toBe(false)],
  [20, (lives) => expect(lives.open(), "its own seat").toBe(true)],
  [4, (lives) => expect(lives.intrude(), "a seat of nobody, or of somebody else").toBe(false)],
  [25, (lives) => lives.message()],
  [4, (lives) => lives.nonsense()],
  [2, (lives) => lives.lock()],
  [10, (lives) => lives.leave()],
  [1, (lives) => lives.kick()],
  [3, (lives) => lives.closeAgain()],
  [20, (lives) => lives.wait(lives.random.below(200))],
  [3, (lives) => lives.wait(lives.random.below(20_000))],
  [8, (lives) => lives.sleep()],
  [3, crash],
  [1, (lives) => lives.spoil()],
  [1, (lives) => lives.fail()],
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

function reserve(lives: GameLives): void {
  const { isOk, isExpected } = lives.reserve();
  expect(isOk, "a seat").toBe(isExpected);
}

function crash(lives: GameLives): void {
  const { leastTotal, mostTotal } = lives.crash();
  expect(lives.total, "what was seen, or is old enough").toBeGreaterThanOrEqual(leastTotal);
  expect(lives.total).toBeLessThanOrEqual(mostTotal);
}

/** Seats of the engine and of storage are the model's. */
function expectSeats({ world, seats }: GameLives): void {
  const stored = new Map(world.store.seats().map((seat) => [seat.session, [seat.state, seat.untilMs]]));
  expect(stored).toEqual(new Map([...seats].map(([{ session }, { state, untilMs }]) => [session, [state, untilMs]])));
  const players = [...seats.values()].filter(({ isSpectator }) => !isSpectator).length;
  const watchers = seats.size - players;
  expect(players).toBeLessThanOrEqual(MAX_CLIENTS);
  expect(watchers).toBeLessThanOrEqual(MAX_SPECTATORS);
  if (world.store.meta() !== undefined) expect(world.engine.listing()?.clients).toBe(players);
  for (const client of world.clients.values()) expect(client.isOpen).toBe(seats.get(client)?.state === "taken");
}

/** Once what happened is said, everybody who is ready knows what is stored, and that is all that was sent. */
function expectTold(lives: GameLives): void {
  const { world } = lives;
  if (world.store.meta() === undefined) return;
  lives.wait(lives.isTick ? 1_100 : 60);
  expect(world.stored()?.["total"]).toBe(lives.total);
  for (const [client, { state, isReady }] of lives.seats) {
    if (state !== "taken" || !isReady) continue;
    if (lives.isTick) expect(client.state?.["total"]).toBe(lives.total);
    else expect(client.state).toEqual(world.stored());
  }
}

function live(seed: number, clock: GameClock): void {
  const random = new Random(seed);
  const lives = new GameLives(random, clock);
  for (let step = 0; step < STEPS; step += 1) {
    pickDeed(random)(lives);
    expectSeats(lives);
    if (random.below(10) === 0) expectTold(lives);
  }
  lives.wait(35_000);
  expectTold(lives);
  lives.wait(100_000);
  expect(lives.world.isAsleepable).toBe(true);
  const before = lives.world.store.state();
  crash(lives);
  expect(lives.world.store.state()).toEqual(before);
  lives.wait(100_000);
  expectSeats(lives);
  expect([...lives.seats]).toEqual([]);
}

describe("any life of a game room", () => {
  test("[GM57] event clock: seats are those of a simple model, and nothing that was seen is lost", () => {
    forSeeds(isLong ? 3_000 : 100, (seed) => live(seed, "event"));
  });

  test("[GM57] alarm clock: so it is with timers", () => {
    forSeeds(isLong ? 1_000 : 60, (seed) => live(seed, "alarm"));
  });

  test("[GM57] tick clock: nothing older than a second is lost", () => {
    forSeeds(isLong ? 1_000 : 60, (seed) => live(seed, { hz: 20 }));
  });
});
