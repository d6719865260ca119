import { describe, expect, test } from "vitest";
import { encodeInputs } from "../../support/plain-game-state.ts";
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

describe("inputs of games", () => {
  test("[GM40] who sends faster moves no faster, and who stuttered is caught up with", () => {
    const world = new GameWorld({ ...TICK, takesInputs: true });
    const [alice, bob] = [world.join(), world.join()];
    world.wait(1_000);
    world.takeJournal();
    for (let turn = 0; turn < 20; turn += 1) {
      world.input(alice, 1, 1);
      // In bursts of five.
      if (turn % 5 === 4) world.input(bob, 1, 1, 1, 1, 1);
      world.wait(50);
    }
    world.wait(100);
    const inputs = world.takeJournal().filter((line) => line.startsWith("input"));
    const of = ({ session }: { readonly session: string }) =>
      inputs.filter((line) => line === `input ${session}`).length;
    // Twenty-two steps, and the eight that alice had not used before.
    expect(of(alice)).toBeLessThanOrEqual(30);
    expect(of(bob)).toBe(20);
  });

  test("[GM40] without ticks an input is used as it comes", () => {
    const world = new GameWorld({ takesInputs: true });
    const alice = world.join();
    world.input(alice, 1, 2, 3);
    world.wait(100);
    expect(alice.state).toMatchObject({ total: 6 });
  });

  test("[GM41] inputs that come late, again, or in heaps are dropped and counted", () => {
    const world = new GameWorld({ ...TICK, takesInputs: true });
    const alice = world.join();
    const send = (...numbers: readonly number[]) => {
      const body = encodeInputs(numbers.map((number) => ({ number, input: { by: 1 } })));
      world.say(alice, { type: "input", isReliable: false, isTimed: false, body });
    };
    send(1, 2, 3);
    send(2, 3, 4);
    send(1);
    expect(world.health()?.counts.droppedInputs).toBe(3);
    world.wait(1_000);
    expect(alice.state).toMatchObject({ total: 4 });
    send(...Array.from({ length: 100 }, (_, index) => 5 + index));
    expect(world.health()?.counts.droppedInputs).toBe(3 + 68);
    send(Number.NaN);
    expect(world.health()?.counts.droppedInputs).toBe(3 + 69);
  });

  test("[GM42] patches say the time and the last input, through sleep, and from 0 on a new connection", () => {
    const world = new GameWorld({ ...TICK, takesInputs: true });
    const [alice, bob] = [world.join(), world.join()];
    const handshakes = [...alice.take("handshake")];
    expect(handshakes[0]?.inputs).toMatchObject({ hz: 20, patchMs: 50 });
    world.input(alice, 1, 1, 1);
    world.wait(200);
    expect(alice.take("patch").at(-1)?.timing).toEqual({ serverMs: 200, lastInput: 3 });
    expect(bob.take("patch").at(-1)?.timing).toEqual({ serverMs: 200, lastInput: 0 });
    world.wait(40_000);
    world.sleep(1_000);
    world.input(alice, 1);
    world.wait(100);
    expect(alice.take("state").at(-1)?.timing?.lastInput ?? alice.take("patch").at(-1)?.timing?.lastInput).toBe(4);
    world.comeBack(alice);
    expect(alice.take("state").map(({ timing }) => timing?.lastInput)).toEqual([0]);
  });

  test.each([TICK, {}])(
    "[GM43] %j: when an input was sampled is said in the game's time, at most a second ago",
    (clock) => {
      const world = new GameWorld({ ...clock, takesInputs: true, wantsStamps: true });
      const createdMs = world.nowMs;
      const alice = world.join();
      expect(alice.take("handshake")[0]?.inputs).toMatchObject({ hz: 20, wantsStamps: true });
      world.wait(5_000);
      // As it is, from long ago, from tomorrow, from before the room was, and from whoever has no clock yet.
      const stamps = [4_900, 1_000, 90_000_000, 2 ** 32 - 5, 0, undefined];
      const inputs = stamps.map((sampledMs, at) => ({
        ...{ number: at + 1, input: { by: 1 } },
        ...(sampledMs !== undefined && { sampledMs }),
      }));
      world.takeJournal();
      world.say(alice, { type: "input", isReliable: true, isTimed: true, body: encodeInputs(inputs) });
      world.wait(1_000);
      const said = world.takeJournal().filter((line) => line.startsWith("input"));
      const times = [4_900, 4_000, 5_000, 4_000].map((ms) => ` of ${createdMs + ms}`);
      expect(said).toEqual([...times, "", ""].map((time) => `input ${alice.session}${time}`));
    },
  );

  test("[GM43] no client stamps what its game does not ask for", () => {
    const world = new GameWorld({ takesInputs: true });
    expect(world.join().take("handshake")[0]?.inputs).not.toHaveProperty("wantsStamps");
  });

  test("[GM42] an input that changes nothing is acknowledged all the same", () => {
    const world = new GameWorld({ takesInputs: true });
    const [alice, bob] = [world.join(), world.join()];
    world.wait(1_000);
    alice.heard = [];
    bob.heard = [];
    world.input(alice, 0);
    world.wait(100);
    expect(alice.heard).toEqual([
      { type: "patch", body: new Uint8Array(0), timing: { serverMs: 1_000, lastInput: 1 } },
    ]);
    expect(bob.heard).toEqual([]);
  });
});
