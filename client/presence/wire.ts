/**
 * The bytes of `roost.presence.v1` as a page needs them: it writes what clients say and reads what servers say. The grammar of
 * PRESENCE.md as two tables, and no lib0: what the server uses, src/protocol, would be a fifth of a whole widget. Tests hold the two
 * together.
 * @module
 */
import type { Rights } from "../../src/protocol/messages.ts";
import type { ActorId, Pace, Person, PresenceWelcome } from "../../src/protocol/presence-messages.ts";
import { toUtf8 } from "./utf8.ts";

/** What a client says: the number of the message, then its fields. JSON is a text already. */
export type Said =
  | readonly [hello: 0, version: number, json: string]
  | readonly [state: 1, key: string, json: string]
  | readonly [anchor: 3, anchor: number, x: number, y: number]
  | readonly [gone: 4]
  | readonly [typing: 5, where: string]
  | readonly [event: 6, name: string, json: string]
  | readonly [status: 7, status: number]
  | readonly [view: 8, top: number, bottom: number, follows: number]
  | readonly [bye: 9]
  | readonly [token: 10, token: string]
  | readonly [read: 11, ask: number];

/** What a server says. */
export type Heard =
  | readonly [welcome: 0, PresenceWelcome]
  | readonly [person: 1, ActorId, Person]
  | readonly [left: 2, ActorId]
  | readonly [state: 3, ActorId, key: string, json: string]
  | readonly [cursor: 4, ActorId, x: number, y: number]
  | readonly [anchor: 5, ActorId, anchor: number, x: number, y: number]
  | readonly [gone: 6, ActorId]
  | readonly [typing: 7, ActorId, where: string]
  | readonly [event: 8, ActorId, name: string, json: string]
  | readonly [status: 9, ActorId, status: number]
  | readonly [counts: 10, people: number, connections: number]
  | readonly [pace: 11, Pace]
  | readonly [tally: 12, name: string, times: number]
  | readonly [reset: 13]
  | readonly [tokenWanted: 14, seconds: number]
  | readonly [rights: 15, Rights];

/** Per message the bytes of its numbers: 0 for a varUint. Texts are told by their type. */
const SIZES = ["0", "", "22", "422", "", "", "", "0", "220", "", "", "0"];
/** Per message the kinds of its fields: `v` varUint, `s` string, `j` string of JSON, `h` u16, `w` u32. */
const KINDS = ["j", "vj", "v", "vss", "vhh", "vwhh", "v", "vs", "vss", "vv", "vv", "j", "sv", "", "v", "j"];

const decoder = /* @__PURE__ */ new TextDecoder();

export function encodeFrame(messages: readonly Said[]): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  const writeVarUint = (value: number) => {
    if (value > 127) {
      bytes.push((value % 128) + 128);
      writeVarUint(Math.floor(value / 128));
    } else bytes.push(value);
  };
  for (const [type, ...fields] of messages) {
    writeVarUint(type);
    for (const [index, field] of fields.entries()) {
      if (typeof field === "string") {
        const text = toUtf8(field);
        writeVarUint(text.length);
        for (const byte of text) bytes.push(byte);
        continue;
      }
      const size = Number(SIZES[type]?.[index]);
      if (size === 0) writeVarUint(field);
      for (let at = 0; at < size; at += 1) bytes.push((field >>> (8 * at)) & 255);
    }
  }
  return new Uint8Array(bytes);
}

/** Throws on bytes that are not of the grammar. */
export function decodeFrame(frame: Uint8Array): readonly Heard[] {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  let at = 0;
  const skip = (bytes: number) => (at += bytes) - bytes;
  const readVarUint = (): number => {
    const byte = view.getUint8(skip(1));
    return byte < 128 ? byte : byte - 128 + 128 * readVarUint();
  };
  const readText = () => {
    const length = readVarUint();
    // Throws where the frame ends before the text does.
    return decoder.decode(new DataView(frame.buffer, frame.byteOffset + skip(length), length));
  };
  const read: Readonly<Record<string, () => unknown>> = {
    v: readVarUint,
    s: readText,
    j: () => JSON.parse(readText()),
    h: () => view.getUint16(skip(2), true),
    w: () => view.getUint32(skip(4), true),
  };
  const messages: Heard[] = [];
  while (at < frame.length) {
    const type = readVarUint();
    const kinds = KINDS[type];
    if (kinds === undefined) throw new RangeError("unknown message");
    const message: unknown = [type, ...Array.from(kinds, (kind) => read[kind]?.())];
    // SAFETY: the table has the kinds of each message's fields; the server writes what they say.
    messages.push(message as Heard);
  }
  return messages;
}
