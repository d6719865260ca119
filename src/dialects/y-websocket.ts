/**
 * The y-websocket family (1.x–4.x). It knows no acks but its own updates come back; a refusal is its `auth` message, which its clients
 * show and survive.
 * @module
 */
import type { Dialect } from "../core/events.ts";
import { CLOSE_FRAMES } from "../protocol/close-codes.ts";
import { decodeYFrame, encodeYMessage, yFarewell } from "./y-websocket-codec.ts";

export const yWebsocket: Dialect = {
  traits: {
    renewsAwareness: true,
    keepsPeerClocks: true,
    repeatsPeers: true,
    acknowledges: "none",
    // For versions that take what they hear again for saved, which no published one does (4.0.0-3). To the others it is known: it costs a
    // frame where one types alone.
    hearsItself: true,
    hasCustomMessages: false,
    renewsToken: false,
    saysHello: false,
    heartbeats: false,
  },
  decode: (frame) => decodeYFrame(frame),
  encode: (messages) => messages.flatMap(encodeYMessage),
  append: (frames, messages) => [...frames, ...messages.flatMap(encodeYMessage)],
  closeFrame: (reason) => CLOSE_FRAMES[reason],
  farewell: yFarewell,
};
