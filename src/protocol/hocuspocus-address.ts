/**
 * What everybody has to know of a Hocuspocus frame who does not speak the rest: `s(address) u(type) body`. The address is a document's
 * name, or that, U+0000 and the id of one of several sessions; an answer carries the same.
 * @module
 */
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import { readText } from "./bounded.ts";
import { encodeFrame } from "./frame-encoder.ts";
import { type Result, err, ok } from "./result.ts";
import { MAX_ID_BYTES } from "./room-id.ts";

/** Types of frames. Ping and Pong have no address: each is this one byte. */
export const HOCUSPOCUS = {
  sync: 0,
  awareness: 1,
  auth: 2,
  queryAwareness: 3,
  stateless: 5,
  broadcastStateless: 6,
  close: 7,
  syncStatus: 8,
  ping: 9,
  pong: 10,
} as const;

/** First number of an `auth` body: of a client, and of the server an answer to it, or alone a question. */
export const HOCUSPOCUS_AUTH = { token: 0, denied: 1, authenticated: 2 } as const;

/** First number of a `sync` body. */
export const HOCUSPOCUS_SYNC = { step1: 0, step2: 1, update: 2 } as const;

/** Between the document and the session. No document id holds it. */
const SEPARATOR = "\0";
/** Its client makes a dozen; an address is kept with each socket, in little room. */
const MAX_SESSION_BYTES = 128;
const MAX_ADDRESS_BYTES = MAX_ID_BYTES + 1 + MAX_SESSION_BYTES;

export type AddressedFrame = {
  /** As it stands in the frame. */
  readonly address: string;
  /** What it says before the session: a document's id, if it is one. */
  readonly document: string;
  /** One of {@link HOCUSPOCUS}, or a number that is none. */
  readonly type: number;
  /** Where the body begins. */
  readonly bodyAt: number;
};

export type BadAddress = { readonly tag: "bad-address"; readonly reason: string };

/** Address and type of a frame that has them; the body is not looked at. */
export function readAddress(frame: Uint8Array | string): Result<AddressedFrame, BadAddress> {
  if (typeof frame === "string") return bad("text where binary is due");
  const decoder = decoding.createDecoder(frame);
  try {
    const address = readText(decoder);
    if (decoder.pos > MAX_ADDRESS_BYTES + 2) return bad("the address is too long");
    const type = decoding.readVarUint(decoder);
    const [document = ""] = address.split(SEPARATOR, 1);
    return ok({ address, document, type, bodyAt: decoder.pos });
  } catch {
    return bad("no address, or no type behind it");
  }
}

/**
 * True for the two frames that a provider begins with at an address: its token, and the question for the document. Versions below 3 show
 * no token where they have none.
 */
export function isBeginning(frame: Uint8Array, { type, bodyAt }: AddressedFrame): boolean {
  return type === HOCUSPOCUS.auth || (type === HOCUSPOCUS.sync && frame[bodyAt] === HOCUSPOCUS_SYNC.step1);
}

/** True for a Ping or a Pong, which have no address. */
export function isHeartbeat(frame: Uint8Array | string): boolean {
  return (
    typeof frame !== "string" && frame.length === 1 && (frame[0] === HOCUSPOCUS.ping || frame[0] === HOCUSPOCUS.pong)
  );
}

/** The token of an `auth` frame of a client, possibly empty; null where the frame is something else. */
export function readAuthToken(frame: Uint8Array, { type, bodyAt }: AddressedFrame): string | null {
  if (type !== HOCUSPOCUS.auth) return null;
  const decoder = decoding.createDecoder(frame);
  decoder.pos = bodyAt;
  try {
    return decoding.readVarUint(decoder) === HOCUSPOCUS_AUTH.token ? readText(decoder) : null;
  } catch {
    return null;
  }
}

/** The frame that tells a client that `address` is not for it; its socket, and the other addresses, go on. */
export function permissionDenied(address: string, reason: string): Uint8Array<ArrayBuffer> {
  return encodeFrame(address.length + reason.length, (encoder) => {
    encoding.writeVarString(encoder, address);
    encoding.writeVarUint(encoder, HOCUSPOCUS.auth);
    encoding.writeVarUint(encoder, HOCUSPOCUS_AUTH.denied);
    encoding.writeVarString(encoder, reason);
  });
}

function bad(reason: string): { readonly ok: false; readonly error: BadAddress } {
  return err({ tag: "bad-address", reason });
}
