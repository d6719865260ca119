import { describe, expect, test } from "vitest";
import { GameWorld } from "../../support/game-world.ts";

/** The tag of a refusal, or "ok". */
function tagOf(
  result: { readonly ok: true } | { readonly ok: false; readonly error: { readonly tag: string } },
): string {
  return result.ok ? "ok" : result.error.tag;
}

describe("seats of games", () => {
  test("[GM1] a seat that nobody takes is free after 15 s", () => {
    const world = new GameWorld({ maxClients: 1 });
    const late = world.client();
    expect(world.reserve(late)).toEqual({
      ok: true,
      value: { session: late.session, game: "tally", untilMs: 1_015_000 },
    });
    world.wait(14_999);
    expect(tagOf(world.reserve(world.client()))).toBe("full");
    world.wait(1);
    expect(tagOf(world.open(late))).toBe("gone");
  });

  test("[GM1] held, taken and dropped seats count, and who watches counts apart", () => {
    const world = new GameWorld({ maxClients: 3, maxSpectators: 1 });
    const alice = world.join();
    world.reserve(world.client());
    world.drop(world.join());
    expect(tagOf(world.reserve(world.client()))).toBe("full");
    expect(tagOf(world.reserve(world.client(), { isSpectator: true }))).toBe("ok");
    expect(tagOf(world.reserve(world.client(), { isSpectator: true }))).toBe("full");
    expect(world.health()?.players).toEqual({ connected: 1, dropped: 1, held: 1 });
    world.say(alice, { type: "leave" });
    expect(tagOf(world.reserve(world.client()))).toBe("ok");
  });

  test("[GM1] a seat is taken by its own user only", () => {
    const world = new GameWorld();
    const alice = world.client("alice");
    world.reserve(alice);
    const thief = world.client("mallory", alice.session);
    expect(tagOf(world.open(thief))).toBe("not-yours");
    expect(tagOf(world.open(world.client("alice", "made up")))).toBe("no-seat");
    expect(tagOf(world.open(alice))).toBe("ok");
  });

  test("[GM2] everybody who gets no seat is told why", () => {
    const world = new GameWorld({ maxClients: 3 });
    const alice = world.join({ user: "alice" });
    const bob = world.join({ user: "bob" });
    expect(world.reserve(alice)).toEqual({
      ok: false,
      error: { tag: "seat-taken", reason: "This session has a seat already." },
    });
    world.message(alice, "ban", "bob");
    expect(bob.closed).toEqual({ reason: "kicked", detail: "banned" });
    expect(tagOf(world.reserve(world.client("bob")))).toBe("banned");
    expect(tagOf(world.comeBack(bob))).toBe("no-seat");
    expect(tagOf(world.reserve(world.client(), { options: "wrong password" }))).toBe("refused");
    world.message(alice, "lock", true);
    expect(tagOf(world.reserve(world.client()))).toBe("locked");
    world.message(alice, "lock", false);
    expect(tagOf(world.reserve(world.client(), { options: "the last one" }))).toBe("locked");
    world.message(alice, "lock", false);
    world.tally = { ...world.tally, throws: new Set(["auth"]) };
    world.wait(1_000);
    world.sleep();
    expect(world.reserve(world.client())).toEqual({ ok: false, error: { tag: "refused", reason: "auth is broken" } });
  });

  test("[GM2] a ban holds after a restart, and nobody without a name can be banned", () => {
    const world = new GameWorld();
    const alice = world.join({ user: "alice" });
    world.message(alice, "ban", "bob");
    world.message(alice, "ban", "anonymous");
    world.wait(1_000);
    world.crash();
    expect(tagOf(world.reserve(world.client("bob")))).toBe("banned");
    expect(tagOf(world.reserve(world.client()))).toBe("ok");
  });

  test("[GM3] a room whose game does not begin is none", () => {
    const world = new GameWorld({ throws: new Set(["create"]) });
    expect(world.reserve(world.client())).toEqual({ ok: false, error: { tag: "refused", reason: "create is broken" } });
    expect(world.store.commits).toBe(0);
    expect(world.health()).toBeUndefined();
  });

  test("[GM3] nor is one whose first guest is refused, and none is made by who only joins", () => {
    const world = new GameWorld();
    expect(tagOf(world.reserve(world.client(), { options: "wrong password" }))).toBe("refused");
    const request = { session: world.client().session, user: "alice", options: null, isSpectator: false };
    expect(tagOf(world.engine.reserve(request, world.nowMs))).toBe("not-found");
    expect(tagOf(world.engine.reserve({ ...request, creates: "chess" }, world.nowMs))).toBe("not-found");
    expect(world.store.commits).toBe(0);
  });

  test("[GM3] who is thrown out by onJoin, or fails there, has no seat", () => {
    const world = new GameWorld({ autoDispose: false });
    const out = world.client();
    world.reserve(out, { options: "out" });
    expect(world.open(out)).toEqual({ ok: false, error: { tag: "refused", reason: "The game did not keep you." } });
    world.tally = { ...world.tally, throws: new Set(["join"]) };
    world.wait(1_000);
    world.crash();
    const failed = world.client();
    world.reserve(failed);
    expect(world.open(failed)).toEqual({ ok: false, error: { tag: "refused", reason: "join is broken" } });
    expect(world.engine.listing()?.clients).toBe(0);
  });

  test("[GM59] a game whose onJoin failed hears of the leave, once, and takes back what it had begun", () => {
    const world = new GameWorld({ throws: new Set(["join"]), autoDispose: false });
    const failed = world.client();
    world.reserve(failed);
    world.open(failed);
    world.settle();
    world.drop(failed);
    world.wait(60_000);
    const heard = world.takeJournal().filter((line) => /^(join|drop|leave)/.test(line));
    expect(heard).toEqual([`join ${failed.session} null`, `leave ${failed.session} lost`]);
    expect(world.health()?.players).toEqual({ connected: 0, dropped: 0, held: 0 });
    expect(failed.heard).toEqual([]);
  });

  test("[GM4] read is enough to watch, and write is needed to play", () => {
    const world = new GameWorld();
    const [player, watcher, nobody] = [world.client(), world.client(), world.client()];
    world.reserve(player);
    world.reserve(watcher, { isSpectator: true });
    world.reserve(nobody, { isSpectator: true });
    expect(tagOf(world.open(player, { scopes: ["read"] }))).toBe("forbidden");
    expect(tagOf(world.open(watcher, { scopes: ["read"] }))).toBe("ok");
    expect(tagOf(world.open(nobody, { scopes: ["presence"] }))).toBe("forbidden");
  });

  test("[GM8] a goodbye is a leave, and is answered", () => {
    const world = new GameWorld();
    const [alice, bob] = [world.join(), world.join()];
    world.takeJournal();
    world.say(alice, { type: "leave" });
    expect(alice.closed).toEqual({ reason: "consented", detail: "" });
    expect(world.takeJournal()).toEqual([`leave ${alice.session} consented`]);
    // The close event that follows is no news.
    alice.isOpen = true;
    world.drop(alice);
    expect(world.takeJournal()).toEqual([]);
    expect(world.engine.listing()?.clients).toBe(1);
    expect(bob.isOpen).toBe(true);
  });

  test("[GM8] who is kicked hears what was said before", () => {
    const world = new GameWorld();
    const [alice, bob] = [world.join(), world.join()];
    world.wait(1_000);
    world.say(
      alice,
      { type: "message", name: "shout", payload: "out!" },
      { type: "message", name: "kick", payload: bob.session },
    );
    expect(bob.take("message").at(-1)?.payload).toBe("out!");
    expect(bob.closed).toEqual({ reason: "kicked", detail: "go" });
    expect(tagOf(world.comeBack(bob))).toBe("no-seat");
  });

  test("[GM16] an admin locks a room, and throws out who is there and who was to come", () => {
    const world = new GameWorld();
    const [alice, bob] = [world.join({ user: "alice" }), world.join({ user: "bob" })];
    const late = world.client("bob");
    world.reserve(late);
    world.takeJournal();
    const found = world.engine.sessionOf(bob.token, "bob", world.nowMs);
    expect(found).toEqual({ ok: true, value: { session: bob.session, game: "tally" } });
    expect(tagOf(world.engine.sessionOf(bob.token, "alice", world.nowMs))).toBe("no-seat");
    expect(tagOf(world.engine.sessionOf("guessed", "bob", world.nowMs))).toBe("no-seat");
    expect(world.engine.kick(({ userId }) => userId === "bob", "by an admin", world.nowMs)).toBe(1);
    expect(world.engine.setLocked(true, world.nowMs)).toBe(true);
    world.settle();
    expect(world.takeJournal()).toEqual([`leave ${bob.session} lost`]);
    expect([alice.isOpen, bob.closed]).toEqual([true, { reason: "kicked", detail: "by an admin" }]);
    expect([tagOf(world.open(late)), tagOf(world.reserve(world.client()))]).toEqual(["no-seat", "locked"]);
  });

  test("[GM9] a room ends with its last seat", () => {
    const world = new GameWorld();
    const alice = world.join();
    world.message(alice, "timer", { name: "never", ms: 5_000 });
    world.say(alice, { type: "leave" });
    expect(world.takeJournal().slice(-2)).toEqual([`leave ${alice.session} consented`, "dispose"]);
    expect(world.store.meta()?.disposedMs).toBe(world.nowMs);
    expect([world.store.state(), world.store.seats(), world.store.timers().size]).toEqual([undefined, [], 0]);
    expect(world.store.reported).toBeNull();
    expect(tagOf(world.reserve(world.client()))).toBe("gone");
    world.crash();
    expect(tagOf(world.reserve(world.client()))).toBe("gone");
    expect(world.engine.flushDueMs()).toBeUndefined();
  });

  test("[GM9] a game may keep an empty room, and end a full one", () => {
    const world = new GameWorld({ autoDispose: false });
    world.say(world.join(), { type: "leave" });
    world.wait(60_000);
    const [alice, bob] = [world.join(), world.join()];
    world.message(alice, "end");
    expect([alice.closed?.reason, bob.closed?.reason]).toEqual(["disposed", "disposed"]);
    expect(tagOf(world.comeBack(bob))).toBe("gone");
  });
});
