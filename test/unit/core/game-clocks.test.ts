import { describe, expect, test } from "vitest";
import { GameWorld } from "../../support/game-world.ts";

const TICK = { clock: { hz: 20 } } as const;

function count(world: GameWorld, what: string): number {
  return world.takeJournal().filter((line) => line.startsWith(what)).length;
}

describe("clocks of games", () => {
  test("[GM30] with an event clock nothing waits once what happened is said", () => {
    const world = new GameWorld();
    const alice = world.join();
    world.message(alice, "add", 1);
    world.wait(50);
    expect([world.engine.flushDueMs(), world.engine.nextDueMs()]).toEqual([undefined, undefined]);
    expect(world.engine.tickDueMs(world.nowMs)).toBeUndefined();
    world.drop(alice);
    expect(world.engine.nextDueMs()).toBe(world.nowMs + 60_000);
  });

  test("[GM31] flushes are a while apart, the first comes at once, and who joins does not wait", () => {
    const world = new GameWorld({ patchMs: 50 });
    const [alice, bob] = [world.join(), world.join()];
    world.wait(1_000);
    const before = world.store.commits;
    world.message(alice, "add", 1);
    expect(bob.state).toMatchObject({ total: 1 });
    for (let times = 0; times < 10; times += 1) world.message(alice, "add", 1);
    expect([bob.state?.["total"], world.store.commits]).toEqual([1, before + 1]);
    expect(world.engine.flushDueMs()).toBe(world.nowMs + 50);
    world.wait(50);
    expect([bob.state?.["total"], world.store.commits]).toEqual([11, before + 2]);
    world.message(alice, "add", 1);
    const carol = world.join();
    expect(carol.state).toMatchObject({ total: 12 });
    world.message(alice, "add", 1);
    world.message(alice, "commit");
    expect(bob.state).toMatchObject({ total: 13 });
  });

  test("[GM32] a timer goes off once, also after sleep, and before what happens late", () => {
    const world = new GameWorld({ clock: "alarm" });
    const alice = world.join();
    world.message(alice, "timer", { name: "turn", ms: 5_000 });
    world.message(alice, "timer", { name: "gone", ms: 4_000 });
    world.message(alice, "no-timer", "gone");
    world.wait(1_000);
    expect(world.engine.nextDueMs()).toBe(1_005_000);
    world.takeJournal();
    world.sleep(60_000);
    world.message(alice, "timer", { name: "next", ms: 1_000 });
    expect(world.takeJournal()).toEqual(["restore", "timer turn"]);
    world.wait(1_000);
    expect(world.takeJournal()).toEqual(["timer next"]);
    expect(world.stored()).toMatchObject({ names: ["turn", "next"] });
    expect(world.engine.nextDueMs()).toBeUndefined();
  });

  test("[GM32] a timer moves with its name, is a second at least, and none of an event clock", () => {
    const world = new GameWorld({ clock: "alarm" });
    const alice = world.join();
    for (const ms of [5_000, 7_000, 999, Number.NaN]) world.message(alice, "timer", { name: "turn", ms });
    expect(world.engine.nextDueMs()).toBe(1_007_000);
    const still = new GameWorld();
    still.message(still.join(), "timer", { name: "turn", ms: 5_000 });
    expect(still.engine.nextDueMs()).toBeUndefined();
    expect(still.health()?.exceptions).toEqual({ "message timer": 1 });
  });

  test("[GM33] ticks go while somebody plays, and then all is stored and nothing waits", () => {
    const world = new GameWorld(TICK);
    const alice = world.join();
    world.wait(1_000);
    expect(count(world, "tick")).toBe(20);
    world.wait(28_950);
    expect(world.health()?.isTicking).toBe(true);
    world.wait(1_050);
    expect([world.health()?.isTicking, world.isAsleepable]).toEqual([false, true]);
    expect(world.stored()).toEqual(alice.state);
    world.wait(10_000);
    world.takeJournal();
    world.message(alice, "add", 1);
    world.wait(500);
    expect([count(world, "tick"), world.health()?.skippedTicks]).toEqual([10, 0]);
    world.wait(31_000);
    world.takeJournal();
    world.sleep(3_600_000);
    world.message(alice, "add", 1);
    world.wait(500);
    expect(count(world, "tick")).toBe(10);
    world.drop(alice);
    world.takeJournal();
    world.wait(5_000);
    expect([count(world, "tick"), world.isAsleepable]).toEqual([0, true]);
  });

  test("[GM33] who watches keeps no clock running", () => {
    const world = new GameWorld(TICK);
    const watcher = world.join({ isSpectator: true });
    world.message(watcher, "add", 1);
    expect(world.engine.tickDueMs(world.nowMs)).toBeUndefined();
    const alice = world.join();
    world.wait(31_000);
    world.message(watcher, "add", 1);
    expect(world.engine.tickDueMs(world.nowMs)).toBeUndefined();
    world.message(alice, "add", 1);
    expect(world.engine.tickDueMs(world.nowMs)).toBe(world.nowMs + 50);
  });

  test("[GM34] an uneven timer takes the steps of an even one, and a stall is not caught up with", () => {
    const world = new GameWorld(TICK);
    world.join();
    const { engine } = world;
    const ticksAt = (ms: number) => {
      engine.tick(1_000_000 + ms);
      return engine.health(1_000_000 + ms)?.ticks;
    };
    expect([0, 49, 101, 148, 202, 249].map(ticksAt)).toEqual([1, 2, 3, 4, 5, 6]);
    expect([ticksAt(450), ticksAt(460)]).toEqual([10, 10]);
    expect([ticksAt(5_450), ticksAt(5_500)]).toEqual([15, 16]);
    expect(world.health()?.skippedTicks).toBe(95);
  });

  test("[GM34] a timer that is always late makes no tick later than the one before", () => {
    const world = new GameWorld(TICK);
    world.join();
    const { engine } = world;
    const startMs = world.nowMs;
    const dueMs: (number | undefined)[] = [];
    for (let ticks = 0; ticks < 4; ticks += 1) {
      const nextMs = engine.tickDueMs(world.nowMs);
      dueMs.push(nextMs);
      world.nowMs = (nextMs ?? Number.NaN) + 7;
      engine.tick(world.nowMs);
      // What happens in between does not move it.
      world.nowMs += 5;
      engine.flush(world.nowMs);
    }
    expect(dueMs).toEqual([50, 100, 150, 200].map((ms) => startMs + ms));
  });

  test("[GM35] ticks that keep failing stop until somebody sends something", () => {
    const world = new GameWorld({ ...TICK, throws: new Set(["tick"]) });
    const alice = world.join();
    world.wait(5_000);
    expect(count(world, "tick")).toBe(10);
    expect(world.health()).toMatchObject({ isTickStopped: true, isTicking: false, exceptions: { onTick: 10 } });
    world.message(alice, "add", 1);
    world.wait(5_000);
    expect(count(world, "tick")).toBe(10);
  });
});
