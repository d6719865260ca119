import { schema, t } from "@colyseus/schema";
import { InputEncoder } from "@colyseus/schema/input";
import { describe, expect, test } from "vitest";
import { InputReader } from "../../../src/dialects/colyseus-inputs.ts";
import { Random } from "../../support/random.ts";

const Move = schema(
  {
    x: t.quantized({ min: -1, max: 1, bits: 8 }),
    yaw: t.float32(),
    count: t.number(),
    jump: t.boolean().default(true),
    word: t.string(),
    big: t.biguint64(),
    near: t.quantized({ min: 5, max: 9 }),
  },
  "Move",
);
const START = { x: 0, yaw: 0, count: 0, jump: true, word: "", big: "0", near: 5 };

/** `number • value` of a field, as a first or another value. */
const FIELD = { yaw: 1, count: 2, word: 4 } as const;
const ADD = 128;

function reliable(): { readonly move: InstanceType<typeof Move>; readonly encode: () => Uint8Array } {
  const move = new Move();
  const encoder = new InputEncoder(move);
  return { move, encode: () => encoder.encode().slice() };
}

describe("inputs of games", () => {
  test("[GC20] what the SDK's encoder writes is read, field by field, numbered from 1", () => {
    const { move, encode } = reliable();
    const reader = new InputReader(Move);
    move.yaw = 0.5;
    move.word = "schön";
    expect(reader.readOne(encode(), false)).toEqual([{ number: 1, input: { ...START, yaw: 0.5, word: "schön" } }]);
    move.x = -1;
    move.big = 2n ** 63n;
    move.jump = false;
    const second = { ...START, yaw: 0.5, word: "schön", x: -1, big: String(2n ** 63n), jump: false };
    expect(reader.readOne(encode(), false)).toEqual([{ number: 2, input: second }]);
    // Nothing changed: the same once more.
    expect(reader.readOne(encode(), false)).toEqual([{ number: 3, input: second }]);
  });

  test("[GC20] any inputs are read as they were set", () => {
    const random = new Random(20);
    const { move, encode } = reliable();
    const reader = new InputReader(Move);
    move.assign({ count: 0, x: 0, near: 5 });
    for (let number = 1; number < 500; number += 1) {
      if (random.below(2) === 0) move.count = random.pick([1, -1, 0.25, 70_000, -(2 ** 40), 2 ** 50]);
      if (random.below(2) === 0) move.x = random.below(100) / 50 - 1;
      if (random.below(2) === 0) move.near = 5 + random.below(5);
      const { count, x, near } = move;
      expect(reader.readOne(encode(), false)).toEqual([{ number, input: { ...START, count, x, near } }]);
    }
  });

  test("[GC21] of inputs that a frame repeats those not seen before are read, whatever was lost", () => {
    const move = new Move();
    const encoder = new InputEncoder(move, { mode: "unreliable", historySize: 3 });
    const frames = [1, 2, 3, 4, 5].map((count) => {
      move.count = count;
      return encoder.encode().slice();
    });
    const reader = new InputReader(Move);
    const read = (at: number) => reader.readSeveral(frames[at] ?? new Uint8Array(), false)?.map(({ number }) => number);
    expect(read(0)).toEqual([1]);
    // The second is lost, the third brings it.
    expect(read(2)).toEqual([2, 3]);
    expect(read(1)).toEqual([]);
    expect(read(4)).toEqual([4, 5]);
    expect(read(4)).toEqual([]);
  });

  test("[GC22] an input that does not read is none, counts, and changes nothing", () => {
    const { move, encode } = reliable();
    const reader = new InputReader(Move);
    const broken: readonly (readonly number[])[] = [
      [ADD | FIELD.yaw, 0, 0],
      [ADD | FIELD.count, 0xc1],
      [ADD | FIELD.word, 0xd9, 200, 0x61],
      [ADD | FIELD.word, 0xa2, 0xff, 0xff],
      [ADD | 40, 1],
      [255, 0, ADD | FIELD.count, 1],
    ];
    for (const bytes of broken) expect(reader.readOne(Uint8Array.from(bytes), false)).toBeUndefined();
    for (const bytes of broken)
      expect(reader.readSeveral(Uint8Array.of(1, bytes.length, ...bytes), false)).toBeUndefined();
    expect(reader.readSeveral(Uint8Array.of(1, 100, 1), false)).toBeUndefined();
    expect(reader.readSeveral(Uint8Array.of(1, ...new Uint8Array(65)), false)).toBeUndefined();
    move.count = 7;
    expect(reader.readOne(encode(), false)).toEqual([{ number: broken.length + 1, input: { ...START, count: 7 } }]);
  });

  test("[GC22] no bytes make it throw, and what is read has every field and nothing else", () => {
    const random = new Random(22);
    const { move, encode } = reliable();
    move.assign({ yaw: 1, count: 70_000, word: "hello", x: 0.5, big: 5n, near: 6 });
    const frame = encode();
    const reader = new InputReader(Move);
    for (let run = 0; run < 20_000; run += 1) {
      const bytes = random.mutate(frame);
      const isTimed = random.below(2) === 0;
      const read = random.below(2) === 0 ? reader.readOne(bytes, isTimed) : reader.readSeveral(bytes, isTimed);
      for (const { input } of read ?? []) expect(Object.keys(input ?? {})).toEqual(Object.keys(START));
    }
  });

  test("[GC23] a number that is none, is infinite, or lies beyond its bounds leaves its field as it was, or at the bound", () => {
    const reader = new InputReader(Move);
    const float = (value: number) => [...new Uint8Array(Float32Array.of(value).buffer)];
    const read = (...bytes: number[]) => reader.readOne(Uint8Array.from(bytes), false)?.[0]?.input;
    expect(read(ADD | FIELD.yaw, ...float(2))).toMatchObject({ yaw: 2 });
    expect(read(ADD | FIELD.yaw, ...float(NaN))).toMatchObject({ yaw: 2 });
    expect(read(ADD | FIELD.yaw, ...float(-Infinity))).toMatchObject({ yaw: 2 });
    expect(read(ADD | FIELD.count, 0xca, ...float(Infinity))).toMatchObject({ count: 0 });
    // 255 means nothing where 254 is the highest step.
    expect(read(ADD | 0, 255)).toMatchObject({ x: 1 });
  });

  test("[GC24] inputs go on after sleep from what was said before it", () => {
    const { move, encode } = reliable();
    const reader = new InputReader(Move);
    move.word = "before";
    reader.readOne(encode(), false);
    const woken = new InputReader(Move, structuredClone(reader.save()));
    move.count = 2;
    expect(woken.readOne(encode(), false)).toEqual([{ number: 2, input: { ...START, word: "before", count: 2 } }]);
  });

  test("[GC25] the time at which a client sampled its inputs is read from either kind of frame", () => {
    const reader = new InputReader(Move);
    const sampled = (read: ReturnType<InputReader["readOne"]>) => read?.map(({ sampledMs }) => sampledMs);
    // Changes from the one before: 300, then 16 more.
    expect(sampled(reader.readOne(Uint8Array.of(0xcd, 44, 1), true))).toEqual([300]);
    expect(sampled(reader.readOne(Uint8Array.of(16), true))).toEqual([316]);
    expect(sampled(reader.readOne(Uint8Array.of(0xd1, 0, 0x80), true))).toBeUndefined();
    // Three, the newest at 1,000, each 16 older; the first two were seen.
    const several = new InputReader(Move);
    expect(several.readSeveral(Uint8Array.of(1, 0, 0), false)).toHaveLength(2);
    expect(sampled(several.readSeveral(Uint8Array.of(3, 0xe8, 3, 0, 0, 16, 16, 1, 0, 0, 0), true))).toEqual([1_000]);
  });

  test("[GC26] an input holds values and nothing that holds others", () => {
    const Nested = schema({ move: Move }, "Nested");
    const Listed = schema({ moves: t.array("number") }, "Listed");
    expect(() => new InputReader(Nested)).toThrow("values only");
    expect(() => new InputReader(Listed)).toThrow("values only");
  });
});
