/**
 * The y-partyserver family (`YProvider`, `useYProvider`): y-websocket's frames, and an application's own messages as text. Its clients
 * renew no awareness and judge nobody's silence, so that they let a room sleep; who is gone they hear from the server alone.
 * @module
 */
import type { Dialect, DialectError, Frame, RoomEvent, RoomMessage } from "../core/events.ts";
import { CLOSE_FRAMES } from "../protocol/close-codes.ts";
import { type Result, err, ok } from "../protocol/result.ts";
import { decodeYFrame, encodeYMessage, yFarewell } from "./y-websocket-codec.ts";

/** In front of an application's message; any other text is none of the family's. */
const CUSTOM_PREFIX = "__YPS:";

export const yPartyserver: Dialect = {
  traits: {
    renewsAwareness: false,
    // It deletes what it knew of its peers when its socket closes.
    keepsPeerClocks: false,
    repeatsPeers: true,
    acknowledges: "none",
    hearsItself: false,
    hasCustomMessages: true,
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
  if (typeof frame !== "string") return decodeYFrame(frame);
  if (!frame.startsWith(CUSTOM_PREFIX)) return err({ tag: "bad-frame", reason: "text that is no custom message" });
  return ok([{ type: "custom", payload: frame.slice(CUSTOM_PREFIX.length) }]);
}

function encodeMessage(message: RoomMessage): readonly Frame[] {
  return message.type === "custom" ? [`${CUSTOM_PREFIX}${message.payload}`] : encodeYMessage(message);
}
