import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  MAX_MESSAGES_PER_FRAME,
  decodeClientFrame,
  decodeServerFrame,
  encodeClientFrame,
  encodeServerFrame,
} from "../../../src/protocol/frames.ts";
import { type ClientMessage, MESSAGE, type ServerMessage } from "../../../src/protocol/messages.ts";

const bytes = fc.uint8Array({ maxLength: 300 });
const number = fc.maxSafeNat();
const of = <T extends string, F extends object>(type: T, fields: fc.Arbitrary<F>) =>
  fields.map((made) => ({ type, ...made }));

const clientMessage: fc.Arbitrary<ClientMessage> = fc.oneof(
  of("hello", fc.record({ version: number })),
  of("sync-step-1", fc.record({ stateVector: bytes })),
  of("sync-step-2", fc.record({ number, update: bytes })),
  of("update", fc.record({ number, update: bytes })),
  of("awareness", fc.record({ update: bytes })),
  of("received", fc.record({ seq: number })),
  of("token", fc.record({ token: fc.string({ unit: "grapheme" }) })),
  of("bye", fc.record({})),
);

const text = fc.string({ unit: "grapheme" });
const profile = fc.record({ name: text, color: text, avatar: text }, { requiredKeys: [] });
const welcome = fc.record(
  { version: number, session: fc.string(), user: text, scopes: fc.array(fc.string()), epoch: number, profile },
  { requiredKeys: ["version", "session", "user", "scopes", "epoch"] },
);
const reason = fc.constantFrom("token-renewed", "token-expired", "locked", "unlocked");
const rights = fc.record({ scopes: fc.array(text), reason, profile }, { requiredKeys: ["scopes", "reason"] });
const notice = fc.record({
  kind: fc.constant("document-size" as const),
  percent: fc.constantFrom(50, 80, 100),
  bytes: number,
  limitBytes: number,
});

const serverMessage: fc.Arbitrary<ServerMessage> = fc.oneof(
  of("welcome", fc.record({ welcome })),
  of("sync-step-1", fc.record({ stateVector: bytes })),
  of("sync-step-2", fc.record({ seq: number, update: bytes })),
  of("update", fc.record({ seq: number, update: bytes })),
  of("awareness", fc.record({ update: bytes })),
  of("ack", fc.record({ number })),
  of("refused", fc.record({ number, reason: text })),
  of("token-wanted", fc.record({ seconds: number })),
  of("rights", fc.record({ rights })),
  of("notice", fc.record({ notice })),
);

describe("frames of roost.v1", () => {
  test("every client frame reads back as it was written", () => {
    fc.assert(
      fc.property(fc.array(clientMessage, { minLength: 1, maxLength: 8 }), (messages) => {
        expect(decodeClientFrame(encodeClientFrame(messages))).toEqual({ ok: true, value: messages });
      }),
    );
  });

  test("every server frame reads back as it was written", () => {
    fc.assert(
      fc.property(fc.array(serverMessage, { minLength: 1, maxLength: 8 }), (messages) => {
        expect(decodeServerFrame(encodeServerFrame(messages))).toEqual({ ok: true, value: messages });
      }),
    );
  });

  test("any bytes are read or refused with a reason, never thrown at the caller", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (frame) => {
        for (const decoded of [decodeClientFrame(frame), decodeServerFrame(frame)]) {
          if (!decoded.ok) expect(decoded.error.reason.length).toBeGreaterThan(0);
        }
      }),
      { numRuns: 5_000 },
    );
  });

  test("a frame cut anywhere between two messages is the shorter frame, and anywhere else an error", () => {
    const messages: readonly ClientMessage[] = [
      { type: "update", number: 1, update: Uint8Array.of(1, 2, 3) },
      { type: "received", seq: 1_000 },
      { type: "bye" },
    ];
    const whole = encodeClientFrame(messages);
    const ends = messages.map((_, index) => encodeClientFrame(messages.slice(0, index + 1)).length);
    for (let length = 0; length < whole.length; length += 1) {
      expect([length, decodeClientFrame(whole.subarray(0, length)).ok]).toEqual([length, ends.includes(length)]);
    }
  });

  test("the bytes of the wire stay what they are", () => {
    const update = Uint8Array.of(9, 8);
    expect([...encodeClientFrame([{ type: "hello", version: 1 }])]).toEqual([5, 1]);
    expect([...encodeClientFrame([{ type: "update", number: 300, update }])]).toEqual([2, 172, 2, 2, 9, 8]);
    expect([...encodeClientFrame([{ type: "token", token: "ab" }])]).toEqual([10, 2, 97, 98]);
    expect([...encodeServerFrame([{ type: "ack", number: 7 }])]).toEqual([3, 7]);
    expect([...encodeServerFrame([{ type: "token-wanted", seconds: 30 }])]).toEqual([10, 30]);
    expect([...encodeServerFrame([{ type: "sync-step-2", seq: 4, update }])]).toEqual([1, 4, 2, 9, 8]);
    expect(new Set(Object.values(MESSAGE)).size).toBe(Object.keys(MESSAGE).length);
  });

  test("a frame may hold 1,000 messages and no more", () => {
    const byes = (count: number): Uint8Array =>
      encodeClientFrame(Array.from({ length: count }, () => ({ type: "bye" }) as const));
    expect(decodeClientFrame(byes(MAX_MESSAGES_PER_FRAME)).ok).toBe(true);
    expect(decodeClientFrame(byes(MAX_MESSAGES_PER_FRAME + 1)).ok).toBe(false);
  });
});
