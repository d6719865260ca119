import { describe, expect, it } from "vitest";
import {
  appendPresence,
  decodePresence,
  encodePresence,
  presenceCloseFrame,
} from "../../../src/dialects/roost-presence.ts";
import { CLOSE_FRAMES } from "../../../src/protocol/close-codes.ts";
import { encodePresenceClientFrame } from "../../../src/protocol/presence-client-frames.ts";
import {
  MAX_PRESENCE_FRAME_BYTES,
  type PresenceClientMessage,
  type PresenceServerMessage,
} from "../../../src/protocol/presence-messages.ts";
import { decodePresenceServerFrame } from "../../../src/protocol/presence-server-frames.ts";
import { Random } from "../../support/random.ts";

const FROM_CLIENTS: readonly PresenceClientMessage[] = [
  {
    type: "hello",
    version: 1,
    hello: { person: "p".repeat(16), user: { name: "Ä🦊" }, state: { a: [1, null] }, view: { top: 1, bottom: 2 } },
  },
  { type: "state", key: "ключ", json: '{"a":"🦊"}' },
  { type: "state", key: "a", json: "" },
  { type: "cursor", x: 0, y: 65_535 },
  { type: "cursor", anchor: 4_294_967_295, x: 1, y: 2 },
  { type: "gone" },
  { type: "typing", where: "" },
  { type: "event", name: "wave", json: "" },
  { type: "status", status: "away" },
  { type: "view", view: { top: 0, bottom: 65_535 }, follows: 300 },
  { type: "token", token: "a.b.c" },
  { type: "bye" },
];

const person = {
  user: { name: "Alice" },
  state: { a: 1 },
  status: "idle",
  typing: "t",
  cursor: { anchor: 1, x: 2, y: 3 },
} as const;
const hz = { state: 5, cursor: 12.5, typing: 12.5, event: 10, counts: 1 };
const FROM_ROOMS: readonly PresenceServerMessage[] = [
  { type: "welcome", welcome: { version: 1, session: "s1", actor: 1, scopes: ["read"], profile: { name: "Alice" } } },
  { type: "person", actor: 5_000, person },
  { type: "left", actor: 1 },
  { type: "state", actor: 2, key: "a", json: "" },
  { type: "cursor", actor: 3, x: 1, y: 2 },
  { type: "cursor", actor: 3, anchor: 0, x: 1, y: 2 },
  { type: "gone", actor: 4 },
  { type: "typing", actor: 5, where: "body" },
  { type: "event", actor: 6, name: "wave", json: "[1]" },
  { type: "status", actor: 7, status: "active" },
  { type: "counts", people: 4_999, connections: 5_000 },
  { type: "pace", pace: { mode: "sampled", hz, dropped: 3 } },
  { type: "tally", name: "clap", times: 123_456 },
  { type: "reset" },
  { type: "token-wanted", seconds: 30 },
  { type: "rights", rights: { scopes: ["read", "presence"], reason: "token-renewed" } },
];

describe("frames of roost.presence.v1", () => {
  it("[PP24] what clients send is read as it was written, alone and all in one frame", () => {
    for (const message of FROM_CLIENTS) {
      expect(decodePresence(encodePresenceClientFrame([message]))).toEqual({ ok: true, value: [message] });
    }
    expect(decodePresence(encodePresenceClientFrame(FROM_CLIENTS))).toEqual({ ok: true, value: FROM_CLIENTS });
  });

  it("[PP24] what rooms send is read as it was written, also where one's own is appended to everybody's", () => {
    for (const message of FROM_ROOMS) {
      expect(decodePresenceServerFrame(encodePresence([message]))).toEqual({ ok: true, value: [message] });
    }
    const frame = appendPresence(encodePresence(FROM_ROOMS.slice(0, 9)), FROM_ROOMS.slice(9));
    expect(decodePresenceServerFrame(frame)).toEqual({ ok: true, value: FROM_ROOMS });
    expect(appendPresence(frame, [])).toBe(frame);
  });

  it("[PP24] a cursor takes at most 8 bytes of a frame, and 12 on another element", () => {
    expect(encodePresence([{ type: "cursor", actor: 5_000, x: 1, y: 2 }])).toHaveLength(7);
    expect(encodePresence([{ type: "cursor", actor: 5_000, anchor: 7, x: 1, y: 2 }])).toHaveLength(11);
  });

  it("[PP24] text, nothing, too much, other versions and other numbers are errors with a reason", () => {
    const cases: readonly (readonly [Uint8Array | string, string])[] = [
      ["ping", "malformed"],
      [new Uint8Array(), "malformed"],
      [Uint8Array.of(99), "malformed"],
      [Uint8Array.of(7, 3), "malformed"],
      [Uint8Array.of(2, 0, 0, 0), "malformed"],
      [Uint8Array.of(6, 200, 1), "malformed"],
      [Uint8Array.of(0, 1, 2, 0xff, 0xfe), "malformed"],
      [new Uint8Array(201).fill(4), "malformed"],
      [encodePresenceClientFrame([{ type: "hello", version: 2, hello: {} }]), "malformed"],
      [new Uint8Array(MAX_PRESENCE_FRAME_BYTES + 1).fill(4), "too-large"],
    ];
    for (const [frame, tag] of cases) {
      expect(decodePresence(frame)).toEqual({ ok: false, error: { tag, detail: expect.stringMatching(/./) } });
    }
    expect(decodePresence(new Uint8Array(200).fill(4)).ok).toBe(true);
  });

  it("[PP24] whatever the bytes, reading never throws and reads nothing behind the frame", () => {
    const seed = Math.floor(Math.random() * 2 ** 31);
    const random = new Random(seed);
    for (let times = 0; times < 5_000; times += 1) {
      const frame = random.mutate(encodePresenceClientFrame([random.pick(FROM_CLIENTS), random.pick(FROM_CLIENTS)]));
      const behind = new Uint8Array(frame.length + 64).fill(65);
      behind.set(frame);
      const [alone, inside] = [decodePresence(frame), decodePresence(behind.subarray(0, frame.length))];
      expect(inside, `seed ${seed}`).toEqual(alone);
    }
  });

  it("[PP24] every reason to close has a code and a text", () => {
    for (const [reason, frame] of Object.entries(CLOSE_FRAMES)) {
      // SAFETY: the keys of that table.
      expect(presenceCloseFrame(reason as keyof typeof CLOSE_FRAMES)).toEqual(frame);
    }
  });
});
