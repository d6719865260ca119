/**
 * The presence dialect as sockets speak it.
 * @module
 */
import type { Frame, Wire } from "../core/events.ts";
import { appendPresence, decodePresence, encodePresence, presenceCloseFrame } from "../dialects/roost-presence.ts";
import type { PresenceClientMessage, PresenceServerMessage } from "../protocol/presence-messages.ts";
import { err } from "../protocol/result.ts";

export type PresenceWire = Wire<PresenceClientMessage, PresenceServerMessage>;

export const presenceWire: PresenceWire = {
  decode: (frame) => {
    const decoded = decodePresence(frame);
    // A room looks at the size before it decodes.
    return decoded.ok ? decoded : err({ tag: "bad-frame", reason: decoded.error.detail });
  },
  encode: (messages) => [encodePresence(messages)],
  append,
  closeFrame: presenceCloseFrame,
};

function append(frames: readonly Frame[], messages: readonly PresenceServerMessage[]): readonly Frame[] {
  const [first] = frames;
  return [first instanceof Uint8Array ? appendPresence(first, messages) : encodePresence(messages)];
}
