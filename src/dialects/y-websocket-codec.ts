/**
 * The frames that several families have in common: `varUint(type) • body`, as y-websocket writes them. One message a frame from us, as
 * their clients read only the first.
 * @module
 */
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import type { DialectError, Frame, RoomEvent, RoomMessage } from "../core/events.ts";
import { readBytes } from "../protocol/bounded.ts";
import { CLOSE_FRAMES, type CloseReason, isFinalCloseCode } from "../protocol/close-codes.ts";
import { AUTH_MESSAGE, deniedFrame } from "../protocol/denied-frame.ts";
import { encodeFrame } from "../protocol/frame-encoder.ts";
import type { RightsReason } from "../protocol/messages.ts";
import { type Result, assertNever, err, ok } from "../protocol/result.ts";

const MESSAGE = { sync: 0, awareness: 1, auth: AUTH_MESSAGE, queryAwareness: 3 } as const;
const SYNC = { step1: 0, step2: 1, update: 2 } as const;
/** Why somebody may not write, in words for people. */
const DENIALS: Readonly<Record<RightsReason, string>> = {
  "token-renewed": "read-only",
  "token-expired": "the token has expired",
  locked: "the document is locked",
  unlocked: "read-only",
};
/** More messages in one frame than any client has reason to send. */
const MAX_MESSAGES_PER_FRAME = 1_000;

/** What a family reads of a message type that the others do not have; undefined for one that it does not have either. */
export type ReadOther = (type: number, decoder: decoding.Decoder) => RoomEvent | undefined;

/** All messages of a binary frame. Text is an error. */
export function decodeYFrame(
  frame: Uint8Array | string,
  readOther: ReadOther = () => undefined,
): Result<readonly RoomEvent[], DialectError> {
  if (typeof frame === "string") return bad("text where binary is due");
  const decoder = decoding.createDecoder(frame);
  const events: RoomEvent[] = [];
  try {
    do {
      if (events.length === MAX_MESSAGES_PER_FRAME) return bad("too many messages in one frame");
      events.push(readEvent(decoder, readOther));
    } while (decoding.hasContent(decoder));
  } catch (error) {
    return bad(error instanceof Error ? error.message : "unreadable");
  }
  return ok(events);
}

/** Its frame; none where these families have no word for it. */
export function encodeYMessage(message: RoomMessage): readonly Frame[] {
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
      // They have no word for getting rights back: the server's step 1 that follows says it.
      return message.rights.scopes.includes("write") ? [] : [deniedFrame(DENIALS[message.rights.reason])];
    case "sync-step-1":
      return [frameOf(MESSAGE.sync, SYNC.step1, message.stateVector)];
    case "sync-step-2":
      return [frameOf(MESSAGE.sync, SYNC.step2, message.update)];
    case "update":
      return [frameOf(MESSAGE.sync, SYNC.update, message.update)];
    case "awareness":
      return [frameOf(MESSAGE.awareness, undefined, message.update)];
    case "refused":
      return [deniedFrame(message.reason)];
    default:
      return assertNever(message);
  }
}

/** Most of these clients come back after any close code, and none shows it: what is final they hear before. */
export function yFarewell(reason: CloseReason, detail: string): readonly Frame[] {
  const { code, reason: text } = CLOSE_FRAMES[reason];
  return isFinalCloseCode(code) ? [deniedFrame(detail === "" ? text : `${text}: ${detail}`)] : [];
}

/** Throws on anything outside the grammar. */
function readEvent(decoder: decoding.Decoder, readOther: ReadOther): RoomEvent {
  const type = decoding.readVarUint(decoder);
  switch (type) {
    case MESSAGE.sync:
      return readSync(decoder);
    case MESSAGE.awareness:
      return { type: "awareness", update: readBytes(decoder) };
    case MESSAGE.queryAwareness:
      return { type: "query-awareness" };
    default: {
      const other = readOther(type, decoder);
      if (other === undefined) throw new RangeError(`unknown message type ${type}`);
      return other;
    }
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
