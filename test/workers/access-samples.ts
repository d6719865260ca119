/**
 * One frame of each kind that a client of a family may send, and of those that it may not but could.
 * @module
 */
import * as encoding from "lib0/encoding";
import type { RoomEvent } from "../../src/core/events.ts";
import { encodeClientFrame } from "../../src/protocol/frames.ts";
import { HOCUSPOCUS } from "../../src/protocol/hocuspocus-address.ts";
import { PROTOCOL_VERSION } from "../../src/protocol/limits.ts";
import type { ClientMessage } from "../../src/protocol/messages.ts";
import { authFrame, hocuspocusFrame } from "../support/hocuspocus-frames.ts";
import { type Dialect, type Frame, frameOf, showAs } from "./access-sockets.ts";
import { typed } from "./access-steps.ts";

export const MARK = 5;

export type About = {
  /** Of the document. */
  readonly id: string;
  /** A fresh one. */
  readonly token: string;
  /** Whom its awareness shows. */
  readonly client: number;
  /** What its updates and messages say. */
  readonly words: string;
};
export type Sample = (about: About) => Frame;

/** By what a room makes of it; null for what the family has no frame for. */
type Events = Readonly<Record<RoomEvent["type"], Sample | null>>;
type Samples = {
  readonly events: Events;
  /** Further frames that its dialect reads, or has a name for. */
  readonly others: Readonly<Record<string, Sample>>;
};

const EMPTY_STATE_VECTOR = Uint8Array.of(0);

/** What all families have but for its envelope. */
function common(dialect: Dialect) {
  return {
    "sync-step-1": ({ id }: About) => frameOf(dialect, "sync-step-1", EMPTY_STATE_VECTOR, id),
    "sync-step-2": ({ id, words }: About) => frameOf(dialect, "sync-step-2", typed(words), id),
    update: ({ id, words }: About) => frameOf(dialect, "update", typed(words), id),
    awareness: ({ id, client }: About) => frameOf(dialect, "awareness", showAs(client), id),
  };
}

const NO_WORD_FOR = {
  ...{ hello: null, received: null, auth: null, token: null, bye: null },
  ...{ "query-awareness": null, checkpoint: null, custom: null },
} as const;

const says = (message: ClientMessage) => () => encodeClientFrame([message]);

/** One number, and bytes with their length. */
function numbered(type: number, bytes: Uint8Array): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, type);
  encoding.writeVarUint8Array(encoder, bytes);
  return encoding.toUint8Array(encoder);
}

/** Between servers of Hocuspocus it is a sync message that wants no question back; no client has it. */
const SYNC_REPLY = 4;

const HOCUSPOCUS_OTHERS: Readonly<Record<string, Sample>> = {
  "sync-reply": ({ id }) => {
    const encoder = encoding.createEncoder();
    encoding.writeVarString(encoder, id);
    for (const number of [SYNC_REPLY, 0, 1, 0]) encoding.writeVarUint(encoder, number);
    return encoding.toUint8Array(encoder);
  },
  broadcast: ({ id, words }) => hocuspocusFrame(id, "broadcastStateless", (to) => encoding.writeVarString(to, words)),
  "sync-status": ({ id }) => hocuspocusFrame(id, "syncStatus", (to) => encoding.writeVarUint(to, 1)),
  ping: () => Uint8Array.of(HOCUSPOCUS.ping),
  pong: () => Uint8Array.of(HOCUSPOCUS.pong),
  "auth-elsewhere": ({ token }) => authFrame("elsewhere", token),
  "update-elsewhere": ({ words }) => frameOf("hocuspocus", "update", typed(words), "elsewhere"),
};

/** Total over families and over what rooms hear: a family or an event without an entry does not compile. */
export const SAMPLES: Readonly<Record<Dialect, Samples>> = {
  roost: {
    events: {
      ...NO_WORD_FOR,
      ...common("roost"),
      hello: says({ type: "hello", version: PROTOCOL_VERSION }),
      received: says({ type: "received", seq: 1 }),
      token: ({ token }) => encodeClientFrame([{ type: "token", token }]),
      bye: says({ type: "bye" }),
    },
    others: {},
  },
  "y-websocket": {
    events: { ...NO_WORD_FOR, ...common("y-websocket"), "query-awareness": () => Uint8Array.of(3) },
    others: {},
  },
  "y-partyserver": {
    events: {
      ...NO_WORD_FOR,
      ...common("y-partyserver"),
      "query-awareness": () => Uint8Array.of(3),
      custom: ({ words }) => `__YPS:${words}`,
    },
    others: { text: ({ words }) => words },
  },
  hocuspocus: {
    events: {
      ...NO_WORD_FOR,
      ...common("hocuspocus"),
      "query-awareness": ({ id }) => hocuspocusFrame(id, "queryAwareness"),
      auth: ({ id, token }) => authFrame(id, token),
      custom: ({ id, words }) => hocuspocusFrame(id, "stateless", (to) => encoding.writeVarString(to, words)),
      bye: ({ id }) => hocuspocusFrame(id, "close"),
    },
    others: HOCUSPOCUS_OTHERS,
  },
  "y-sweet": {
    events: {
      ...NO_WORD_FOR,
      ...common("y-sweet"),
      "query-awareness": () => Uint8Array.of(3),
      checkpoint: () => numbered(102, Uint8Array.of(MARK)),
    },
    others: { "awareness-answer": ({ client }) => numbered(3, showAs(client)) },
  },
};

/** By the name of its row. */
export function samplesOf(dialect: Dialect): Readonly<Record<string, Sample>> {
  const { events, others } = SAMPLES[dialect];
  const own = Object.entries(events).flatMap(([name, sample]) => (sample === null ? [] : [[name, sample] as const]));
  return { ...Object.fromEntries(own), ...others };
}
