import { unpack } from "@colyseus/msgpackr";
import { decode as read } from "@colyseus/schema";
import { Room } from "@colyseus/sdk";
import { describe, expect, test } from "vitest";
import type { GameEvent, GameMessage } from "../../../src/core/game/events.ts";
import type { GameCloseReason } from "../../../src/core/game/ports.ts";
import { gameCloseFrame, gameFarewell } from "../../../src/dialects/colyseus-close.ts";
import { colyseus } from "../../../src/dialects/colyseus.ts";
import { CLOSE_FRAMES, type CloseReason } from "../../../src/protocol/close-codes.ts";
import { Random } from "../../support/random.ts";

const HI = [0xa2, 0x68, 0x69];

/** As the SDK writes it, behind other first bytes. */
function packed(payload: unknown): Uint8Array {
  const room = new Room("game");
  const sent: Uint8Array[] = [];
  Reflect.set(room, "connection", { isOpen: true, send: (bytes: Uint8Array) => sent.push(bytes.slice()) });
  room.send("hi", payload);
  return (sent[0] ?? new Uint8Array()).subarray(1 + HI.length);
}

function frame(header: readonly number[], ...payload: readonly unknown[]): Uint8Array {
  return Uint8Array.from([...header, ...(payload.length === 0 ? [] : packed(payload[0]))]);
}

function eventOf(bytes: Uint8Array | string): GameEvent {
  const decoded = colyseus.decode(bytes);
  if (!decoded.ok) throw new Error(decoded.error.reason);
  const [event, ...others] = decoded.value;
  if (event === undefined || others.length > 0) throw new Error("a frame is one event");
  return event;
}

function bytesOf(message: GameMessage): Uint8Array {
  const [bytes, ...others] = colyseus.encode([message]);
  if (!(bytes instanceof Uint8Array) || others.length > 0) throw new Error("a message is one frame");
  return bytes;
}

/** Reads a frame as the SDK's Room does, behind its first byte. */
function payloadOf(bytes: Uint8Array): unknown {
  const at = { offset: 1 };
  const name = read.stringCheck(bytes, at) ? read.string(bytes, at) : read.number(bytes, at);
  return [name, bytes.length > at.offset ? unpack(bytes.subarray(at.offset)) : undefined];
}

const PAYLOADS: readonly unknown[] = [
  undefined,
  null,
  true,
  0,
  -1,
  64,
  -32_768,
  2 ** 31,
  -(2 ** 40),
  1.5,
  "",
  "schön 🎲",
  "x".repeat(70_000),
  [],
  {},
  Array.from({ length: 20 }, (_, at) => at),
  {
    a: 1,
    b: {
      c: [
        { a: 1, b: 2 },
        { a: 3, b: 4 },
      ],
    },
    "0": "zero",
  },
  Object.fromEntries(Array.from({ length: 70 }, (_, at) => [`k${at}`, { [`in${at}`]: at }])),
  { bytes: Uint8Array.of(1, 2, 3) },
];

