/**
 * Recorded editing histories, beside the repository: `{startContent, endContent, txns: [{patches: [[at, deleted, inserted]]}]}`.
 * @module
 */
import { existsSync, readFileSync } from "node:fs";
import { gunzipSync } from "node:zlib";
import * as Y from "yjs";

export const isLong = process.env["ROOST_LONG"] === "1";

export type Trace = {
  readonly startContent: string;
  readonly endContent: string;
  readonly txns: readonly { readonly patches: readonly (readonly [at: number, deleted: number, inserted: string])[] }[];
};

const FOLDER = new URL("../../../shared/data/", import.meta.url);

/** Whether the recording is on this machine. */
export function hasTrace(name: string): boolean {
  return existsSync(new URL(`${name}.json.gz`, FOLDER));
}

export function readTrace(name: string): Trace {
  const bytes = gunzipSync(readFileSync(new URL(`${name}.json.gz`, FOLDER)));
  // SAFETY: the documented format of these files.
  return JSON.parse(bytes.toString("utf8")) as Trace;
}

/** One update per recorded transaction, of one client, on the text `text`. For recordings without characters beyond U+FFFF. */
export function traceUpdates(trace: Trace): Uint8Array[] {
  const doc = new Y.Doc();
  const text = doc.getText("text");
  const updates: Uint8Array[] = [];
  doc.on("update", (update: Uint8Array) => updates.push(update));
  if (trace.startContent !== "") text.insert(0, trace.startContent);
  for (const { patches } of trace.txns) {
    doc.transact(() => {
      for (const [at, deleted, inserted] of patches) {
        if (deleted > 0) text.delete(at, deleted);
        if (inserted !== "") text.insert(at, inserted);
      }
    });
  }
  return updates;
}
