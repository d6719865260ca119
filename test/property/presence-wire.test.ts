import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeFrame, encodeFrame, type Heard, type Said } from "../../client/presence/wire.ts";
import { decodePresenceClientFrame } from "../../src/protocol/presence-client-frames.ts";
import {
  PERSON_STATUSES,
  type PresenceClientMessage,
  type PresenceServerMessage,
} from "../../src/protocol/presence-messages.ts";
import { encodePresenceServerFrame } from "../../src/protocol/presence-server-frames.ts";

const u16 = fc.integer({ min: 0, max: 65_535 });
const u32 = fc.integer({ min: 0, max: 0xffff_ffff });
const actor = fc.oneof(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 2 ** 40 }));
const text = fc.string({ unit: "grapheme", maxLength: 200 });
const json = fc.jsonValue({ maxDepth: 2 }).map((value) => JSON.stringify(value));
const status = fc.integer({ min: 0, max: 2 });
const statusOf = (index: number) => PERSON_STATUSES[index] ?? "active";

type Pair<Ours, Theirs> = readonly [Ours, Theirs];

/** The same message as the page writes it, and as the server reads it. */
const said: fc.Arbitrary<Pair<Said, PresenceClientMessage>> = fc.oneof(
  fc.tuple(actor, fc.dictionary(fc.string(), text, { noNullPrototype: true })).map(([version, user]) => {
    return [
      [0, version, JSON.stringify({ user })],
      { type: "hello", version, hello: JSON.parse(JSON.stringify({ user })) },
    ] as const;
  }),
  fc.tuple(text, json).map(([key, value]) => [[1, key, value], { type: "state", key, json: value }] as const),
  fc.tuple(u32, u16, u16).map(([anchor, x, y]) => [[3, anchor, x, y], { type: "cursor", anchor, x, y }] as const),
  fc.constant([[4], { type: "gone" }] as const),
  text.map((where) => [[5, where], { type: "typing", where }] as const),
  fc.tuple(text, json).map(([name, value]) => [[6, name, value], { type: "event", name, json: value }] as const),
  status.map((index) => [[7, index], { type: "status", status: statusOf(index) }] as const),
  fc.tuple(u16, u16, actor).map(([top, bottom, follows]) => {
    return [[8, top, bottom, follows], { type: "view", view: { top, bottom }, follows }] as const;
  }),
  fc.constant([[9], { type: "bye" }] as const),
  text.map((token) => [[10, token], { type: "token", token }] as const),
);

const person = fc.record({ name: text }).map((user) => {
  return { user, state: {}, status: "idle", typing: "", cursor: null } as const;
});
const scopes = fc.array(fc.constantFrom("read", "presence"), { maxLength: 2 });
const hz = { state: 5, cursor: 20, typing: 20, event: 10, counts: 20 };

/** The same message as the page reads it, and as the server writes it. */
const heard: fc.Arbitrary<Pair<Heard, PresenceServerMessage>> = fc.oneof(
  fc.tuple(text, actor, scopes).map(([session, id, may]) => {
    const welcome = { version: 1, session, actor: id, scopes: may };
    return [[0, welcome], { type: "welcome", welcome }] as const;
  }),
  fc.tuple(actor, person).map(([id, who]) => [[1, id, who], { type: "person", actor: id, person: who }] as const),
  actor.map((id) => [[2, id], { type: "left", actor: id }] as const),
  fc.tuple(actor, text, json).map(([id, key, value]) => {
    return [[3, id, key, value], { type: "state", actor: id, key, json: value }] as const;
  }),
  fc.tuple(actor, u16, u16).map(([id, x, y]) => [[4, id, x, y], { type: "cursor", actor: id, x, y }] as const),
  fc.tuple(actor, u32, u16, u16).map(([id, anchor, x, y]) => {
    return [[5, id, anchor, x, y], { type: "cursor", actor: id, anchor, x, y }] as const;
  }),
  actor.map((id) => [[6, id], { type: "gone", actor: id }] as const),
  fc.tuple(actor, text).map(([id, where]) => [[7, id, where], { type: "typing", actor: id, where }] as const),
  fc.tuple(actor, text, json).map(([id, name, value]) => {
    return [[8, id, name, value], { type: "event", actor: id, name, json: value }] as const;
  }),
  fc.tuple(actor, status).map(([id, index]) => {
    return [[9, id, index], { type: "status", actor: id, status: statusOf(index) }] as const;
  }),
  fc.tuple(actor, actor).map(([people, connections]) => {
    return [[10, people, connections], { type: "counts", people, connections }] as const;
  }),
  fc.constantFrom("full", "sampled", "count").map((mode) => {
    const pace = { mode, hz, dropped: 3 } as const;
    return [[11, pace], { type: "pace", pace }] as const;
  }),
  fc.tuple(text, actor).map(([name, times]) => [[12, name, times], { type: "tally", name, times }] as const),
  fc.constant([[13], { type: "reset" }] as const),
  actor.map((seconds) => [[14, seconds], { type: "token-wanted", seconds }] as const),
  scopes.map((may) => {
    const rights = { scopes: may, reason: "locked" } as const;
    return [[15, rights], { type: "rights", rights }] as const;
  }),
);

describe("the page's own codec", () => {
  test("[CP1] what it writes is what the server reads", () => {
    fc.assert(
      fc.property(fc.array(said, { minLength: 1, maxLength: 8 }), (pairs) => {
        const frame = encodeFrame(pairs.map(([ours]) => ours));
        expect(decodePresenceClientFrame(frame)).toEqual({ ok: true, value: pairs.map(([, theirs]) => theirs) });
      }),
    );
  });

  test("[CP1] what the server writes is what it reads", () => {
    fc.assert(
      fc.property(fc.array(heard, { maxLength: 8 }), (pairs) => {
        const frame = encodePresenceServerFrame(pairs.map(([, theirs]) => theirs));
        expect(decodeFrame(frame)).toEqual(pairs.map(([ours]) => ours));
      }),
    );
  });

  test("[CP1] a frame that is cut off, or holds an unknown message, throws", () => {
    fc.assert(
      fc.property(heard, fc.nat(), ([ours, theirs], at) => {
        const frame = encodePresenceServerFrame([theirs]);
        const cut = frame.slice(0, at % frame.length);
        // Nothing at all is no message.
        if (cut.length > 0) expect(() => decodeFrame(cut)).toThrow(RangeError);
        expect(decodeFrame(frame)).toEqual([ours]);
      }),
    );
    for (const number of [16, 17, 127, 128, 4_000]) {
      const bytes = number < 128 ? [number] : [(number % 128) + 128, Math.floor(number / 128)];
      expect(() => decodeFrame(new Uint8Array(bytes))).toThrow("unknown message");
    }
  });
});