describe("the colyseus dialect, from a client", () => {
  test("[DI40] in `colyseus` every frame of its SDK is understood", () => {
    expect(eventOf(Uint8Array.of(10))).toEqual({ type: "ready" });
    expect(eventOf(Uint8Array.of(12))).toEqual({ type: "leave" });
    expect(eventOf(Uint8Array.of(18))).toEqual({ type: "ping" });
    expect(eventOf(frame([13, ...HI], { x: 1 }))).toEqual({ type: "message", name: "hi", payload: { x: 1 } });
    expect(eventOf(frame([13, 7], [1]))).toEqual({ type: "message", name: 7, payload: [1] });
    const body = Uint8Array.of(1, 2, 3);
    expect(eventOf(Uint8Array.of(17, ...HI, ...body))).toEqual({ type: "bytes", name: "hi", bytes: body });
    expect(eventOf(frame([21, 0xcd, 0x2c, 0x01, ...HI]))).toEqual({
      type: "request",
      id: 300,
      name: "hi",
      payload: undefined,
    });
    expect(eventOf(Uint8Array.of(19, ...body))).toEqual({ type: "input", isReliable: true, isTimed: false, body });
    expect(eventOf(Uint8Array.of(20 | 0x80, ...body))).toEqual({
      type: "input",
      isReliable: false,
      isTimed: true,
      body,
    });
  });

  test("[DI41] in `colyseus` a payload is read as it was written", () => {
    for (const payload of PAYLOADS) {
      const event = eventOf(frame([13, ...HI], ...(payload === undefined ? [] : [payload])));
      expect(event).toEqual({ type: "message", name: "hi", payload });
    }
  });

  test("[DI41] numbers that are none are null, as in JSON, and half a letter is a replacement", () => {
    const payload = [NaN, Infinity, -Infinity, "\ud83c", [undefined]];
    expect(eventOf(frame([13, ...HI], payload))).toMatchObject({
      payload: [null, null, null, "\ufffd\ufffd\ufffd", [undefined]],
    });
  });

  test("[DI42] in `colyseus` one client's records mean nothing in another message", () => {
    const first = frame([13, ...HI], { secret: 1 });
    expect(eventOf(first)).toMatchObject({ payload: { secret: 1 } });
    // 0x40 is the record of the message before, or the number 64.
    expect(eventOf(Uint8Array.of(13, ...HI, 0x40))).toMatchObject({ payload: 64 });
  });

  const nested = (depth: number) => Uint8Array.of(13, ...HI, ...Array.from({ length: depth }, () => 0x91), 0xc0);
  const BOMBS: readonly (readonly [string, Uint8Array | string])[] = [
    ["text", "hello"],
    ["nothing", new Uint8Array()],
    ["an unknown code", Uint8Array.of(31)],
    ["what only servers say", Uint8Array.of(14, 1)],
    ["a mark on a message", Uint8Array.of(13 | 0x80, ...HI)],
    ["the mark of an unreliable patch", Uint8Array.of(19 | 0x40)],
    ["bytes behind a ping", Uint8Array.of(18, 0)],
    ["a name without an end", Uint8Array.of(13, 0xd9, 200, 0x61)],
    ["a name that is no text", Uint8Array.of(13, 0xa2, 0xff, 0xff)],
    ["a name that is a fraction", Uint8Array.of(13, 0xca, 0, 0, 0, 0x3f)],
    ["an endless name", Uint8Array.of(13, 0xda, 0x2c, 0x01, ...new Uint8Array(300).fill(0x61))],
    ["no name", Uint8Array.of(13)],
    ["a request without an id", Uint8Array.of(21)],
    ["lists in lists", nested(100_000)],
    ["more entries than bytes", Uint8Array.of(13, ...HI, 0xdf, 0xff, 0xff, 0xff, 0xff)],
    ["more elements than bytes", Uint8Array.of(13, ...HI, 0xdd, 0xff, 0xff, 0xff, 0xff)],
    ["more bytes than there are", Uint8Array.of(13, ...HI, 0xc6, 0xff, 0xff, 0xff, 0xff)],
    ["too many values", Uint8Array.of(13, ...HI, 0xdd, 0, 1, 0, 1, ...new Uint8Array(65_537))],
    ["a key that is no number", frame([13, ...HI], new Map([[NaN, 1]]))],
    ["a key that is a list", Uint8Array.of(13, ...HI, 0x81, 0x90, 0)],
    ["the key __proto__", frame([13, ...HI], new Map([["__proto__", 1]]))],
    [
      "a record with the key __proto__",
      Uint8Array.of(13, ...HI, 0xd4, 0x72, 0x40, 0x91, 0xa9, ...new TextEncoder().encode("__proto__"), 0),
    ],
    ["a record with an id of its own", Uint8Array.of(13, ...HI, 0xd4, 0x72, 0x01, 0x90)],
    ["a date", frame([13, ...HI], new Date(0))],
    ["a set", Uint8Array.of(13, ...HI, 0xd4, 0x73, 0x40, 0x90)],
    ["two payloads", Uint8Array.of(13, ...HI, 1, 2)],
    ["more than a frame has", new Uint8Array(1_048_577).fill(13)],
  ];

  test.each(BOMBS)("[DI43] in `colyseus` %s is an error with a reason", (_, bytes) => {
    const decoded = colyseus.decode(bytes);
    expect(decoded.ok).toBe(false);
    if (!decoded.ok) expect(decoded.error.reason).not.toBe("");
  });

  test("[DI43] no bytes make it throw", () => {
    const random = new Random(43);
    const frames = [
      ...PAYLOADS.slice(0, -2).map((payload) => frame([13, ...HI], payload)),
      nested(3),
      frame([21, 5, ...HI], PAYLOADS[17]),
    ];
    for (let run = 0; run < 20_000; run += 1) {
      const decoded = colyseus.decode(random.mutate(random.pick(frames).subarray(0, 400)));
      if (!decoded.ok) expect(decoded.error.tag).toBe("bad-frame");
    }
  });
});

