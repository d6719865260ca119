/**
 * The y-websocket family (1.x–3.x): `varUint(type) • body`, one message a frame from us, as its clients read only the
 * first. It knows no acks; a refusal is its `auth` message, which its clients show and survive.
 * @module
 */
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import type { Dialect, DialectError, Frame, RoomEvent, RoomMessage } from "../core/events.ts";
import { readBytes } from "../protocol/bounded.ts";
import { encodeFrame } from "../protocol/frame-encoder.ts";
import { CLOSE_FRAMES } from "../protocol/close-codes.ts";
import type { RightsReason } from "../protocol/messages.ts";
import { type Result, assertNever, err, ok } from "../protocol/result.ts";

const MESSAGE = { sync: 0, awareness: 1, auth: 2, queryAwareness: 3 } as const;
const SYNC = { step1: 0, step2: 1, update: 2 } as const;
const AUTH_DENIED = 0;
/** Why somebody may not write, in words for people. */
const DENIALS: Readonly<Record<RightsReason, string>> = {
  "token-renewed": "read-only",
  "token-expired": "the token has expired",
  locked: "the document is locked",
  unlocked: "read-only",
};
/** More messages in one frame than any client has reason to send. */
const MAX_MESSAGES_PER_FRAME = 1_000;

export const yWebsocket: Dialect = {
  traits: {
    renewsAwareness: true,
    keepsPeerClocks: true,
    repeatsPeers: true,
    acknowledges: "none",
    hearsItself: false,
    hasCustomMessages: false,
    renewsToken: false,
    saysHello: false,
    heartbeats: false,
  },
  decode,
  encode: (messages) => messages.flatMap(encodeMessage),
  append: (frames, messages) => [...frames, ...messages.flatMap(encodeMessage)],
  closeFrame: (reason) => CLOSE_FRAMES[reason],
};

function decode(frame: Uint8Array | string): Result<readonly RoomEvent[], DialectError> {
  if (typeof frame === "string") return bad("text where binary is due");
  const decoder = decoding.createDecoder(frame);
  const events: RoomEvent[] = [];
  try {
    do {
      if (events.length === MAX_MESSAGES_PER_FRAME) return bad("too many messages in one frame");
      events.push(readEvent(decoder));
    } while (decoding.hasContent(decoder));
  } catch (error) {
    return bad(error instanceof Error ? error.message : "unreadable");
  }
  return ok(events);
}

/** Throws on anything outside the grammar. */
function readEvent(decoder: decoding.Decoder): RoomEvent {
  const type = decoding.readVarUint(decoder);
  switch (type) {
    case MESSAGE.sync:
      return readSync(decoder);
    case MESSAGE.awareness:
      return { type: "awareness", update: readBytes(decoder) };
    case MESSAGE.queryAwareness:
      return { type: "query-awareness" };
    default:
      throw new RangeError(`unknown message type ${type}`);
  }
}

function readSync(decoder: decoding.Decoder): RoomEvent {
  const type = decoding.readVarUint(decoder);
  switch (type) {
    case SYNC.step1:
      return { type: "sync-step-1", stateVector: readBytes(decoder) };
    case SYNC.step2:
      return { type: "sync-step-2", update: readBytes(decoder) };
    case SYNC.update:
      return { type: "update", update: readBytes(decoder) };
    default:
      throw new RangeError(`unknown sync message type ${type}`);
  }
}

function encodeMessage(message: RoomMessage): readonly Frame[] {
  switch (message.type) {
    case "welcome":
    case "ack":
    case "token-wanted":
    case "notice":
    case "acks":
    case "checkpoint":
    case "custom":
      return [];
    case "rights":
      // It has no word for getting rights back: the server's step 1 that follows says it.
      return message.rights.scopes.includes("write") ? [] : [denied(DENIALS[message.rights.reason])];
    case "sync-step-1":
      return [frameOf(MESSAGE.sync, SYNC.step1, message.stateVector)];
    case "sync-step-2":
      return [frameOf(MESSAGE.sync, SYNC.step2, message.update)];
    case "update":
      return [frameOf(MESSAGE.sync, SYNC.update, message.update)];
    case "awareness":
      return [frameOf(MESSAGE.awareness, undefined, message.update)];
    case "refused":
      return [denied(message.reason)];
    default:
      return assertNever(message);
  }
}

function denied(reason: string): Frame {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, MESSAGE.auth);
  encoding.writeVarUint(encoder, AUTH_DENIED);
  encoding.writeVarString(encoder, reason);
  return encoding.toUint8Array(encoder);
}

function frameOf(type: number, syncType: number | undefined, bytes: Uint8Array): Frame {
  return encodeFrame(bytes.length, (encoder) => {
    encoding.writeVarUint(encoder, type);
    if (syncType !== undefined) encoding.writeVarUint(encoder, syncType);
    encoding.writeVarUint8Array(encoder, bytes);
  });
}

function bad(reason: string): { readonly ok: false; readonly error: DialectError } {
  return err({ tag: "bad-frame", reason });
}
