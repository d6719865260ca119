import * as encoding from "lib0/encoding";
import { describe, expect, test } from "vitest";
import type { RoomEvent, RoomMessage, SessionId } from "../../../src/core/events.ts";
import { roost } from "../../../src/dialects/roost.ts";
import { yWebsocket } from "../../../src/dialects/y-websocket.ts";
import { CLOSE_FRAMES, type CloseReason } from "../../../src/protocol/close-codes.ts";
import { decodeServerFrame, encodeClientFrame } from "../../../src/protocol/frames.ts";
import { PROTOCOL_VERSION } from "../../../src/protocol/limits.ts";
import { Random } from "../../support/random.ts";

const BYTES = Uint8Array.of(1, 2, 3);
// SAFETY: ids are whatever the shell says.
const SESSION = "s1" as SessionId;

const EVENTS: readonly RoomEvent[] = [
  { type: "sync-step-1", stateVector: BYTES },
  { type: "sync-step-2", number: 1, update: BYTES },
  { type: "update", number: 300, update: BYTES },
  { type: "awareness", update: BYTES },
  { type: "received", seq: 2 ** 40 },
  { type: "bye" },
];

const MESSAGES: readonly RoomMessage[] = [
  { type: "sync-step-1", stateVector: BYTES },
  { type: "sync-step-2", seq: 5, update: BYTES },
  { type: "update", seq: 2 ** 40, update: BYTES },
  { type: "awareness", update: BYTES },
  { type: "ack", number: 7 },
  { type: "refused", number: 3, reason: "read-only" },
];

function client(message: Parameters<typeof encodeClientFrame>[0][number]): Uint8Array {
  return encodeClientFrame([message]);
}

describe("the roost dialect", () => {
  test("[DI1] a frame of several messages is several events, in order", () => {
    const frame = encodeClientFrame([
      { type: "hello", version: PROTOCOL_VERSION },
      { type: "sync-step-1", stateVector: BYTES },
      { type: "sync-step-2", number: 1, update: BYTES },
      { type: "update", number: 300, update: BYTES },
      { type: "awareness", update: BYTES },
      { type: "received", seq: 2 ** 40 },
      { type: "bye" },
    ]);
    expect(roost.decode(frame)).toEqual({ ok: true, value: [{ type: "hello" }, ...EVENTS] });
  });

  test("[DI1] all messages of a flush are one frame, as the client reads them", () => {
    const welcome = { type: "welcome", session: SESSION, user: "ü", scopes: ["read"], epoch: 3 } as const;
    const [frame, ...rest] = roost.encode([welcome, ...MESSAGES]);
    expect(rest).toEqual([]);
    if (frame === undefined || typeof frame === "string") throw new Error("not binary");
    const { type, ...fields } = welcome;
    expect(decodeServerFrame(frame)).toEqual({
      ok: true,
      value: [{ type, welcome: { version: PROTOCOL_VERSION, ...fields } }, ...MESSAGES],
    });
  });

  test("[DI1] what is appended to a frame is read as if it had been encoded with it", () => {
    for (let cut = 0; cut <= MESSAGES.length; cut += 1) {
      const head = MESSAGES.slice(0, cut);
      const shared = head.length === 0 ? [] : roost.encode(head);
      expect(roost.append(shared, MESSAGES.slice(cut))).toEqual(roost.encode(MESSAGES));
      const separate = head.length === 0 ? [] : yWebsocket.encode(head);
      expect(yWebsocket.append(separate, MESSAGES.slice(cut))).toEqual(yWebsocket.encode(MESSAGES));
    }
  });

  test("[DI1] a refusal without a number says 0", () => {
    const [frame] = roost.encode([{ type: "refused", number: undefined, reason: "read-only" }]);
    if (frame === undefined || typeof frame === "string") throw new Error("not binary");
    expect(decodeServerFrame(frame)).toMatchObject({ value: [{ number: 0 }] });
  });

  test("[DI4] what is not of the grammar is an error with a reason, whatever the bytes", () => {
    const whole = encodeClientFrame([
      { type: "hello", version: PROTOCOL_VERSION },
      { type: "update", number: 1, update: BYTES },
    ]);
    const random = new Random(1);
    for (let time = 0; time < 20_000; time += 1) {
      const decoded = roost.decode(random.mutate(whole));
      if (!decoded.ok) expect(decoded.error.reason).not.toBe("");
    }
    for (const frame of ["ping?", new Uint8Array(0), Uint8Array.of(77), Uint8Array.of(2, 1, 200, 1)]) {
      expect(roost.decode(frame).ok).toBe(false);
    }
  });

  test("[DI5] a frame has at most 1,000 messages", () => {
    const byes = (count: number): Uint8Array => {
      const encoder = encoding.createEncoder();
      for (let index = 0; index < count; index += 1) encoding.writeUint8Array(encoder, client({ type: "bye" }));
      return encoding.toUint8Array(encoder);
    };
    expect(roost.decode(byes(1_000)).ok).toBe(true);
    expect(roost.decode(byes(1_001)).ok).toBe(false);
  });

  test("[DI6] another protocol version is refused", () => {
    expect(roost.decode(client({ type: "hello", version: PROTOCOL_VERSION + 1 })).ok).toBe(false);
    expect(roost.decode(client({ type: "hello", version: 0 })).ok).toBe(false);
  });

  test("[DI7] every reason has its code and a text, in every dialect", () => {
    const codes = {
      ...{ malformed: 4400, "too-large": 4413, unauthorized: 4401, forbidden: 4403, deleted: 4404 },
      ...{ "refresh-token": 4501, "hello-late": 4508, "too-fast": 4529 },
      ...{ vanished: 1001, unavailable: 1013, internal: 1011, normal: 1000 },
    } satisfies Record<CloseReason, number>;
    // SAFETY: the table has a key for each reason and no other.
    const reasons = Object.keys(CLOSE_FRAMES) as CloseReason[];
    for (const dialect of [roost, yWebsocket]) {
      expect(Object.fromEntries(reasons.map((reason) => [reason, dialect.closeFrame(reason).code]))).toEqual(codes);
      for (const reason of reasons) expect(dialect.closeFrame(reason).reason === "").toBe(reason === "normal");
    }
  });
});
