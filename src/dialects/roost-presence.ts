/**
 * The `roost.presence.v1` family: bytes ⇄ the messages of a room of people. Grammar: src/protocol/PRESENCE.md.
 * @module
 */
import { CLOSE_FRAMES, type CloseFrame, type CloseReason } from "../protocol/close-codes.ts";
import { decodePresenceClientFrame } from "../protocol/presence-client-frames.ts";
import {
  MAX_PRESENCE_FRAME_BYTES,
  PRESENCE_VERSION,
  type PresenceClientMessage,
  type PresenceServerMessage,
} from "../protocol/presence-messages.ts";
import { encodePresenceServerFrame } from "../protocol/presence-server-frames.ts";
import { type Result, err } from "../protocol/result.ts";

/** Ends its own socket only; the tag is the reason to close it for. */
export type PresenceDialectError = {
  readonly tag: Extract<CloseReason, "malformed" | "too-large">;
  readonly detail: string;
};

type Frame = Uint8Array<ArrayBuffer>;

/** Never throws, whatever the bytes. */
export function decodePresence(
  frame: Uint8Array | string,
): Result<readonly PresenceClientMessage[], PresenceDialectError> {
  if (typeof frame === "string") return err({ tag: "malformed", detail: "text where binary is due" });
  if (frame.length > MAX_PRESENCE_FRAME_BYTES) {
    return err({ tag: "too-large", detail: `a frame is limited to ${MAX_PRESENCE_FRAME_BYTES} bytes` });
  }
  const messages = decodePresenceClientFrame(frame);
  if (!messages.ok) return err({ tag: "malformed", detail: messages.error.reason });
  const isForeign = messages.value.some((message) => message.type === "hello" && message.version !== PRESENCE_VERSION);
  return isForeign ? err({ tag: "malformed", detail: "this protocol version is not spoken here" }) : messages;
}

export function encodePresence(messages: readonly PresenceServerMessage[]): Frame {
  return encodePresenceServerFrame(messages);
}

/** As if `messages` had been encoded after those of `frame`: what many hear is encoded once, also for who hears more. */
export function appendPresence(frame: Frame, messages: readonly PresenceServerMessage[]): Frame {
  if (messages.length === 0) return frame;
  const more = encodePresenceServerFrame(messages);
  const joined = new Uint8Array(frame.length + more.length);
  joined.set(frame);
  joined.set(more, frame.length);
  return joined;
}

/** Every reason has a code and a text. */
export function presenceCloseFrame(reason: CloseReason): CloseFrame {
  return CLOSE_FRAMES[reason];
}
