import { type Decoder, getDecoderStateCallbacks, schema, t } from "@colyseus/schema";
import { SchemaSerializer } from "@colyseus/sdk";
import { describe, expect, test } from "vitest";
import type { Plain } from "../../../src/core/game/ports.ts";
import { ColyseusWorld, pictureOf } from "../../property/colyseus-world.ts";

const Card = schema({ face: t.string(), note: t.string().optional() }, "Card");
const Joker = Card.extend({ wild: t.boolean() }, "Joker");
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

function decoderOf(mirror: unknown): Decoder<ATable> {
  if (!(mirror instanceof SchemaSerializer)) throw new Error("not the SDK's");
  // SAFETY: it decodes the table.
  return mirror.decoder as Decoder<ATable>;
}

describe("states that were saved", () => {
  test("[GC12] a game that saves before it sends must for each new id, one with a tick for the 1,025th, and once after it opens", () => {
    const event = tableWorld();
    event.save();
    expect(event.codec.mustSave).toBe(false);
    event.state.deck.push(new Card());
    expect(event.codec.mustSave).toBe(true);
    const tick = tableWorld({ hz: 20 });
    tick.reopen();
    expect(tick.codec.mustSave).toBe(true);
    tick.save();
    for (let at = 0; at < 1_024; at += 1) tick.state.deck.push(new Card());
    expect(tick.codec.mustSave).toBe(false);
    tick.state.deck.push(new Card());
    expect(tick.codec.mustSave).toBe(true);
  });

  test("[GC13] after sleep its clients keep the objects they know, and hear of what changed meanwhile and of nothing else", () => {
    const world = tableWorld();
    world.state.seats.set("a", new Seat());
    world.state.seats.set("b", new Seat());
    const { mirror } = world.join();
    const heard: string[] = [];
    const $ = getDecoderStateCallbacks(decoderOf(mirror));
    const state = decoderOf(mirror).state;
    $(state).seats.onAdd((_, key) => void heard.push(`add ${key}`), false);
    $(state).seats.onRemove((_, key) => void heard.push(`remove ${key}`));
    $(state).listen("turn", (turn) => void heard.push(`turn ${turn}`), false);
    const kept = state.seats.get("b");
    if (kept === undefined) throw new Error("b has no seat");
    $(kept).hand.onAdd((card) => void heard.push(`card ${card.face}`), false);

    world.reopen();
    world.resync();
    expect(heard).toEqual([]);
    expect(decoderOf(mirror).state.seats.get("b")).toBe(kept);

    world.reopen();
    world.state.turn = 1;
    world.state.seats.delete("a");
    world.state.seats.set("c", new Seat());
    world.state.seats.get("b")?.hand.push(new Card({ face: "ace" }));
    world.resync();
    expect([...heard].sort()).toEqual(["add c", "card ace", "remove a", "turn 1"]);
    world.state.seats.get("b")?.hand.push(new Card({ face: "king" }));
    world.flush();
    expect(heard.at(-1)).toBe("card king");
    expect(decoderOf(mirror).root.refs.size).toBe(2 + 1 + 2 * 3 + 2);
  });

  test("[GC14] classes that stand in for others, instances in two places and fields without a value come back as they were", () => {
    const world = tableWorld();
    const joker = new Joker({ face: "J", wild: true });
    world.state.top = joker;
    world.state.deck.push(joker, new Card({ face: "2" }));
    world.state.seats.set("a", new Seat());
    world.state.seats.get("a")?.ids.add(5);
    world.state.seats.get("a")?.ids.add(6);
    world.state.seats.get("a")?.ids.delete(5);
    const before = pictureOf(world.state);
    world.reopen();
    expect(pictureOf(world.state)).toEqual(before);
    expect(world.state.top).toBeInstanceOf(Joker);
    expect(world.state.deck[0]).toBe(world.state.top);
    expect([...(world.state.seats.get("a")?.ids.values() ?? [])]).toEqual([6]);
  });

  test("[GC15] what `initialize` does it does once, and a field that is new to the class begins as it always does", () => {
    let calls = 0;
    const Pawn = schema({ at: t.uint8(), initialize: ({ at }: { at: number }) => void (calls += at) }, "Pawn");
    const Board = schema({ pawns: t.array(Pawn), size: t.uint8().default(8) }, "Board");
    const world = new ColyseusWorld({ begin: () => new Board() });
    world.state.pawns.push(new Pawn({ at: 3 }));
    const saved = world.save();
    // SAFETY: a saved state is an object.
    const { classes, nodes, ...others } = saved as { classes: string[][]; nodes: Plain[][] };
    const older = {
      ...others,
      classes: [["Board", "pawns"], ...classes.slice(1)],
      nodes: [(nodes[0] ?? []).slice(0, 3), ...nodes.slice(1)],
    };
    world.reopen(older);
    expect([calls, world.state.pawns.length, world.state.size]).toEqual([3, 1, 8]);
  });

  test("[GC15] a chain of instances may be long", () => {
    const Link = schema({ next: t.ref(Card).optional() }, "Link");
    const Chain = Link.extend({ more: t.ref(Link).optional() }, "Chain");
    const world = new ColyseusWorld({ begin: () => new Chain() });
    let last = world.state;
    for (let at = 0; at < 500; at += 1) {
      const link = new Chain();
      last.more = link;
      last = link;
    }
    last.next = new Card({ face: "end" });
    world.reopen();
    let found = world.state;
    for (let at = 0; at < 500; at += 1) {
      if (!(found.more instanceof Chain)) throw new Error("the chain is broken");
      found = found.more;
    }
    expect(found.next?.face).toBe("end");
  });

  const BROKEN: readonly (readonly [string, (saved: Record<string, Plain>) => Plain])[] = [
    ["nothing", () => null],
    ["another format", (saved) => ({ ...saved, format: 2 })],
    ["no tables", ({ nodes: _, ...saved }) => saved],
    ["no next id", ({ nextId: _, ...saved }) => saved],
    ["a row that is none", (saved) => ({ ...saved, nodes: [5] })],
    ["names of what is not there", (saved) => ({ ...saved, nodes: [[0, 0, 1, [9], [9], [9], null, null, null]] })],
    ["a value for a list", (saved) => ({ ...saved, nodes: [[0, 0, 1, null, 7, null, null, null, null]] })],
    [
      "a list of another kind",
      (saved) => ({
        ...saved,
        nodes: [
          [0, 0, 1, null, [1], null, null, null, null],
          [1, "set", 0],
        ],
      }),
    ],
  ];

  test.each(BROKEN)("[GC16] a saved state with %s is refused, never an empty one", (_, breakIt) => {
    const world = tableWorld();
    // SAFETY: a saved state is an object.
    const saved = world.save() as Record<string, Plain>;
    expect(() => world.reopen(breakIt(saved))).toThrow(TypeError);
  });
});

