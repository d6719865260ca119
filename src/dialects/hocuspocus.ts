/**
 * The Hocuspocus and Tiptap family (providers 2.15–4.8): `s(address) • u(type) • body`, one message a frame both ways. Each frame names
 * the document it is about, so a socket speaks the dialect of the address of its first frame, and whoever means another one hears that
 * it is not here. Who one is stands in the socket; each step 2 and update has one word in return, which says whether it is a row.
 * @module
 */
import type { BoundDialect, Dialect, DialectError, DialectTraits, Frame, RoomEvent } from "../core/events.ts";
import { CLOSE_FRAMES, type CloseReason, isFinalCloseCode } from "../protocol/close-codes.ts";
import { isBeginning, isHeartbeat, permissionDenied, readAddress } from "../protocol/hocuspocus-address.ts";
import { type Result, err, ok } from "../protocol/result.ts";
import { parseDocumentId } from "../protocol/room-id.ts";
import { AddressWriter, readEvent } from "./hocuspocus-codec.ts";

const TRAITS: DialectTraits = {
  renewsAwareness: true,
  keepsPeerClocks: true,
  // 2.15 and 3.4.
  repeatsPeers: true,
  acknowledges: "count",
  hearsItself: false,
  hasCustomMessages: true,
  // From 3 on; 2.15 passes the question over, and looks the same.
  renewsToken: "some",
  saysHello: false,
  heartbeats: false,
};
/** Dialects of addresses that are kept, of all rooms of an isolate: whoever shares one hears what was encoded once. */
const MAX_KEPT = 1_000;
/** Between the document and the id of one of its sessions. */
const SESSION_SEPARATOR = "\0";
const STRAY = "this socket is for one document";

const kept = new Map<string, BoundDialect>();

/** Of a socket that has not said which address it is about. It can be told nothing yet. */
export const hocuspocus: Dialect = {
  traits: TRAITS,
  decode,
  encode: () => [],
  append: (frames) => frames,
  closeFrame: (reason) => CLOSE_FRAMES[reason],
  bind: (first) => {
    if (isHeartbeat(first)) return ok(undefined);
    const read = readAddress(first);
    return read.ok ? hocuspocusAt(read.value.address) : bad(read.error.reason);
  },
  answerStray: (frame) => answerStray(frame, undefined),
};

/** The dialect of one address; an error where its first part is no document's id. The same object for the same address, mostly. */
export function hocuspocusAt(address: string): Result<BoundDialect, DialectError> {
  const known = kept.get(address);
  if (known !== undefined) {
    // The latest used is the last to go.
    kept.delete(address);
    kept.set(address, known);
    return ok(known);
  }
  const [document = ""] = address.split(SESSION_SEPARATOR, 1);
  const id = parseDocumentId(document);
  if (!id.ok) return bad(id.error.reason);
  const bound = { dialect: dialectAt(address), channel: address, document };
  kept.set(address, bound);
  const [oldest] = kept.keys();
  if (kept.size > MAX_KEPT && oldest !== undefined) kept.delete(oldest);
  return ok(bound);
}

function dialectAt(address: string): Dialect {
  const writer = new AddressWriter(address);
  return {
    traits: TRAITS,
    decode,
    encode: (messages) => messages.flatMap((message) => writer.encode(message)),
    append: (frames, messages) => [...frames, ...messages.flatMap((message) => writer.encode(message))],
    closeFrame: (reason) => CLOSE_FRAMES[reason],
    farewell: (reason, detail) => lastWords(address, reason, detail),
    answerStray: (frame) => answerStray(frame, writer.prefix),
  };
}

function decode(frame: Uint8Array | string): Result<readonly RoomEvent[], DialectError> {
  if (typeof frame === "string") return bad("text where binary is due");
  const read = readAddress(frame);
  if (!read.ok) return bad(read.error.reason);
  try {
    return ok([readEvent(frame, read.value)]);
  } catch (error) {
    return bad(error instanceof Error ? error.message : "unreadable");
  }
}

/** `own` is how every frame of its own address begins. */
function answerStray(frame: Uint8Array | string, own: Uint8Array | undefined): readonly Frame[] | undefined {
  if (typeof frame === "string" || (own !== undefined && startsWith(frame, own))) return undefined;
  if (isHeartbeat(frame)) return [];
  const read = readAddress(frame);
  if (!read.ok) return undefined;
  // Whatever follows needs no answer of its own.
  return isBeginning(frame, read.value) ? [permissionDenied(read.value.address, STRAY)] : [];
}

/** Newer providers come back after any close code, and none shows it: what is final they hear before. */
function lastWords(address: string, reason: CloseReason, detail: string): readonly Frame[] {
  const { code, reason: text } = CLOSE_FRAMES[reason];
  return isFinalCloseCode(code) ? [permissionDenied(address, detail === "" ? text : `${text}: ${detail}`)] : [];
}

function startsWith(frame: Uint8Array, prefix: Uint8Array): boolean {
  return frame.length >= prefix.length && prefix.every((byte, index) => frame[index] === byte);
}

function bad(reason: string): { readonly ok: false; readonly error: DialectError } {
  return err({ tag: "bad-frame", reason });
}
