/**
 * Frames of Hocuspocus' providers, as tests send them without one.
 * @module
 */
import * as encoding from "lib0/encoding";
import { HOCUSPOCUS, HOCUSPOCUS_AUTH } from "../../src/protocol/hocuspocus-address.ts";

/** `address • type • body`. */
export function hocuspocusFrame(
  address: string,
  type: keyof typeof HOCUSPOCUS,
  body: (encoder: encoding.Encoder) => void = () => undefined,
): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarString(encoder, address);
  encoding.writeVarUint(encoder, HOCUSPOCUS[type]);
  body(encoder);
  return encoding.toUint8Array(encoder);
}

/** What a provider begins with. */
export function authFrame(address: string, token: string): Uint8Array {
  return hocuspocusFrame(address, "auth", (encoder) => {
    encoding.writeVarUint(encoder, HOCUSPOCUS_AUTH.token);
    encoding.writeVarString(encoder, token);
  });
}

/** The first question, of somebody who has nothing. */
export function stepOneFrame(address: string): Uint8Array {
  return hocuspocusFrame(address, "sync", (encoder) => {
    encoding.writeVarUint(encoder, 0);
    encoding.writeVarUint8Array(encoder, Uint8Array.of(0));
  });
}

/** An edit; it has one ack in return. */
export function updateFrame(address: string, update: Uint8Array): Uint8Array {
  return hocuspocusFrame(address, "sync", (encoder) => {
    encoding.writeVarUint(encoder, 2);
    encoding.writeVarUint8Array(encoder, update);
  });
}
