import { describe, expect, test } from "vitest";
import { GameWorld } from "../../support/game-world.ts";

describe("messages to games", () => {
  test("[GM10] what fits goes to its handler, and what does not is answered and counted", () => {
    const world = new GameWorld();
    const [alice, bob] = [world.join(), world.join()];
    world.message(alice, "add", 3);
    for (const payload of [11, Number.NaN, 1e300, "3", null, { valueOf: 1 }]) world.message(alice, "add", payload);
    world.message(alice, "nothing", 1);
    world.say(alice, { type: "bytes", name: "blob", bytes: Uint8Array.of(1, 2) });
    world.wait(1_000);
    expect(world.stored()).toMatchObject({ total: 3 });
    expect(alice.take("error").map(({ code }) => code)).toEqual(new Array(7).fill(4217));
    expect(alice.take("bytes")).toEqual([{ type: "bytes", name: "blob", bytes: Uint8Array.of(1, 2) }]);
    expect(world.health()?.counts).toMatchObject({ unknownMessages: 1, invalidMessages: 6 });
    expect(bob.take("error")).toEqual([]);
    expect(world.health()?.exceptions).toEqual({});
  });

  test("[GM10] who watches hears all and changes nothing", () => {
    const world = new GameWorld({ takesInputs: true });
    const alice = world.join();
    const watcher = world.join({ isSpectator: true });
    world.message(watcher, "add", 3);
    world.input(watcher, 5);
    world.message(alice, "add", 1);
    world.wait(1_000);
    expect(watcher.state).toMatchObject({ total: 1 });
    expect(world.health()?.counts.spectatorMessages).toBe(2);
    expect(watcher.isOpen).toBe(true);
  });

  test("[GM11] requests are answered once", () => {
    const world = new GameWorld();
    const alice = world.join();
    world.message(alice, "add", 2);
    const answers = [
      world.request(alice, "total"),
      world.request(alice, "reject"),
      world.request(alice, "break"),
      world.request(alice, "nothing"),
      world.request(alice, "add", 99),
    ];
    expect(answers.map((answer) => [answer?.status, answer?.payload])).toEqual([
      ["ok", 2],
      ["rejected", { why: "not your turn" }],
      ["error", { name: "Error", message: "the dice fell off the table", code: 526 }],
      ["error", { name: "Error", message: 'there is no message "nothing"', code: 4217 }],
      ["error", { name: "Error", message: expect.stringMatching(/<=10/), code: 4217 }],
    ]);
    expect(alice.take("response")).toEqual([]);
  });

  test("[GM12] who floods is closed and keeps its seat; nobody else notices", () => {
    const world = new GameWorld();
    const flooder = world.join({ eventsPerSecond: 10 });
    const bob = world.join();
    world.say(flooder, ...new Array(100).fill({ type: "message", name: "add", payload: 1 }));
    expect(flooder.closed?.reason).toBe("too-fast");
    world.wait(1_000);
    // 20 at once: one of them was that it is ready.
    expect(bob.state).toMatchObject({ total: 19 });
    expect(world.comeBack(flooder).ok).toBe(true);
    expect(world.health()?.counts.closedSockets).toBe(1);
  });

  test("[GM12] an input that does not read, or of a game that takes none, closes its socket", () => {
    for (const takesInputs of [true, false]) {
      const world = new GameWorld({ takesInputs });
      const alice = world.join();
      const input = { type: "input", isReliable: true, isTimed: false, body: Uint8Array.of(1) } as const;
      world.say(alice, input, { type: "message", name: "add", payload: 1 });
      expect(alice.closed?.reason).toBe("malformed");
      expect(world.stored()).toMatchObject({ total: 0 });
      expect(world.comeBack(alice).ok).toBe(true);
    }
  });

  test("[GM12] a frame that is none closes its socket, and its seat is kept", () => {
    const world = new GameWorld();
    const alice = world.join();
    world.engine.refuseFrame(alice.session, "too-large", "", world.nowMs);
    world.settle();
    expect(alice.closed?.reason).toBe("too-large");
    expect(world.comeBack(alice).ok).toBe(true);
  });

  test("[GM13] handlers answer at once", () => {
    const world = new GameWorld();
    const alice = world.join();
    expect(world.request(alice, "later")).toMatchObject({
      status: "error",
      payload: { message: "hooks and handlers of games answer at once, not with a promise" },
    });
  });

  test("[GM13] so do hooks: a promise lets nobody in, and is counted", () => {
    const refusal = { tag: "refused", reason: "hooks and handlers of games answer at once, not with a promise" };
    for (const hook of ["onCreate", "onAuth"]) {
      const world = new GameWorld({ late: [hook] });
      expect(world.reserve(world.client())).toEqual({ ok: false, error: refusal });
      expect(world.health()).toBeUndefined();
    }
    const world = new GameWorld({ late: ["onJoin", "onDrop", "onReconnect", "onLeave"], autoDispose: false });
    const joiner = world.client();
    world.reserve(joiner);
    expect(world.open(joiner)).toEqual({ ok: false, error: refusal });
    expect(world.health()?.exceptions).toEqual({ onJoin: 1, onLeave: 1 });
  });

  test("a ping is answered, whoever asks and whatever waits", () => {
    const world = new GameWorld({ patchMs: 10_000 });
    const alice = world.join();
    world.say(alice, { type: "ping" });
    expect(alice.take("pong")).toEqual([{ type: "pong" }]);
  });
});

