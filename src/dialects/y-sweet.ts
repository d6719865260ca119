/**
 * The Y-Sweet family (0.9): y-websocket's frames, and a mark that the client counts up with each edit, sends behind it and as a
 * heartbeat after 2 s of silence, and takes all before it for saved when it comes back as it went.
 * @module
 */
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import type { Dialect, DialectError, Frame, RoomEvent, RoomMessage } from "../core/events.ts";
import { readBytes } from "../protocol/bounded.ts";
import { CLOSE_FRAMES } from "../protocol/close-codes.ts";
import { encodeFrame } from "../protocol/frame-encoder.ts";
import { type Result, err, ok } from "../protocol/result.ts";
import { yFarewell } from "./y-websocket-codec.ts";
import { yWebsocket } from "./y-websocket.ts";

/** `varUint(102) • varUint8Array(mark)`, both ways. */
const SYNC_STATUS = 102;
const QUERY_AWARENESS = 3;
/** The mark is a count of edits, at most 10 bytes; a client that keeps more in it has no reason to. */
const MAX_MARK_BYTES = 64;

export const ySweet: Dialect = {
  traits: {
    renewsAwareness: true,
    keepsPeerClocks: true,
    repeatsPeers: true,
    acknowledges: "mark",
    hearsItself: false,
    hasCustomMessages: false,
    // It asks its application for a fresh one after three upgrades that were refused.
    renewsToken: false,
    saysHello: false,
    heartbeats: false,
  },
  decode,
  encode: (messages) => messages.flatMap(encodeMessage),
  append: (frames, messages) => [...frames, ...messages.flatMap(encodeMessage)],
  closeFrame: (reason) => CLOSE_FRAMES[reason],
  farewell: yFarewell,
};

function decode(frame: Uint8Array | string): Result<readonly RoomEvent[], DialectError> {
  if (typeof frame === "string") return yWebsocket.decode(frame);
  const [type] = frame;
  if (type === SYNC_STATUS) return decodeBody(frame, (mark) => ({ type: "checkpoint", mark }), MAX_MARK_BYTES);
  // Its answer to the question who is there has the type of the question.
  if (type === QUERY_AWARENESS && frame.length > 1)
    return decodeBody(frame, (update) => ({ type: "awareness", update }));
  return yWebsocket.decode(frame);
}

/** One message with one body, and nothing behind it. */
function decodeBody(
  frame: Uint8Array,
  toEvent: (body: Uint8Array) => RoomEvent,
  maxBytes = Infinity,
): Result<readonly RoomEvent[], DialectError> {
  const decoder = decoding.createDecoder(frame);
  try {
    decoding.readVarUint(decoder);
    const body = readBytes(decoder);
    if (decoding.hasContent(decoder)) return bad("bytes behind the message");
    return body.length > maxBytes ? bad(`a mark has at most ${maxBytes} bytes`) : ok([toEvent(body)]);
  } catch (error) {
    return bad(error instanceof Error ? error.message : "unreadable");
  }
}

function encodeMessage(message: RoomMessage): readonly Frame[] {
  if (message.type !== "checkpoint") return yWebsocket.encode([message]);
  const { mark } = message;
  return [
    encodeFrame(mark.length, (encoder) => {
      encoding.writeVarUint(encoder, SYNC_STATUS);
      encoding.writeVarUint8Array(encoder, mark);
    }),
  ];
}

function bad(reason: string): { readonly ok: false; readonly error: DialectError } {
  return err({ tag: "bad-frame", reason });
}
