/**
 * The bytes of `roost.presence.v1` as a page needs them: it writes what clients say and reads what servers say. The grammar of
 * PRESENCE.md as a table, and no lib0: src/protocol, which the server uses, would be a fifth of a whole widget. Tests hold the two
 * together.
 * @module
 */
import {
  type Hello,
  PERSON_STATUSES,
  type PersonStatus,
  type PresenceServerMessage,
} from "../../src/protocol/presence-messages.ts";

export type OutgoingMessage =
  | { readonly type: "hello"; readonly version: number; readonly hello: Hello }
  | { readonly type: "state"; readonly key: string; readonly json: string }
  | { readonly type: "cursor"; readonly x: number; readonly y: number }
  | { readonly type: "anchor"; readonly anchor: number; readonly x: number; readonly y: number }
  | { readonly type: "gone" }
  | { readonly type: "typing"; readonly where: string }
  | { readonly type: "event"; readonly name: string; readonly json: string }
  | { readonly type: "status"; readonly status: PersonStatus }
  | { readonly type: "view"; readonly top: number; readonly bottom: number; readonly follows: number }
  | { readonly type: "bye" }
  | { readonly type: "token"; readonly token: string };

/** One row per message in the order of its number: its name, then kind and name of each field. */
const parseTable = (text: string): readonly (readonly string[])[] => text.split(";").map((row) => row.split(" "));

/** Kinds: `v` varUint, `s` string, `j` string of JSON, `h` u16, `w` u32, `e` status. */
const CLIENT = /* @__PURE__ */ parseTable(
  "hello vversion jhello;state skey sjson;cursor hx hy;anchor wanchor hx hy;gone;typing swhere;event sname sjson;" +
    "status estatus;view htop hbottom vfollows;bye;token stoken",
);
const SERVER = /* @__PURE__ */ parseTable(
  "welcome jwelcome;person vactor jperson;left vactor;state vactor skey sjson;cursor vactor hx hy;" +
    "cursor vactor wanchor hx hy;gone vactor;typing vactor swhere;event vactor sname sjson;status vactor estatus;" +
    "counts vpeople vconnections;pace jpace;tally sname vtimes;reset;token-wanted vseconds;rights jrights",
);

const encoder = /* @__PURE__ */ new TextEncoder();
const decoder = /* @__PURE__ */ new TextDecoder();

export function encodeFrame(messages: readonly OutgoingMessage[]): Uint8Array<ArrayBuffer> {
  const bytes: number[] = [];
  const writeVarUint = (value: number) => {
    let rest = value;
    for (; rest > 127; rest = Math.floor(rest / 128)) bytes.push((rest % 128) + 128);
    bytes.push(rest);
  };
  const writeText = (text: string) => {
    const encoded = encoder.encode(text);
    writeVarUint(encoded.length);
    for (const byte of encoded) bytes.push(byte);
  };
  const write: Readonly<Record<string, (value: never) => void>> = {
    v: writeVarUint,
    s: writeText,
    j: (value) => writeText(JSON.stringify(value)),
    h: (value: number) => bytes.push(value & 255, value >> 8),
    w: (value: number) => bytes.push(value & 255, (value >> 8) & 255, (value >> 16) & 255, value >>> 24),
    e: (value: PersonStatus) => writeVarUint(PERSON_STATUSES.indexOf(value)),
  };
  for (const message of messages) {
    const number = CLIENT.findIndex(([type]) => type === message.type);
    writeVarUint(number);
    for (const field of CLIENT[number]?.slice(1) ?? []) {
      // SAFETY: the table has the fields of the message's type, and their kinds.
      write[field.charAt(0)]?.(message[field.slice(1) as keyof OutgoingMessage] as never);
    }
  }
  return new Uint8Array(bytes);
}

/** Throws on bytes that are not of the grammar. */
export function decodeFrame(frame: Uint8Array): readonly PresenceServerMessage[] {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.length);
  let at = 0;
  const skip = (bytes: number) => (at += bytes) - bytes;
  const readVarUint = () => {
    let value = 0;
    for (let factor = 1; ; factor *= 128) {
      const byte = view.getUint8(skip(1));
      value += (byte & 127) * factor;
      if (byte < 128) return value;
    }
  };
  const readText = () => {
    const length = readVarUint();
    const start = skip(length);
    if (at > frame.length) throw new RangeError("a text is cut off");
    return decoder.decode(frame.subarray(start, at));
  };
  const read: Readonly<Record<string, () => unknown>> = {
    v: readVarUint,
    s: readText,
    j: () => JSON.parse(readText()),
    h: () => view.getUint16(skip(2), true),
    w: () => view.getUint32(skip(4), true),
    e: () => PERSON_STATUSES[readVarUint()],
  };
  const messages: PresenceServerMessage[] = [];
  while (at < frame.length) {
    const [type, ...fields] = SERVER[readVarUint()] ?? [];
    if (type === undefined) throw new RangeError("unknown message");
    const entries = fields.map((field) => [field.slice(1), read[field.charAt(0)]?.()]);
    // SAFETY: the table has the fields of each type, and their kinds; the server writes what they say.
    messages.push({ type, ...Object.fromEntries(entries) } as PresenceServerMessage);
  }
  return messages;
}
