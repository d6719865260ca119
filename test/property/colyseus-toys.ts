/**
 * A state with every kind of field, and random play on it.
 * @module
 */
import { type MapSchema, schema, t } from "@colyseus/schema";
import type { Random } from "../support/random.ts";

export const Toy = schema({ x: t.int16(), label: t.string() }, "Toy");
export const Wheel = Toy.extend({ turns: t.uint8(), spokes: t.array("uint16") }, "Wheel");
export const Nest = schema({ inner: Toy, list: t.array(Toy), named: t.map(Toy) }, "Nest");

export const ToyBox = schema(
  {
    text: t.string(),
    any: t.number(),
    yes: t.boolean(),
    i8: t.int8(),
    u8: t.uint8(),
    i16: t.int16(),
    u16: t.uint16(),
    i32: t.int32(),
    u32: t.uint32(),
    i64: t.int64(),
    u64: t.uint64(),
    f32: t.float32(),
    f64: t.float64(),
    bi: t.bigint64(),
    bu: t.biguint64(),
    angle: t.angle(),
    axis: t.quantized({ min: -1, max: 1, bits: 8 }),
    loose: t.uint16().unreliable(),
    one: Toy,
    maybe: t.ref(Toy).optional(),
    nest: Nest,
    numbers: t.array("number"),
    toys: t.array(Toy),
    scores: t.map("number"),
    named: t.map(Toy),
    tags: t.set("string"),
    flock: t.set(Toy),
    bag: t.collection("number"),
    pile: t.collection(Toy),
  },
  "ToyBox",
);
export type Box = InstanceType<typeof ToyBox>;
type AToy = InstanceType<typeof Toy>;

function toy(random: Random): AToy {
  if (random.below(4) > 0) return new Toy({ x: random.below(1_000), label: `toy ${random.below(50)}` });
  const wheel = new Wheel({ x: -1, label: "wheel", turns: random.below(256) });
  wheel.spokes.push(random.below(9), random.below(9));
  return wheel;
}

const PRIMITIVES: readonly ((box: Box, random: Random) => void)[] = [
  (box, random) => (box.text = random.pick(["", "a", "schön", "🎲🎲", "x".repeat(40)])),
  (box, random) => (box.any = random.pick([0, -1, 1.5, 300, -40_000, 5_000_000_000, 2 ** -20])),
  (box, random) => (box.yes = random.below(2) === 0),
  (box, random) => (box.i8 = random.below(256) - 128),
  (box, random) => (box.u8 = random.below(256)),
  (box, random) => (box.i16 = random.below(65_536) - 32_768),
  (box, random) => (box.u16 = random.below(65_536)),
  (box, random) => (box.i32 = random.below(2 ** 31) - 2 ** 30),
  (box, random) => (box.u32 = random.below(2 ** 32)),
  (box, random) => (box.i64 = random.pick([-(2 ** 40), 0, 2 ** 50])),
  (box, random) => (box.u64 = random.pick([0, 2 ** 50])),
  (box, random) => (box.f32 = random.pick([0.5, -0.25, 1_024])),
  (box, random) => (box.f64 = random.below(1_000) / 7),
  (box, random) => (box.bi = random.pick([-5n, 2n ** 62n])),
  (box, random) => (box.bu = random.pick([5n, 2n ** 63n])),
  (box, random) => (box.angle = random.below(1_000) / 100),
  (box, random) => (box.axis = random.below(200) / 100 - 1),
  (box, random) => (box.loose = random.below(65_536)),
];

function changeMap(map: MapSchema<AToy>, random: Random): void {
  const key = `k${random.below(8)}`;
  if (random.below(3) === 0) map.delete(key);
  else map.set(key, toy(random));
}

const LISTS: readonly ((box: Box, random: Random) => void)[] = [
  (box, random) => void box.numbers.push(random.below(100)),
  (box) => void box.numbers.shift(),
  (box) => void box.numbers.pop(),
  (box, random) => void box.numbers.splice(random.below(box.numbers.length + 1), 1),
  (box, random) => box.numbers.length > 0 && (box.numbers[random.below(box.numbers.length)] = random.below(100)),
  (box, random) => void box.toys.push(toy(random)),
  (box) => void box.toys.shift(),
  (box) => void box.toys.pop(),
  (box, random) => void box.toys.splice(random.below(box.toys.length + 1), 1),
  (box, random) => random.below(8) === 0 && box.toys.clear(),
  (box, random) => void box.scores.set(`p${random.below(6)}`, random.below(500)),
  (box, random) => void box.scores.delete(`p${random.below(6)}`),
  (box, random) => changeMap(box.named, random),
  (box, random) => random.below(8) === 0 && box.named.clear(),
  (box, random) => void box.tags.add(`t${random.below(10)}`),
  (box, random) => void box.tags.delete(`t${random.below(10)}`),
  (box, random) => void box.flock.add(toy(random)),
  (box) => void box.flock.delete([...box.flock.values()][0] ?? new Toy()),
  (box, random) => void box.bag.add(random.below(20)),
  (box, random) => void box.bag.delete(random.below(20)),
  (box, random) => void box.pile.add(toy(random)),
  (box) => void box.pile.delete([...box.pile.values()][0] ?? new Toy()),
];

const INSTANCES: readonly ((box: Box, random: Random) => void)[] = [
  (box, random) => (box.one = toy(random)),
  (box, random) => (box.maybe = random.below(2) === 0 ? undefined : toy(random)),
  (box, random) => (box.one.x = random.below(1_000)),
  (box, random) => changeMap(box.nest.named, random),
  (box, random) => void box.nest.list.push(toy(random)),
  (box) => void box.nest.list.pop(),
  (box, random) => (box.nest.inner.label = `inner ${random.below(9)}`),
  (box, random) => {
    const some = [...box.named.values(), ...box.toys, ...box.flock.values(), ...box.pile.values()];
    if (some.length > 0) random.pick(some).x = random.below(1_000);
  },
  // One instance in two places.
  (box, random) => {
    const some = [...box.named.values()];
    if (some.length > 0) box.maybe = random.pick(some);
  },
];

const ALL = [...PRIMITIVES, ...LISTS, ...INSTANCES];

export function play(box: Box, random: Random): void {
  random.pick(ALL)(box, random);
}
