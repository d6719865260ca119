/**
 * Frames of the `roost.v1` sub-protocol: `writeX` / `readX` pairs over lib0, no socket. The grammar is PROTOCOL.md.
 * @module
 */
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import { type ClientMessage, MESSAGE, type Notice, type Rights, type ServerMessage, type Welcome } from "./messages.ts";
import { readBytes } from "./bounded.ts";
import { encodeFrame } from "./frame-encoder.ts";
import { type Result, assertNever, err, ok } from "./result.ts";

/** A frame that is not of the grammar. `reason` names the message and what is wrong; safe to show. */
export type FrameError = { readonly tag: "bad-frame"; readonly reason: string };

/** More messages in one frame than any client has reason to send: a bound on the work of one frame. */
export const MAX_MESSAGES_PER_FRAME = 1_000;
/** Type, seq and length of a message. */
const SMALL_MESSAGE_BYTES = 24;

export function writeClientMessage(encoder: encoding.Encoder, message: ClientMessage): void {
  switch (message.type) {
    case "hello":
      encoding.writeVarUint(encoder, MESSAGE.hello);
      encoding.writeVarUint(encoder, message.version);
      return;
    case "sync-step-1":
      encoding.writeVarUint(encoder, MESSAGE.syncStep1);
      encoding.writeVarUint8Array(encoder, message.stateVector);
      return;
    case "sync-step-2":
    case "update":
      encoding.writeVarUint(encoder, message.type === "update" ? MESSAGE.update : MESSAGE.syncStep2);
      encoding.writeVarUint(encoder, message.number);
      encoding.writeVarUint8Array(encoder, message.update);
      return;
    case "awareness":
      encoding.writeVarUint(encoder, MESSAGE.awareness);
      encoding.writeVarUint8Array(encoder, message.update);
      return;
    case "received":
      encoding.writeVarUint(encoder, MESSAGE.received);
      encoding.writeVarUint(encoder, message.seq);
      return;
    case "token":
      encoding.writeVarUint(encoder, MESSAGE.token);
      encoding.writeVarString(encoder, message.token);
      return;
    case "bye":
      encoding.writeVarUint(encoder, MESSAGE.bye);
      return;
    default:
      assertNever(message);
  }
}

export function writeServerMessage(encoder: encoding.Encoder, message: ServerMessage): void {
  switch (message.type) {
    case "welcome":
      encoding.writeVarUint(encoder, MESSAGE.welcome);
      encoding.writeVarString(encoder, JSON.stringify(message.welcome));
      return;
    case "sync-step-1":
      encoding.writeVarUint(encoder, MESSAGE.syncStep1);
      encoding.writeVarUint8Array(encoder, message.stateVector);
      return;
    case "sync-step-2":
    case "update":
      encoding.writeVarUint(encoder, message.type === "update" ? MESSAGE.update : MESSAGE.syncStep2);
      encoding.writeVarUint(encoder, message.seq);
      encoding.writeVarUint8Array(encoder, message.update);
      return;
    case "awareness":
      encoding.writeVarUint(encoder, MESSAGE.awareness);
      encoding.writeVarUint8Array(encoder, message.update);
      return;
    case "ack":
      encoding.writeVarUint(encoder, MESSAGE.ack);
      encoding.writeVarUint(encoder, message.number);
      return;
    case "refused":
      encoding.writeVarUint(encoder, MESSAGE.refused);
      encoding.writeVarUint(encoder, message.number);
      encoding.writeVarString(encoder, message.reason);
      return;
    case "token-wanted":
      encoding.writeVarUint(encoder, MESSAGE.token);
      encoding.writeVarUint(encoder, message.seconds);
      return;
    case "rights":
      encoding.writeVarUint(encoder, MESSAGE.rights);
      encoding.writeVarString(encoder, JSON.stringify(message.rights));
      return;
    case "notice":
      encoding.writeVarUint(encoder, MESSAGE.notice);
      encoding.writeVarString(encoder, JSON.stringify(message.notice));
      return;
    default:
      assertNever(message);
  }
}

/** One frame of several client messages. */
export function encodeClientFrame(messages: readonly ClientMessage[]): Uint8Array<ArrayBuffer> {
  const encoder = encoding.createEncoder();
  for (const message of messages) writeClientMessage(encoder, message);
  return encoding.toUint8Array(encoder);
}

/** One frame of several server messages. */
export function encodeServerFrame(messages: readonly ServerMessage[]): Uint8Array<ArrayBuffer> {
  let payloadBytes = 0;
  for (const message of messages) payloadBytes += sizeOf(message);
  return encodeFrame(payloadBytes, (encoder) => {
    for (const message of messages) writeServerMessage(encoder, message);
  });
}