describe("games that fail", () => {
  test("[GM20] a handler that throws keeps what it changed, and its sender hears of it", () => {
    const world = new GameWorld();
    const [alice, bob] = [world.join(), world.join()];
    world.message(alice, "break");
    world.wait(1_000);
    expect(alice.take("error")).toEqual([{ type: "error", code: 526, message: "the dice fell off the table" }]);
    expect(bob.take("error")).toEqual([]);
    expect(bob.state).toMatchObject({ total: 1 });
    const health = world.health();
    expect(health?.exceptions).toEqual({ "message break": 1 });
    expect(health?.lastException).toBe("message break: the dice fell off the table");
  });

  test("[GM20] exceptions are counted by what the game has, not by what clients call it", () => {
    const world = new GameWorld({ takesAnything: true });
    const alice = world.join();
    for (let at = 0; at < 50; at += 1) world.message(alice, `made-up-${at}`);
    world.wait(1_000);
    expect(world.health()?.exceptions).toEqual({ "message *": 50 });
    expect(alice.take("error")[0]?.message).toBe("what is made-up-0?");
  });

  test("[GM20] every hook may throw, and the room lives", () => {
    const hooks = ["restore", "drop", "reconnect", "leave", "timer", "tick", "input", "dispose"];
    const world = new GameWorld({ clock: { hz: 20 }, takesInputs: true, throws: new Set(hooks) });
    const alice = world.join();
    world.message(alice, "timer", { name: "bell", ms: 1_000 });
    world.input(alice, 1);
    world.wait(2_000);
    world.drop(alice);
    world.comeBack(alice);
    world.crash();
    expect(world.comeBack(alice).ok).toBe(true);
    expect(world.request(alice, "total")?.status).toBe("ok");
    world.say(alice, { type: "leave" });
    expect(world.store.meta()?.disposedMs).not.toBeNull();
    expect(new Set(world.errors)).toEqual(
      new Set(["onTimer", "onTick", "onInput", "onDrop", "onReconnect", "onRestore", "onLeave", "onDispose"]),
    );
  });

  test("[GM21] a state that does not encode is taken back, and nobody is thrown out", () => {
    const world = new GameWorld();
    const [alice, bob] = [world.join(), world.join()];
    world.message(alice, "add", 5);
    world.wait(1_000);
    world.say(alice, { type: "message", name: "add", payload: 1 }, { type: "message", name: "spoil", payload: null });
    expect(bob.take("error")).toEqual([
      { type: "error", code: 526, message: "the game failed; its last moves were taken back" },
    ]);
    world.message(bob, "add", 2);
    world.wait(1_000);
    expect([alice.state, bob.state, world.stored()]).toEqual(new Array(3).fill(expect.objectContaining({ total: 7 })));
    expect(world.health()?.exceptions).toEqual({ state: 1 });
    expect([alice.isOpen, bob.isOpen]).toEqual([true, true]);
  });

  test("[GM21] what a tick had shown and not stored is taken back for everybody", () => {
    const world = new GameWorld({ clock: { hz: 20 } });
    const [alice, bob] = [world.join(), world.join()];
    world.wait(1_000);
    world.message(alice, "add", 5);
    world.wait(100);
    expect(bob.state).toMatchObject({ total: 5 });
    world.message(alice, "spoil");
    world.wait(100);
    expect([alice.state?.["total"], bob.state?.["total"]]).toEqual([0, 0]);
  });

  test("[GM22] data that cannot be stored stays as it was, and too much is refused", () => {
    const world = new GameWorld();
    const alice = world.join();
    const dataOf = () => world.store.seats()[0]?.data;
    world.message(alice, "note", { ok: true });
    world.wait(100);
    const circle: { self?: unknown } = {};
    circle.self = circle;
    for (const bad of [circle, "x".repeat(20_000), () => 1]) {
      world.message(alice, "note", bad);
      world.wait(100);
      expect(dataOf()).toEqual({ ok: true });
    }
    expect(world.health()?.exceptions["data"]).toBe(3);
    world.message(alice, "describe", "x".repeat(5_000));
    world.wait(100);
    expect(world.engine.listing()?.metadata).toBeNull();
    expect(world.reserve(world.client(), { options: "x".repeat(5_000) }).ok).toBe(false);
  });

  test("[GM23] a message that does not encode takes no state with it", () => {
    const world = new GameWorld();
    const [alice, bob] = [world.join(), world.join()];
    world.wait(1_000);
    world.unencodable = "said";
    world.say(alice, { type: "message", name: "add", payload: 4 }, { type: "message", name: "shout", payload: 10n });
    world.unencodable = undefined;
    world.wait(1_000);
    expect([alice.state, bob.state]).toEqual(new Array(2).fill(expect.objectContaining({ total: 4 })));
    expect(world.health()?.exceptions).toEqual({ send: 1 });
  });
});
