/**
 * The whole document for a reader outside: bytes, JSON or plain text.
 * @module
 */
import { finish } from "../steps.ts";
import { type DocumentBytes, mergeDocument } from "./compaction.ts";
import { toJson } from "./content-json.ts";
import { toText } from "./content-text.ts";
import { hydrate } from "./hydrate.ts";
import { joinParts } from "./whole-update.ts";

const encoder = new TextEncoder();

/** One V1 update without building the document, or UTF-8 of its JSON or text, which does build it. */
export function readDocument(input: DocumentBytes, format: "update" | "json" | "text"): Uint8Array {
  if (format === "update") {
    const { parts, deleteSet } = mergeDocument(input);
    return finish(joinParts(() => parts, deleteSet));
  }
  const { doc } = hydrate(input.parts, input.rows);
  try {
    return encoder.encode(format === "json" ? JSON.stringify(toJson(doc)) : toText(doc));
  } finally {
    doc.destroy();
  }
}
