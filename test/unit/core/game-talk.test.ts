import { describe, expect, test } from "vitest";
import { GameWorld } from "../../support/game-world.ts";

describe("messages of games", () => {
  test("[GM60] messages alone do not wait for the pace of states, a crowd's come together, and behind a state they wait with it", () => {
    const world = new GameWorld({ patchMs: 50 });
    const [alice, bob] = [world.join(), world.join()];
    world.wait(1_000);
    const told = () => bob.take("message").map(({ payload }) => payload);
    told();
    for (const text of ["a", "b", "c"]) world.message(alice, "say", text);
    expect([told(), world.engine.flushDueMs()]).toEqual([["a"], world.nowMs + 6]);
    world.wait(6);
    expect(told()).toEqual(["b", "c"]);
    // States are not kept waiting by them.
    world.message(alice, "add", 1);
    expect(bob.state).toMatchObject({ total: 1 });
    world.message(alice, "add", 1);
    world.message(alice, "say", "behind it");
    world.wait(49);
    expect([told(), bob.state?.["total"]]).toEqual([[], 1]);
    world.wait(1);
    expect([told(), bob.state?.["total"]]).toEqual([["behind it"], 2]);
    expect(world.engine.flushDueMs()).toBeUndefined();
  });

  test("[GM60] more seats, fewer flushes of messages", () => {
    const world = new GameWorld({ maxClients: 40 });
    const [alice] = Array.from({ length: 40 }, () => world.join());
    world.wait(1_000);
    if (alice === undefined) throw new Error("nobody came");
    world.message(alice, "say", 1);
    world.message(alice, "say", 2);
    expect(world.engine.flushDueMs()).toBe(world.nowMs + 8);
  });

  test("[GM61] what is gathered under a name is one message for all, where the first of it was said", () => {
    const world = new GameWorld();
    const [alice, bob] = [world.join(), world.join()];
    world.wait(1_000);
    for (const client of [alice, bob]) client.heard = [];
    world.say(
      alice,
      ...["say", "collect", "collect", "shout", "collect"].map(
        (name, payload) => ({ type: "message", name, payload }) as const,
      ),
    );
    world.say(bob, { type: "message", name: "collect", payload: 5 });
    world.wait(100);
    const heard = [alice, bob].map((client) => client.take("message").map(({ payload }) => payload));
    expect(heard).toEqual([
      [[1, 2, 4], 3, [5]],
      [0, [1, 2, 4], 3, [5]],
    ]);
  });
});