describe("the colyseus dialect, to a client", () => {
  test("[DI44] in `colyseus` messages, bytes, responses, errors and pongs are read by its SDK", () => {
    for (const payload of PAYLOADS) {
      expect(payloadOf(bytesOf({ type: "message", name: "hi", payload }))).toEqual(["hi", payload]);
      expect(payloadOf(bytesOf({ type: "message", name: 300, payload }))).toEqual([300, payload]);
    }
    expect(bytesOf({ type: "bytes", name: "hi", bytes: Uint8Array.of(9) })).toEqual(Uint8Array.of(17, ...HI, 9));
    expect(bytesOf({ type: "response", id: 5, status: "ok", payload: undefined })).toEqual(Uint8Array.of(22, 5, 0));
    expect(bytesOf({ type: "response", id: 5, status: "rejected", payload: 1 })).toEqual(Uint8Array.of(22, 5, 1, 1));
    expect(bytesOf({ type: "pong" })).toEqual(Uint8Array.of(18));
    const error = bytesOf({ type: "error", code: 4403, message: "geht nicht: ü" });
    const at = { offset: 1 };
    expect([error[0], read.number(error, at), read.string(error, at)]).toEqual([11, 4403, "geht nicht: ü"]);
  });

  test("[DI45] in `colyseus` a state or patch of a game with inputs has its times in front", () => {
    const body = Uint8Array.of(1, 2);
    expect(bytesOf({ type: "state", body })).toEqual(Uint8Array.of(14, 1, 2));
    expect(bytesOf({ type: "patch", body })).toEqual(Uint8Array.of(15, 1, 2));
    const timing = { serverMs: 2 ** 32 - 1, lastInput: 258 };
    expect(bytesOf({ type: "patch", body, timing })).toEqual(
      Uint8Array.of(15 | 0x80, 255, 255, 255, 255, 2, 1, 0, 0, 1, 2),
    );
    expect(bytesOf({ type: "state", body, timing: { serverMs: 0, lastInput: 0 } })[0]).toBe(14 | 0x80);
  });

  test("[DI46] in `colyseus` a payload that is no plain data is an error at its client and nothing worse", () => {
    const endless: unknown[] = [];
    endless.push(endless);
    expect(bytesOf({ type: "message", name: "hi", payload: endless })[0]).toBe(11);
    const response = bytesOf({ type: "response", id: 1, status: "ok", payload: endless });
    expect([response[0], response[1], response[2]]).toEqual([22, 1, 2]);
  });

  test("[DI47] in `colyseus` each message is a frame, also behind frames that others hear", () => {
    const pong: GameMessage = { type: "pong" };
    expect(colyseus.append(colyseus.encode([pong]), [pong, pong])).toEqual([1, 2, 3].map(() => Uint8Array.of(18)));
  });
});

describe("how a socket of the colyseus dialect ends", () => {
  /** After these the SDK comes back by itself. */
  const COMES_BACK = [1001, 4010];
  const REASONS = Object.keys(CLOSE_FRAMES) as CloseReason[];
  const GAME_REASONS: readonly GameCloseReason[] = [
    ...(["consented", "kicked", "disposed", "malformed", "too-large", "too-fast", "unavailable", "refused"] as const),
  ];

  test.each(REASONS)("[DI7] %s has a code and a text", (reason) => {
    const { code } = colyseus.closeFrame(reason);
    expect(COMES_BACK.includes(code)).toBe(["vanished", "unavailable", "internal", "hello-late"].includes(reason));
  });

  test.each(GAME_REASONS)(
    "[DI48] in `colyseus` whoever is out for %s comes back only where that helps, and hears why else",
    (reason) => {
      const { code, reason: text } = gameCloseFrame(reason, "détails ".repeat(40));
      expect(COMES_BACK.includes(code)).toBe(reason === "unavailable");
      expect(new TextEncoder().encode(text).length).toBeLessThanOrEqual(123);
      const isSilent = reason === "unavailable" || reason === "consented";
      const [said] = gameFarewell(reason, "because");
      expect(said === undefined).toBe(isSilent);
      if (said instanceof Uint8Array) {
        const at = { offset: 1 };
        expect([said[0], read.number(said, at), read.string(said, at)]).toEqual([11, code, "because"]);
      }
      expect(gameCloseFrame("consented").code).toBe(4000);
    },
  );
});
