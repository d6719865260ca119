import { Schema, schema, t } from "@colyseus/schema";
import { SchemaSerializer } from "@colyseus/sdk";
import { describe, expect, test, vi } from "vitest";
import { ColyseusWorld, pictureOf } from "../../property/colyseus-world.ts";

const Card = schema({ face: t.string(), note: t.string().optional() }, "Card");
const Seat = schema({ hand: t.array(Card), secret: t.string().view(), ids: t.set("number") }, "Seat");
const Table = schema(
  {
    turn: t.uint8().default(0),
    top: t.ref(Card).optional(),
    deck: t.array(Card),
    seats: t.map(Seat),
    ghost: t.string().optional(),
    loose: t.uint8().unreliable(),
    once: t.string().fullStateOnly(),
  },
  "Table",
);
type ATable = InstanceType<typeof Table>;

function tableWorld(clock: "event" | { hz: number } = "event"): ColyseusWorld<ATable> {
  return new ColyseusWorld({ begin: () => new Table(), clock, mirror: () => new SchemaSerializer() });
}

function fieldOf(state: unknown, name: string): unknown {
  if (!(state instanceof Schema)) throw new Error("no state");
  return Reflect.get(state, name);
}

describe("the bytes of states", () => {
  test("[GC2] all who see the same get the same array, and who sees no change gets none", () => {
    const world = tableWorld();
    const [alice, bob, carol] = [world.join(), world.join(), world.join()];
    world.state.seats.set("a", new Seat({ secret: "ace" }));
    const seat = world.state.seats.get("a") ?? new Seat();
    world.game.viewOf(carol.session).add(seat);
    const patches = world.flush();
    expect(patches.get(alice.session)).toBe(patches.get(bob.session));
    expect(patches.get(carol.session)).not.toEqual(patches.get(alice.session));
    seat.secret = "king";
    expect([...world.flush().keys()]).toEqual([carol.session]);
    expect(world.codec.hasChanges).toBe(false);
    expect(world.flush().size).toBe(0);
    const crowd = new ColyseusWorld({ begin: () => new Card({ face: "one" }) });
    const [dave, erin] = [crowd.join(), crowd.join()];
    expect(crowd.codec.full(dave.session)).toBe(crowd.codec.full(erin.session));
  });

  test("[GC3] a whole state says of every field that is empty, or hidden, that it is: who was away keeps nothing of it", () => {
    const world = tableWorld();
    const alice = world.join();
    world.state.ghost = "boo";
    world.state.top = new Card({ face: "A", note: "marked" });
    const seat = new Seat({ secret: "spades" });
    world.state.seats.set("a", seat);
    world.game.viewOf(alice.session).add(seat);
    world.flush();
    expect(JSON.stringify(alice.mirror.getState())).toContain("spades");
    const top = fieldOf(alice.mirror.getState(), "top");
    world.codec.takePatches([]);
    world.state.ghost = undefined;
    world.state.top.note = undefined;
    world.codec.takePatches([]);
    world.game.viewOf(alice.session).remove(seat);
    world.codec.takePatches([]);
    world.resync();
    const state = alice.mirror.getState();
    expect(fieldOf(state, "ghost")).toBeUndefined();
    expect(fieldOf(state, "top")).toBe(top);
    expect(fieldOf(top, "note")).toBeUndefined();
    expect(JSON.stringify(state)).not.toContain("spades");
  });

  test("[GC4] a key under a view is free at once where what it held was taken out of the view before", () => {
    const Shown = schema({ units: t.map(Card).view() }, "Shown");
    const world = new ColyseusWorld({ begin: () => new Shown(), mirror: () => new SchemaSerializer() });
    const alice = world.join();
    const view = world.game.viewOf(alice.session);
    const old = new Card({ face: "old" });
    world.state.units.set("u", old);
    view.add(old);
    world.flush();
    expect(JSON.stringify(alice.mirror.getState())).toBe('{"units":{"u":{"face":"old"}}}');
    view.remove(old);
    world.state.units.delete("u");
    world.state.units.set("u", new Card({ face: "hidden" }));
    world.flush();
    expect(JSON.stringify(alice.mirror.getState())).toBe('{"units":{}}');
  });

  test.each([true, false])(
    "[GC4] who is shown something again without its tag sees nothing of that tag (a patch between: %s)",
    (isBetween) => {
      const Unit = schema({ x: t.uint8().default(0), orders: t.string().default("hold").view(2) }, "Unit");
      const Shown = schema({ units: t.array(Unit).view() }, "Shown");
      const world = new ColyseusWorld({ begin: () => new Shown(), mirror: () => new SchemaSerializer() });
      const alice = world.join();
      const view = world.game.viewOf(alice.session);
      const unit = new Unit();
      world.state.units.push(unit);
      view.add(unit, 2);
      world.flush();
      expect(JSON.stringify(alice.mirror.getState())).toBe('{"units":[{"x":0,"orders":"hold"}]}');
      view.remove(unit);
      if (isBetween) world.flush();
      view.add(unit);
      world.flush();
      unit.orders = "go";
      world.flush();
      expect(JSON.stringify(alice.mirror.getState())).toBe('{"units":[{"x":0}]}');
    },
  );

  test("[GC5] a tag that is taken away hides its fields and nothing else", () => {
    const Tagged = schema({ open: t.uint8().default(0), closed: t.uint8().default(0).view(4) }, "Tagged");
    const Many = schema({ all: t.array(Tagged).view() }, "Many");
    const world = new ColyseusWorld({ begin: () => new Many(), mirror: () => new SchemaSerializer() });
    const alice = world.join();
    const one = new Tagged();
    world.state.all.push(one);
    const view = world.game.viewOf(alice.session);
    view.add(one, 4);
    world.flush();
    expect(JSON.stringify(alice.mirror.getState())).toBe('{"all":[{"open":0,"closed":0}]}');
    view.remove(one, 4);
    world.flush();
    one.open = 1;
    one.closed = 1;
    world.flush();
    expect(JSON.stringify(alice.mirror.getState())).toBe('{"all":[{"open":1}]}');
    expect(() => view.add({})).toThrow("only instances");
  });

  test("[GC6] what is in a whole state does not come once more with the next patch, and to all others it comes", () => {
    const world = tableWorld();
    const alice = world.join();
    world.state.deck.push(new Card({ face: "1" }), new Card({ face: "2" }));
    world.flush();
    world.state.deck.shift();
    world.state.turn = 7;
    const bob = world.join();
    world.state.deck.push(new Card({ face: "3" }));
    const carol = world.join();
    const patches = world.flush();
    expect(patches.has(carol.session)).toBe(false);
    for (const { mirror } of [alice, bob, carol]) expect(pictureOf(mirror.getState())).toEqual(pictureOf(world.state));
  });

  test("[GC7] fields that may get lost elsewhere come with every patch, and those for newcomers with every whole state", () => {
    const world = tableWorld();
    const alice = world.join();
    world.state.loose = 5;
    expect(world.codec.hasChanges).toBe(true);
    world.flush();
    expect(fieldOf(alice.mirror.getState(), "loose")).toBe(5);
    world.state.once = "first";
    expect(fieldOf(world.join().mirror.getState(), "once")).toBe("first");
    world.state.once = "second";
    expect(fieldOf(world.join().mirror.getState(), "once")).toBe("second");
  });

  test("[GC8] a state with a stream is refused, by the name of the field", () => {
    const Flock = schema({ birds: t.stream(Card) }, "Flock");
    expect(() => new ColyseusWorld({ begin: () => new Flock() })).toThrow("birds is a stream");
  });

  test("[GC9] a state beyond the package's buffer is encoded whole, to all and in views", () => {
    const world = tableWorld();
    const alice = world.join();
    const seat = new Seat({ secret: "s".repeat(60_000) });
    world.state.seats.set("a", seat);
    world.game.viewOf(alice.session).add(seat);
    for (let at = 0; at < 3_000; at += 1) world.state.deck.push(new Card({ face: `card ${at}` }));
    world.flush();
    const bob = world.join();
    world.game.viewOf(bob.session).add(seat);
    world.flush();
    for (const { mirror } of [alice, bob]) expect(pictureOf(mirror.getState())).toEqual(pictureOf(world.state));
  });

  test("[GC27] a state that grows to half a megabyte says nothing on the console, and rooms that take turns mix nothing up", () => {
    const warn = vi.spyOn(console, "warn").mockImplementation(() => undefined);
    const worlds = [tableWorld(), tableWorld()];
    const people = worlds.map((world) => world.join());
    for (let turn = 0; turn < 10; turn += 1) {
      for (const [at, world] of worlds.entries()) {
        for (let card = 0; card < 20; card += 1)
          world.state.deck.push(new Card({ face: `${at} ${turn} `.repeat(700) }));
        world.flush();
      }
    }
    // One that is large before anybody sees it.
    const third = tableWorld();
    for (let card = 0; card < 20; card += 1) third.state.deck.push(new Card({ face: "first ".repeat(1_000) }));
    third.join();
    third.flush();
    const late = worlds.map((world) => world.join());
    for (const world of worlds) world.flush();
    for (const { mirror } of [...people, ...late]) {
      const at = [...people, ...late].findIndex((one) => one.mirror === mirror) % 2;
      expect(pictureOf(mirror.getState())).toEqual(pictureOf(worlds[at]?.state));
    }
    expect(warn).not.toHaveBeenCalled();
    warn.mockRestore();
  });
});
