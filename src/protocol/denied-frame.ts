/**
 * How the families that frame as y-websocket does (`varUint(type) • body`) are told that they may not: y-protocols' `auth` message. Their
 * clients show its reason and survive it. Rooms say it of rights, the router of a whole document.
 * @module
 */
import * as encoding from "lib0/encoding";

/** The type of an `auth` message. */
export const AUTH_MESSAGE = 2;
const DENIED = 0;

/** `02 00 s(reason)`. */
export function deniedFrame(reason: string): Uint8Array<ArrayBuffer> {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, AUTH_MESSAGE);
  encoding.writeVarUint(encoder, DENIED);
  encoding.writeVarString(encoder, reason);
  return encoding.toUint8Array(encoder);
}
