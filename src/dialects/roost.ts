/**
 * The `roost.v1` family: our own client. Several messages a frame, numbered updates, cumulative acks.
 * Grammar: src/protocol/PROTOCOL.md.
 * @module
 */
import type { Dialect, DialectError, Frame, RoomEvent, RoomMessage } from "../core/events.ts";
import { CLOSE_FRAMES } from "../protocol/close-codes.ts";
import { decodeClientFrame, encodeServerFrame } from "../protocol/frames.ts";
import { OLDEST_PROTOCOL_VERSION, PROTOCOL_VERSION } from "../protocol/limits.ts";
import type { ClientMessage, ServerMessage } from "../protocol/messages.ts";
import { type Result, assertNever, err, ok } from "../protocol/result.ts";
import { appendBytes } from "./append-bytes.ts";

export const roost: Dialect = {
  traits: {
    renewsAwareness: false,
    keepsPeerClocks: false,
    repeatsPeers: false,
    acknowledges: "number",
    hearsItself: false,
    hasCustomMessages: false,
    renewsToken: true,
    saysHello: true,
    heartbeats: true,
  },
  decode,
  encode,
  append,
  closeFrame: (reason) => CLOSE_FRAMES[reason],
};

function decode(frame: Uint8Array | string): Result<readonly RoomEvent[], DialectError> {
  if (typeof frame === "string") return err({ tag: "bad-frame", reason: "text where binary is due" });
  const messages = decodeClientFrame(frame);
  if (!messages.ok) return messages;
  const events: RoomEvent[] = [];
  for (const message of messages.value) {
    const event = toEvent(message);
    if (event === undefined) {
      return err({ tag: "bad-frame", reason: "this protocol version is not spoken here" });
    }
    events.push(event);
  }
  return ok(events);
}

function toEvent(message: ClientMessage): RoomEvent | undefined {
  if (message.type !== "hello") return message;
  const isSpoken = message.version >= OLDEST_PROTOCOL_VERSION && message.version <= PROTOCOL_VERSION;
  return isSpoken ? { type: "hello" } : undefined;
}

function encode(messages: readonly RoomMessage[]): readonly Frame[] {
  return [encodeServerFrame(messages.map(toServerMessage))];
}

function append(frames: readonly Frame[], messages: readonly RoomMessage[]): readonly Frame[] {
  return messages.length === 0 ? frames : appendBytes(frames, encodeServerFrame(messages.map(toServerMessage)));
}

function toServerMessage(message: RoomMessage): ServerMessage {
  switch (message.type) {
    case "welcome": {
      const { type, ...welcome } = message;
      return { type, welcome: { version: PROTOCOL_VERSION, ...welcome } };
    }
    case "refused":
      return { type: "refused", number: message.number ?? 0, reason: message.reason };
    case "sync-step-1":
    case "sync-step-2":
    case "update":
    case "awareness":
    case "ack":
    case "token-wanted":
    case "rights":
    case "notice":
      return message;
    case "acks":
    case "checkpoint":
    case "custom":
      throw new Error(`${message.type} is for families that have it`);
    default:
      return assertNever(message);
  }
}
