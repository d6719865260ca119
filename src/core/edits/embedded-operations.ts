/**
 * Images that operations would bring into rich text as their bytes. Rule FE24 of SPEC.md.
 * @module
 */
import { type Doc, XmlElement } from "yjs";
import { type Result, ok } from "../../protocol/result.ts";
import type { Json } from "../document/content-json.ts";
import { rootsOf } from "../document/shared-type.ts";
import { readTree } from "../formats/read-tree.ts";
import { type ElementNode, element, isList } from "../formats/tree.ts";
import { embeddedIn, refuseEmbedded } from "./embedded-images.ts";
import { isShape } from "./make-values.ts";
import type { Misfit } from "./misfit.ts";
import { parsePath, valueAt } from "./slots.ts";

type Operation = { readonly [key: string]: Json };
type Check = (operation: Operation) => Result<void, Misfit>;

/** Asked before each of them is made. What stands in a root now may be written again. */
export function embeddedCheck(doc: Doc, operations: readonly unknown[]): Check {
  if (!/data:/i.test(JSON.stringify(operations))) return () => ok(undefined);
  const standing = embeddedIn(rootsOf(doc).flatMap(([, type]) => readTree(type)));
  return ({ op, path, value }) => {
    if ((op !== "add" && op !== "replace") || value === undefined) return ok(undefined);
    return refuseEmbedded(
      typeof value === "string" ? attributeAt(doc, path, value) : elementsIn(value),
      () => standing,
    );
  };
}

/** Its element with this attribute alone; nothing where the path names none. */
function attributeAt(doc: Doc, path: Json | undefined, value: string): readonly ElementNode[] {
  const steps = parsePath(path);
  if (!steps.ok || steps.value.length < 2) return [];
  const holder = valueAt(doc, steps.value.slice(0, -1));
  if (!holder.ok || !(holder.value instanceof XmlElement)) return [];
  return [element(holder.value.nodeName, { [String(steps.value.at(-1))]: value }, [])];
}

/** Of what has the shape of a shared type (see makeValue); what is plain is no rich text. */
function elementsIn(json: Json): readonly ElementNode[] {
  if (!isShape(json)) return [];
  const { type, name, attributes, children, entries, items, delta } = json;
  switch (type) {
    case "element": {
      const below = listOf(children).flatMap(elementsIn);
      return [element(String(name), isShape(attributes) ? attributes : {}, below)];
    }
    case "text":
      return listOf(delta).flatMap((run) => (isShape(run) && isShape(run["insert"]) ? [embedOf(run["insert"])] : []));
    case "map":
      return isShape(entries) ? Object.values(entries).flatMap(elementsIn) : [];
    case "array":
      return listOf(items).flatMap(elementsIn);
    default:
      return [];
  }
}

/** Quill has the address of an image under this name. */
function embedOf(embed: { readonly [key: string]: Json }): ElementNode {
  return element("image" in embed ? "image" : "embed", embed, []);
}

function listOf(json: Json | undefined): readonly Json[] {
  return json !== undefined && isList(json) ? json : [];
}
