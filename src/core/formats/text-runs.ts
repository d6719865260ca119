/**
 * Text of a hydrated document in runs of one format each.
 * @module
 */
import { type Json, jsonOf } from "../document/content-json.ts";
import { type SharedType, listOf } from "../document/shared-type.ts";
import type { Attributes } from "./tree.ts";

/** What stands in a text instead of characters; counts as one. */
export type Embed =
  | { readonly kind: "embed"; readonly value: Json }
  | { readonly kind: "type"; readonly type: SharedType };

export type Run = { readonly insert: string | Embed; readonly attributes: Attributes };

/** In order; adjacent strings of one format are one run. */
export function runsOf(type: SharedType): readonly Run[] {
  const runs: Run[] = [];
  const formats = new Map<string, Json>();
  let text = "";
  const push = (insert: string | Embed): void => {
    runs.push({ insert, attributes: Object.fromEntries(formats) });
  };
  const flush = (): void => {
    if (text !== "") push(text);
    text = "";
  };
  for (const content of listOf(type)) {
    if (content.kind === "string") {
      text += content.text;
      continue;
    }
    flush();
    if (content.kind === "format") {
      if (content.value === null) formats.delete(content.key);
      else formats.set(content.key, jsonOf(content.value));
    } else if (content.kind === "embed") push({ kind: "embed", value: jsonOf(content.value) });
    else if (content.kind === "type") push({ kind: "type", type: content.type });
    else if (content.kind === "values")
      for (const value of content.values) push({ kind: "embed", value: jsonOf(value) });
  }
  flush();
  return runs;
}
