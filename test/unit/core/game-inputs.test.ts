import { describe, expect, test } from "vitest";
import { encodeInputs } from "../../support/plain-game-state.ts";
import { GameWorld } from "../../support/game-world.ts";

const TICK = { clock: { hz: 20 } } as const;

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
