import { describe, expect, test } from "vitest";
import type { Plain } from "../../../src/core/game/ports.ts";
import { GameWorld } from "../../support/game-world.ts";

const TICK = { clock: { hz: 20 } } as const;

describe("flushes of games", () => {
  test("[GM50] whatever anybody hears is stored before, in one transaction", () => {
    const world = new GameWorld();
    const alice = world.client("alice");
    world.reserve(alice);
    const before = world.store.commits;
    world.open(alice);
    expect(alice.take("handshake")).toHaveLength(1);
    expect(world.store.commits).toBe(before + 1);
    expect(world.store.seats()).toMatchObject([{ session: alice.session, state: "taken" }]);
    expect(world.stored()).toMatchObject({ scores: { [alice.session]: 0 } });
    world.say(alice, { type: "ready" });
    world.wait(1_000);
    world.store.failures = 1;
    world.message(alice, "add", 3);
    expect([alice.take("patch"), alice.closed?.reason]).toEqual([[], "unavailable"]);
  });

  test("[GM51] the state comes first, then messages in order; some are not for all", () => {
    const world = new GameWorld();
    const [alice, bob, carol] = [world.join(), world.join(), world.join()];
    world.wait(1_000);
    const clients = [alice, bob, carol];
    for (const client of clients) client.heard = [];
    world.sends = 0;
    world.say(
      alice,
      { type: "message", name: "shout", payload: 1 },
      { type: "message", name: "say", payload: 2 },
      { type: "request", id: 5, name: "total", payload: undefined },
      { type: "message", name: "add", payload: 4 },
      { type: "message", name: "shout", payload: 3 },
    );
    const heard = clients.map((client) =>
      client.heard.map((message) => (message.type === "message" ? message.payload : message.type)),
    );
    expect(heard).toEqual([
      ["patch", 1, "response", 3],
      ["patch", 1, 2, 3],
      ["patch", 1, 2, 3],
    ]);
    // Alice, and the other two together.
    expect(world.sends).toBe(2);
  });

  test("[GM51] who is not ready hears when it is, and not what was said before it came", () => {
    const world = new GameWorld({ patchMs: 10_000 });
    const alice = world.join();
    world.wait(20_000);
    world.message(alice, "shout", "to all");
    world.message(alice, "shout", "before");
    const bob = world.client("bob");
    world.reserve(bob);
    world.message(alice, "shout", "still before");
    world.open(bob);
    world.message(alice, "shout", "after");
    world.wait(20_000);
    expect(bob.heard.map(({ type }) => type)).toEqual(["handshake"]);
    world.say(bob, { type: "ready" }, { type: "ready" });
    expect(bob.heard.slice(1).map((message) => (message.type === "message" ? message.payload : message.type))).toEqual([
      "state",
      "bob",
      "after",
    ]);
  });

  test("[GM51] who comes back without its handshake is not told the shape again", () => {
    const world = new GameWorld();
    const alice = world.join();
    expect(alice.take("handshake").map((message) => message.reflection !== undefined)).toEqual([true]);
    world.comeBack(alice);
    expect(alice.take("handshake").map((message) => message.reflection !== undefined)).toEqual([false]);
  });

  test("[GM52] a room that wakes says nothing, and then all of it", () => {
    const world = new GameWorld();
    const [alice, bob] = [world.join(), world.join()];
    world.message(alice, "add", 3);
    world.wait(1_000);
    const commits = world.store.commits;
    for (const client of [alice, bob]) client.heard = [];
    world.sleep(5_000);
    world.wait(1_000);
    expect([alice.heard, bob.heard, world.store.commits]).toEqual([[], [], commits]);
    world.message(bob, "shout", "hi");
    world.message(bob, "add", 2);
    world.wait(1_000);
    expect(alice.heard.map(({ type }) => type)).toEqual(["message", "state"]);
    expect(alice.state).toEqual(world.stored());
    world.message(bob, "add", 1);
    expect(alice.heard.at(-1)?.type).toBe("patch");
    expect(alice.state).toMatchObject({ total: 6 });
  });

  test("[GM52] a socket that was lost in sleep is dropped, and one without a seat closed", () => {
    const world = new GameWorld();
    const [alice, bob] = [world.join(), world.join()];
    const stray = world.client();
    world.wait(1_000);
    bob.isOpen = false;
    stray.isOpen = true;
    world.takeJournal();
    world.sleep();
    expect(world.takeJournal()).toEqual(["restore", `drop ${bob.session}`]);
    expect([alice.isOpen, stray.closed?.reason]).toEqual([true, "unavailable"]);
  });

  test("[GM53] a tick clock says each change, and writes once a second", () => {
    const world = new GameWorld(TICK);
    const alice = world.join();
    world.wait(1_000);
    alice.heard = [];
    const before = world.store.stateWrites;
    world.wait(5_000);
    expect(alice.take("patch")).toHaveLength(100);
    expect(world.store.stateWrites - before).toBe(5);
    world.message(alice, "add", 3);
    world.wait(100);
    world.message(alice, "commit");
    expect(world.stored()).toMatchObject({ total: 3 });
    world.message(alice, "add", 3);
    const bob = world.join();
    expect([world.stored(), bob.state]).toEqual(new Array(2).fill(expect.objectContaining({ total: 6 })));
    world.wait(100);
    world.crash();
    expect(world.comeBack(alice).ok).toBe(true);
    expect(alice.state).toMatchObject({ total: 6 });
  });

  test("[GM53] what is written once a second is between two ticks, where nobody waits for the disk", () => {
    const world = new GameWorld(TICK);
    const alice = world.join();
    world.wait(1_000);
    const delays: number[] = [];
    let saidMs = world.nowMs;
    for (let writes = world.store.stateWrites; delays.length < 4;) {
      alice.heard = [];
      world.wait(1);
      if (alice.take("patch").length > 0) saidMs = world.nowMs;
      if (world.store.stateWrites > writes) delays.push(world.nowMs - saidMs);
      writes = world.store.stateWrites;
    }
    for (const delay of delays) expect(delay).toSatisfy((ms: number) => ms > 5 && ms < 40);
  });

  test("[GM53] ids that storage does not know are stored before they are seen", () => {
    const world = new GameWorld(TICK);
    const alice = world.join();
    world.wait(1_000);
    const before = world.store.stateWrites;
    world.message(alice, "name", "a new one");
    expect(world.store.stateWrites).toBe(before);
    world.wait(100);
    expect([alice.state?.["names"], world.stored()?.["names"]]).toEqual([["a new one"], ["a new one"]]);
    expect(world.store.stateWrites).toBe(before + 1);
  });

  test("[GM54] where storage fails everybody comes again, to what was stored", () => {
    const world = new GameWorld();
    const [alice, bob] = [world.join(), world.join()];
    world.message(alice, "add", 3);
    world.wait(1_000);
    world.store.failures = 1;
    world.message(alice, "add", 5);
    expect([alice.closed?.reason, bob.closed?.reason]).toEqual(["unavailable", "unavailable"]);
    expect(world.comeBack(alice).ok).toBe(true);
    expect(alice.state).toMatchObject({ total: 3 });
    expect(world.health()?.exceptions).toEqual({ storage: 1 });
  });

  test("[GM54] a seat that could not be stored is none, and a flush says so", () => {
    const world = new GameWorld();
    world.store.failures = 1;
    const alice = world.client();
    const request = { session: alice.session, user: "alice", options: null, isSpectator: false, creates: "tally" };
    expect(world.engine.reserve(request, world.nowMs).ok).toBe(true);
    expect(world.engine.flush(world.nowMs)).toBe(false);
    expect(world.open(alice)).toMatchObject({ ok: false, error: { tag: "not-found" } });
  });

  test("[GM55] what another version saved is migrated, once", () => {
    const world = new GameWorld();
    const alice = world.join();
    world.message(alice, "add", 3);
    world.wait(1_000);
    const from: number[] = [];
    const double = (data: Plain, version: number): Plain => {
      from.push(version);
      // SAFETY: what Tally wrote.
      const fields = data as { readonly total: number };
      return { ...fields, total: fields.total * 2 };
    };
    world.tally = { ...world.tally, version: 2, migrate: double };
    world.crash();
    world.comeBack(alice);
    expect(alice.state).toMatchObject({ total: 6 });
    expect(world.store.meta()?.version).toBe(2);
    world.crash();
    expect(world.comeBack(alice).ok).toBe(true);
    expect([from, alice.state]).toEqual([[1], expect.objectContaining({ total: 6 })]);
  });

  test("[GM55] without a migration the room refuses, says why, and keeps its rows", () => {
    const world = new GameWorld();
    const alice = world.join();
    world.wait(1_000);
    const seats = world.store.seats();
    world.tally = { ...world.tally, version: 2 };
    world.crash();
    const reason = "This room cannot be opened: version 1 of the game wrote this room, and version 2 cannot read it.";
    expect(world.comeBack(alice)).toEqual({ ok: false, error: { tag: "unreadable", reason } });
    expect(world.reserve(world.client())).toEqual({ ok: false, error: { tag: "unreadable", reason } });
    expect([world.store.seats(), world.engine.nextDueMs()]).toEqual([seats, undefined]);
    world.tally = { ...world.tally, version: 1 };
    world.crash();
    expect(world.comeBack(alice).ok).toBe(true);
  });

  test("[GM56] the lobby hears of each change of the listing once", () => {
    const world = new GameWorld();
    const alice = world.join();
    const listing = { maxClients: 4, isLocked: false, isPrivate: false, metadata: null, createdMs: 1_000_000 };
    expect(world.store.reported).toEqual({ ...listing, clients: 1 });
    world.message(alice, "describe", "friday game");
    world.message(alice, "lock", true);
    world.message(alice, "hide");
    world.wait(1_000);
    const described = { ...listing, isLocked: true, isPrivate: true, metadata: "friday game" };
    expect(world.store.reported).toEqual({ ...described, clients: 1 });
    world.store.transaction(() => world.store.report(null));
    world.crash();
    world.comeBack(alice);
    world.message(alice, "add", 1);
    world.wait(1_000);
    expect(world.store.reported).toBeNull();
    world.message(alice, "lock", false);
    world.wait(1_000);
    expect(world.store.reported).toEqual({ ...described, isLocked: false, clients: 1 });
    expect(world.engine.listing()).toEqual(world.store.reported);
  });
});
