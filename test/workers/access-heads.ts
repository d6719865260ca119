/**
 * How frames begin, by which a family tells its messages apart: those that its dialect reads, and those of the samples.
 * @module
 */
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import type { Dialect as Wire } from "../../src/core/events.ts";
import { documentDialect } from "../../src/rooms/document-dialects.ts";
import { type Sample, samplesOf } from "./access-samples.ts";
import type { Dialect, Frame } from "./access-sockets.ts";

const ADDRESS = "a";
const ABOUT = { id: ADDRESS, token: "", client: 1, words: "words" };
/** Below 128 each is one byte; no family has a type above. */
const TYPES = 128;
const SYNC_TYPES = 8;
const UNKNOWN = /unknown (sync )?message type|no client sends messages of type/;

/** `<type>`, and of a family that has one type for all of sync `0/<kind>`, for whatever its dialect has a reader. */
export function headsRead(dialect: Dialect): readonly string[] {
  const heads = Array.from({ length: TYPES }, (_none, type) =>
    hasKinds(dialect, type) ? Array.from({ length: SYNC_TYPES }, (_kind, kind) => [type, kind]) : [[type]],
  );
  return heads
    .flat()
    .filter((head) => {
      const decoded = wireOf(dialect).decode(addressed(dialect, head));
      return decoded.ok || !UNKNOWN.test(decoded.error.reason);
    })
    .map((head) => head.join("/"))
    .toSorted();
}

/** The same of its samples, but for those that it does not read. */
export function headsShown(dialect: Dialect): readonly string[] {
  const frames = Object.values(samplesOf(dialect)).map((sample) => sample(ABOUT));
  const read = frames.filter((frame) => wireOf(dialect).decode(frame).ok);
  return [...new Set(read.flatMap((frame) => headOf(dialect, frame)))].toSorted();
}

/** What a room hears when the sample comes: the type of its event, or that it is no frame. */
export function heardAs(dialect: Dialect, sample: Sample): string {
  const decoded = wireOf(dialect).decode(sample(ABOUT));
  return decoded.ok ? decoded.value.map(({ type }) => type).join() : "malformed";
}

function wireOf(dialect: Dialect): Wire {
  const wire = documentDialect({ dialect, channel: ADDRESS });
  if (wire === undefined) throw new Error(`no room speaks ${dialect}`);
  return wire;
}

function hasKinds(dialect: Dialect, type: number | undefined): boolean {
  return dialect !== "roost" && type === 0;
}

/** With a body of zeros: enough for any message to be read, or to fail further in. */
function addressed(dialect: Dialect, head: readonly number[]): Uint8Array {
  const encoder = encoding.createEncoder();
  if (dialect === "hocuspocus") encoding.writeVarString(encoder, ADDRESS);
  for (const number of [...head, 0, 0, 0]) encoding.writeUint8(encoder, number);
  return encoding.toUint8Array(encoder);
}

function headOf(dialect: Dialect, frame: Frame): readonly string[] {
  if (typeof frame === "string") return [];
  const decoder = decoding.createDecoder(frame);
  if (dialect === "hocuspocus") decoding.readVarString(decoder);
  const type = decoding.readVarUint(decoder);
  return [hasKinds(dialect, type) ? `${type}/${decoding.readVarUint(decoder)}` : String(type)];
}
