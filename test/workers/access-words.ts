/**
 * What a room says to a socket, as words that are the same in every dialect of documents.
 * @module
 */
import * as decoding from "lib0/decoding";
import { type AwarenessEntry, decodeAwareness } from "../../src/core/presence/awareness-codec.ts";
import { decodeServerFrame } from "../../src/protocol/frames.ts";
import { HOCUSPOCUS, HOCUSPOCUS_AUTH } from "../../src/protocol/hocuspocus-address.ts";
import type { Dialect, Frame } from "./access-sockets.ts";

/** `denied` is the word of the stock families for refused; what is about another address than the socket's ends in ` at <it>`. */
export type Heard = { readonly word: string; readonly awareness: readonly AwarenessEntry[] };

const SYNC_WORDS = ["sync-step-1", "sync-step-2", "update"];
const Y_SWEET_MARK = 102;

/** The words of one frame that a socket about the document of that id heard. */
export function hear(dialect: Dialect, frame: Frame, id: string): readonly Heard[] {
  if (typeof frame === "string") return [{ word: `text ${frame}`, awareness: [] }];
  if (dialect === "roost") return hearRoost(frame);
  const decoder = decoding.createDecoder(frame);
  return [dialect === "hocuspocus" ? hearHocuspocus(decoder, id) : hearYjs(decoder)];
}

function hearRoost(frame: Uint8Array): readonly Heard[] {
  const decoded = decodeServerFrame(frame);
  if (!decoded.ok) throw new Error(decoded.error.reason);
  return decoded.value.map((message) => ({
    word: message.type,
    awareness: message.type === "awareness" ? entriesOf(message.update) : [],
  }));
}

function hearYjs(decoder: decoding.Decoder): Heard {
  const type = decoding.readVarUint(decoder);
  if (type === 0) return { word: SYNC_WORDS[decoding.readVarUint(decoder)] ?? "", awareness: [] };
  if (type === 1) return { word: "awareness", awareness: entriesOf(decoding.readVarUint8Array(decoder)) };
  if (type === Y_SWEET_MARK) return { word: `mark ${decoding.readVarUint8Array(decoder).join()}`, awareness: [] };
  return { word: type === 2 ? "denied" : `message ${type}`, awareness: [] };
}

function hearHocuspocus(decoder: decoding.Decoder, id: string): Heard {
  const address = decoding.readVarString(decoder);
  const where = address === id ? "" : ` at ${address}`;
  const bodyAt = decoder.pos;
  const type = decoding.readVarUint(decoder);
  switch (type) {
    case HOCUSPOCUS.sync:
    case HOCUSPOCUS.awareness: {
      decoder.pos = bodyAt;
      const { word, awareness } = hearYjs(decoder);
      return { word: `${word}${where}`, awareness };
    }
    case HOCUSPOCUS.auth:
      return { word: `${authWord(decoder)}${where}`, awareness: [] };
    case HOCUSPOCUS.stateless:
      return { word: `text ${decoding.readVarString(decoder)}${where}`, awareness: [] };
    case HOCUSPOCUS.syncStatus:
      return { word: `${decoding.readVarUint(decoder) === 1 ? "ack" : "refused"}${where}`, awareness: [] };
    default:
      return { word: `message ${type}${where}`, awareness: [] };
  }
}

function authWord(decoder: decoding.Decoder): string {
  const kind = decoding.readVarUint(decoder);
  if (kind === HOCUSPOCUS_AUTH.token) return "token-wanted";
  if (kind === HOCUSPOCUS_AUTH.denied) return "denied";
  return `rights ${decoding.readVarString(decoder)}`;
}

function entriesOf(update: Uint8Array): readonly AwarenessEntry[] {
  const decoded = decodeAwareness(update);
  return decoded.ok ? decoded.value : [];
}