/** About the bytes of a message: an upper bound for those that may be large. */
function sizeOf(message: ServerMessage): number {
  switch (message.type) {
    case "sync-step-1":
      return SMALL_MESSAGE_BYTES + message.stateVector.length;
    case "sync-step-2":
    case "update":
    case "awareness":
      return SMALL_MESSAGE_BYTES + message.update.length;
    default:
      return SMALL_MESSAGE_BYTES;
  }
}

/** Throws on anything outside the grammar; {@link decodeClientFrame} turns that into a value. */
export function readClientMessage(decoder: decoding.Decoder): ClientMessage {
  const type = decoding.readVarUint(decoder);
  switch (type) {
    case MESSAGE.hello:
      return { type: "hello", version: decoding.readVarUint(decoder) };
    case MESSAGE.syncStep1:
      return { type: "sync-step-1", stateVector: readBytes(decoder) };
    case MESSAGE.syncStep2:
      return { type: "sync-step-2", number: decoding.readVarUint(decoder), update: readBytes(decoder) };
    case MESSAGE.update:
      return { type: "update", number: decoding.readVarUint(decoder), update: readBytes(decoder) };
    case MESSAGE.awareness:
      return { type: "awareness", update: readBytes(decoder) };
    case MESSAGE.received:
      return { type: "received", seq: decoding.readVarUint(decoder) };
    case MESSAGE.token:
      return { type: "token", token: decoding.readVarString(decoder) };
    case MESSAGE.bye:
      return { type: "bye" };
    default:
      throw new RangeError(`unknown message type ${type}`);
  }
}

/** Throws on anything outside the grammar; {@link decodeServerFrame} turns that into a value. */
export function readServerMessage(decoder: decoding.Decoder): ServerMessage {
  const type = decoding.readVarUint(decoder);
  switch (type) {
    case MESSAGE.welcome:
      // SAFETY: written by our own server; fields are read defensively by the client.
      return { type: "welcome", welcome: JSON.parse(decoding.readVarString(decoder)) as Welcome };
    case MESSAGE.syncStep1:
      return { type: "sync-step-1", stateVector: readBytes(decoder) };
    case MESSAGE.syncStep2:
      return { type: "sync-step-2", seq: decoding.readVarUint(decoder), update: readBytes(decoder) };
    case MESSAGE.update:
      return { type: "update", seq: decoding.readVarUint(decoder), update: readBytes(decoder) };
    case MESSAGE.awareness:
      return { type: "awareness", update: readBytes(decoder) };
    case MESSAGE.ack:
      return { type: "ack", number: decoding.readVarUint(decoder) };
    case MESSAGE.refused:
      return { type: "refused", number: decoding.readVarUint(decoder), reason: decoding.readVarString(decoder) };
    case MESSAGE.token:
      return { type: "token-wanted", seconds: decoding.readVarUint(decoder) };
    case MESSAGE.rights:
      // SAFETY: as the welcome.
      return { type: "rights", rights: JSON.parse(decoding.readVarString(decoder)) as Rights };
    case MESSAGE.notice:
      // SAFETY: as the welcome.
      return { type: "notice", notice: JSON.parse(decoding.readVarString(decoder)) as Notice };
    default:
      throw new RangeError(`unknown message type ${type}`);
  }
}

/** All messages of a client's frame, or why it is none; never throws. */
export function decodeClientFrame(frame: Uint8Array): Result<readonly ClientMessage[], FrameError> {
  return decodeFrame(frame, readClientMessage);
}

/** All messages of a server's frame, or why it is none; never throws. */
export function decodeServerFrame(frame: Uint8Array): Result<readonly ServerMessage[], FrameError> {
  return decodeFrame(frame, readServerMessage);
}

function decodeFrame<T>(
  frame: Uint8Array,
  readMessage: (decoder: decoding.Decoder) => T,
): Result<readonly T[], FrameError> {
  const decoder = decoding.createDecoder(frame);
  const messages: T[] = [];
  try {
    while (decoding.hasContent(decoder)) {
      if (messages.length === MAX_MESSAGES_PER_FRAME) return badFrame("too many messages in one frame");
      messages.push(readMessage(decoder));
    }
  } catch (error) {
    return badFrame(error instanceof Error ? error.message : "unreadable");
  }
  return messages.length === 0 ? badFrame("empty frame") : ok(messages);
}

function badFrame(reason: string): { readonly ok: false; readonly error: FrameError } {
  return err({ tag: "bad-frame", reason });
}
