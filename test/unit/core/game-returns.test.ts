import { describe, expect, test } from "vitest";
import { GameWorld } from "../../support/game-world.ts";

const GRACE_MS = 60_000;

/** The tag of a refusal, or "ok". */
function tagOf(
  result: { readonly ok: true } | { readonly ok: false; readonly error: { readonly tag: string } },
): string {
  return result.ok ? "ok" : result.error.tag;
}

describe("who comes back to a game", () => {
  test("[GM5] who drops may come back in its grace, with its seat and its notes", () => {
    const world = new GameWorld({ reconnectMs: GRACE_MS });
    const alice = world.join();
    world.join();
    world.message(alice, "note", { color: "red" });
    world.drop(alice);
    world.wait(GRACE_MS - 1);
    expect(tagOf(world.comeBack(alice))).toBe("ok");
    expect(world.store.seats().find(({ session }) => session === alice.session)?.data).toEqual({ color: "red" });
    world.drop(alice);
    world.takeJournal();
    world.wait(GRACE_MS);
    expect(world.takeJournal()).toEqual([`leave ${alice.session} lost`]);
    expect(tagOf(world.comeBack(alice))).toBe("no-seat");
  });

  test("[GM5] the grace begins anew with a crash, and goes on through sleep", () => {
    const world = new GameWorld({ reconnectMs: GRACE_MS });
    const [alice, bob] = [world.join(), world.join()];
    world.crash();
    expect(world.takeJournal()).toContain(`drop ${alice.session}`);
    world.wait(GRACE_MS - 1);
    expect(tagOf(world.comeBack(bob))).toBe("ok");
    world.wait(1);
    expect(tagOf(world.comeBack(alice))).toBe("no-seat");
    const carol = world.join();
    world.drop(carol);
    world.wait(50);
    world.sleep(GRACE_MS - 50);
    expect(tagOf(world.comeBack(carol))).toBe("no-seat");
  });

  test("[GM5] who never read a token keeps a seat as long as one that was never taken", () => {
    const world = new GameWorld({ reconnectMs: GRACE_MS });
    world.join();
    const lost = world.client();
    world.reserve(lost);
    world.open(lost);
    world.drop(lost);
    world.wait(14_999);
    expect(world.engine.listing()?.clients).toBe(2);
    world.wait(1);
    expect(world.engine.listing()?.clients).toBe(1);
  });

  test("[GM5] without a grace a seat is free at once", () => {
    const world = new GameWorld({ reconnectMs: 0 });
    world.join();
    const alice = world.join();
    world.takeJournal();
    world.drop(alice);
    expect(world.takeJournal()).toEqual([`drop ${alice.session}`, `leave ${alice.session} lost`]);
  });

  test("[GM6] tokens rotate, and one that was lost on its way locks nobody out", () => {
    const world = new GameWorld();
    const alice = world.join();
    const first = alice.token;
    world.drop(alice);
    expect(tagOf(world.open(alice, {}, "guessed"))).toBe("not-yours");
    expect(tagOf(world.open(alice, {}, ""))).toBe("not-yours");
    // The handshake with the second one never arrives.
    expect(tagOf(world.open(alice))).toBe("ok");
    expect(alice.token).not.toBe(first);
    world.drop(alice);
    world.crash();
    expect(tagOf(world.open(alice, {}, first))).toBe("ok");
    world.say(alice, { type: "ready" });
    world.drop(alice);
    expect(tagOf(world.open(alice, {}, first))).toBe("not-yours");
    expect(tagOf(world.open(alice))).toBe("ok");
  });

  test("[GM6] no token is stored as it is", () => {
    const world = new GameWorld();
    const alice = world.join();
    expect(JSON.stringify(world.store.seats())).not.toContain(alice.token);
  });

  test("[GM6] with each connection the codec begins anew, and with the seat it forgets", () => {
    const codecCalls: string[] = [];
    const world = new GameWorld({ codecCalls });
    const [alice, bob] = [world.join(), world.join()];
    world.drop(alice);
    world.comeBack(alice);
    world.say(alice, { type: "leave" });
    expect(codecCalls).toEqual([
      ...[`begin ${alice.session}`, `begin ${bob.session}`],
      ...[`begin ${alice.session}`, `forget ${alice.session}`],
    ]);
  });

  test("[GM7] an owner that is back before its drop is known takes over", () => {
    const world = new GameWorld();
    const alice = world.join();
    world.takeJournal();
    expect(tagOf(world.comeBack(alice))).toBe("ok");
    expect(world.takeJournal()).toEqual([`drop ${alice.session}`, `reconnect ${alice.session}`]);
    expect(world.engine.listing()?.clients).toBe(1);
  });

  test("[GM7] who is refused takes nothing from who sits there", () => {
    const world = new GameWorld();
    const alice = world.join({ user: "alice" });
    const before = world.store.commits;
    const thief = world.client("alice", `${alice.session}`);
    expect(tagOf(world.open(thief, {}, "guessed"))).toBe("not-yours");
    world.clients.set(alice.session, alice);
    expect(world.store.commits).toBe(before);
    expect(world.request(alice, "total")?.payload).toBe(0);
  });

  test("[GM62] who pinged and is silent since is dropped while others play; who never pinged is not", () => {
    const world = new GameWorld({ clock: { hz: 20 } });
    const [alice, bob, carol] = [world.join(), world.join(), world.join()];
    world.say(alice, { type: "ping" });
    for (let turn = 0; turn < 8; turn += 1) {
      world.wait(10_000);
      world.message(bob, "add", 1);
      world.say(bob, { type: "ping" });
    }
    expect([alice, bob, carol].map(({ closed }) => closed)).toEqual([undefined, undefined, undefined]);
    world.wait(20_000);
    expect([alice, bob, carol].map(({ closed }) => closed?.reason)).toEqual(["unavailable", undefined, undefined]);
    expect(world.takeJournal().filter((line) => line.startsWith("drop"))).toEqual([`drop ${alice.session}`]);
    expect(world.comeBack(alice).ok).toBe(true);
  });

  test("[GM62] a room that slept or stood still judges nobody by it", () => {
    const world = new GameWorld({ clock: { hz: 20 } });
    const [alice, bob] = [world.join(), world.join()];
    world.say(alice, { type: "ping" });
    // Without a timer that goes off, as where its machine stood.
    world.nowMs += 600_000;
    world.message(bob, "add", 1);
    world.wait(10_000);
    expect(alice.closed).toBeUndefined();
    expect(world.engine.nextDueMs()).toBeUndefined();
  });
});
