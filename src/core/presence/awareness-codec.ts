/**
 * The awareness update of y-protocols as plain entries: `varUint(n) • n × (varUint(client) varUint(clock) string(JSON))`.
 * y-protocols' own class is never used here: it starts an interval, and an interval keeps the room awake.
 * @module
 */
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import { readText } from "../../protocol/bounded.ts";
import { MAX_AWARENESS_BYTES, MAX_AWARENESS_ENTRIES } from "../../protocol/limits.ts";
import { type Result, err, ok } from "../../protocol/result.ts";

export type AwarenessEntry = {
  readonly client: number;
  readonly clock: number;
  /** JSON text of an object, or null: the client shows nothing. */
  readonly state: string | null;
};

export type BadAwareness = { readonly tag: "bad-awareness"; readonly reason: string };

/** Clocks count one person's changes; above this a frame is hostile, and clock + 1 must stay a safe integer. */
const MAX_CLOCK = 2 ** 48;

/** Every entry of an awareness update. States are checked to be JSON only when used: {@link isState}. */
export function decodeAwareness(update: Uint8Array): Result<readonly AwarenessEntry[], BadAwareness> {
  const decoder = decoding.createDecoder(update);
  const entries: AwarenessEntry[] = [];
  try {
    const count = decoding.readVarUint(decoder);
    if (count > MAX_AWARENESS_ENTRIES) return bad("too many clients in one awareness frame");
    for (let index = 0; index < count; index++) {
      const client = decoding.readVarUint(decoder);
      const clock = decoding.readVarUint(decoder);
      if (clock > MAX_CLOCK) return bad("an awareness clock is absurd");
      const state = readText(decoder);
      entries.push({ client, clock, state: state === "null" ? null : state });
    }
  } catch (error) {
    return bad(error instanceof Error ? error.message : "unreadable");
  }
  return decoding.hasContent(decoder) ? bad("bytes after the last entry") : ok(entries);
}

/** An awareness update of these entries. */
export function encodeAwareness(entries: readonly AwarenessEntry[]): Uint8Array {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, entries.length);
  for (const { client, clock, state } of entries) {
    encoding.writeVarUint(encoder, client);
    encoding.writeVarUint(encoder, clock);
    encoding.writeVarString(encoder, state ?? "null");
  }
  return encoding.toUint8Array(encoder);
}

/** True for JSON text of an object: every receiver parses it, so anything else would throw in their page. */
export function isState(text: string): boolean {
  if (!text.startsWith("{")) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

/** True when the state is at most MAX_AWARENESS_BYTES of UTF-8, as it goes over the wire and into the socket attachment. */
export function fitsAwareness(state: string): boolean {
  if (state.length > MAX_AWARENESS_BYTES) return false;
  return state.length * 3 <= MAX_AWARENESS_BYTES || utf8Length(state) <= MAX_AWARENESS_BYTES;
}

function utf8Length(text: string): number {
  let bytes = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    // A surrogate pair is four bytes, two for each half.
    bytes += unit < 0x80 ? 1 : unit < 0x800 || (unit >= 0xd800 && unit < 0xe000) ? 2 : 3;
  }
  return bytes;
}

function bad(reason: string): { readonly ok: false; readonly error: BadAwareness } {
  return err({ tag: "bad-awareness", reason });
}