describe("states that another version saved", () => {
  const OldSeat = schema({ name: t.string(), points: t.number() }, "SeatOfGo");
  const Old = schema(
    { seats: t.array(OldSeat), best: t.ref(OldSeat).optional(), log: t.set("string"), map: t.map("number") },
    "Go",
  );
  const NewSeat = schema({ name: t.string(), score: t.number().default(0) }, "SeatOfGo");
  const New = schema(
    { seats: t.map(NewSeat), best: t.ref(NewSeat).optional(), log: t.array("string"), map: t.map("number") },
    "Go",
  );

  function oldGame(): Plain {
    const world = new ColyseusWorld({ begin: () => new Old() });
    world.state.seats.push(new OldSeat({ name: "Alice", points: 3 }), new OldSeat({ name: "Bob", points: 1 }));
    world.state.best = world.state.seats[0];
    world.state.log.add("begun");
    world.state.map.set("k", 2);
    return world.save();
  }

  test("[GC17] `migrate` is given the game's own fields: objects, lists, and one object where an instance is shared", () => {
    const world = new ColyseusWorld({ begin: () => new Old() });
    const gifts: Plain[] = [];
    world.reopen(oldGame(), (data) => {
      gifts.push(data);
      return data;
    });
    const [given] = gifts;
    const alice = { name: "Alice", points: 3 };
    expect(given).toEqual({ seats: [alice, { name: "Bob", points: 1 }], best: alice, log: ["begun"], map: { k: 2 } });
    // SAFETY: as it was just compared.
    const { seats, best } = given as { seats: unknown[]; best: unknown };
    expect(seats[0]).toBe(best);
    expect(world.state.best).toBe(world.state.seats[0]);
  });

  test("[GC18] what `migrate` gives is the state, in the shape of today's classes; what it leaves out begins as it always does", () => {
    const world = new ColyseusWorld({ begin: () => new New() });
    world.reopen(oldGame(), (data) => {
      // SAFETY: the game knows what it saved.
      const { seats, ...others } = data as { seats: { name: string; points: number }[] };
      return { ...others, seats: Object.fromEntries(seats.map(({ name }) => [name, { name }])) };
    });
    expect(world.state.seats.get("Bob")?.score).toBe(0);
    expect([...world.state.log]).toEqual(["begun"]);
    const { mirror } = world.join();
    expect(pictureOf(mirror.getState())).toEqual(pictureOf(world.state));
  });

  test("[GC19] a `migrate` that throws, or gives what fits no field, opens nothing", () => {
    const world = new ColyseusWorld({ begin: () => new New() });
    const fail = () => {
      throw new Error("cannot");
    };
    expect(() => world.reopen(oldGame(), fail)).toThrow("cannot");
    expect(() => world.reopen(oldGame(), () => 5)).toThrow(TypeError);
    expect(() => world.reopen(oldGame(), () => ({ log: "begun" }))).toThrow(TypeError);
  });
});
