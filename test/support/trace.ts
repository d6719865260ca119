/**
 * Real editing traces: test/data (its README has the format and the licence).
 * @module
 */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import type * as Y from "yjs";

/** Position, characters deleted, text inserted; positions count code points. */
export type Patch = readonly [position: number, deleted: number, inserted: string];

export type Trace = {
  readonly startContent: string;
  readonly endContent: string;
  readonly txns: readonly { readonly patches: readonly Patch[] }[];
};

const DATA_DIR = join(import.meta.dirname, "../data");

/** Reads `<name>.json.gz`. */
export function readTrace(name: string): Trace {
  const packed = readFileSync(join(DATA_DIR, `${name}.json.gz`));
  // SAFETY: the documented format of these files.
  return JSON.parse(gunzipSync(packed).toString("utf8")) as Trace;
}

/** One transaction of the trace. Only for traces inside the BMP, where code points are UTF-16 units. */
export function applyTransaction(text: Y.Text, patches: readonly Patch[]): void {
  for (const [position, deleted, inserted] of patches) {
    if (deleted > 0) text.delete(position, deleted);
    if (inserted !== "") text.insert(position, inserted);
  }
}
