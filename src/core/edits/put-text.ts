/**
 * A text as Quill keeps it made the lines of a tree, by the least that has to change. Rule FE11 of SPEC.md.
 * @module
 */
import type { Text } from "yjs";
import { type Result, ok } from "../../protocol/result.ts";
import type { Json } from "../document/content-json.ts";
import { linesToTree } from "../formats/quill-tree.ts";
import { type Line, readLines } from "../formats/quill-lines.ts";
import { treeToLines } from "../formats/quill-write.ts";
import { type Run, runsOf } from "../formats/text-runs.ts";
import { type Attributes, type TreeNode, type Unreadable, canonical } from "../formats/tree.ts";
import { markRoleOf } from "../formats/vocabulary.ts";
import { alignBlocks } from "./align-blocks.ts";
import { type Formatting, MARKDOWN } from "./governance.ts";
import { embedKey } from "./put-line.ts";
import { type Unit, type UnitStep, diffUnits } from "./unit-diff.ts";

type Piece = { readonly insert: string | Run["insert"]; readonly attributes: Attributes };
type Step = UnitStep<Piece, Piece>;

/** Formats of a line that the blocks of a tree say; an alignment or direction stays as it is. */
const SAID = new Set(["header", "list", "indent", "blockquote", "code-block"]);

/** Or which block has no line in a text. */
export function putText(text: Text, nodes: readonly TreeNode[]): Result<void, Unreadable> {
  const wanted = treeToLines(nodes);
  if (!wanted.ok) return wanted;
  const standing = readLines(runsOf(text));
  const steps = stepsOf(standing, wanted.value);
  const isOpen = standing.length > 0 && !endsWithBreak(text);
  const delta = deltaOf(isOpen ? withOpenEnd(steps) : steps);
  if (delta.some((op) => !("retain" in op) || op.attributes !== undefined)) text.applyDelta(delta);
  return ok(undefined);
}

function endsWithBreak(text: Text): boolean {
  const last = runsOf(text).at(-1)?.insert;
  return typeof last === "string" && last.endsWith("\n");
}

function stepsOf(standing: readonly Line[], wanted: readonly Line[]): readonly Step[] {
  const steps = alignBlocks(standing.map(blockOf), wanted.map(blockOf));
  return steps.flatMap((step): readonly Step[] => {
    const from = "from" in step ? unitsOf(standing[step.from]) : [];
    const to = "to" in step ? unitsOf(wanted[step.to]) : [];
    if (step.do === "edit") return diffUnits(from, to);
    if (step.do === "insert") return to.map(({ of }) => ({ do: "insert", to: of }));
    if (step.do === "delete") return from.map(({ of }) => ({ do: "delete", from: of }));
    return from.map(({ of }) => ({ do: "keep", from: of, to: of }));
  });
}

function blockOf(line: Line) {
  const block = MARKDOWN.blockOf(linesToTree([line]));
  return { ...block, kind: "line" };
}

/** The line break that ends a line is one of its characters. */
function unitsOf(line: Line | undefined): readonly Unit<Piece>[] {
  if (line === undefined) return [];
  const units = line.runs.flatMap(({ insert, attributes }): readonly Unit<Piece>[] => {
    if (typeof insert !== "string") return [{ key: embedKey(insert), of: { insert, attributes } }];
    return Array.from(insert, (key) => ({ key, of: { insert: key, attributes } }));
  });
  return [...units, { key: "\n", of: { insert: "\n", attributes: line.attributes } }];
}

/** What stands does not end with a line break: the last one of the standing lines is none yet, and the last of all stays none. */
function withOpenEnd(steps: readonly Step[]): readonly Step[] {
  const open = steps.findLastIndex((step) => step.do !== "insert");
  const last = steps.findLastIndex((step) => step.do !== "delete");
  return steps.flatMap((step, index): readonly Step[] => {
    if (index === open && index === last) return [];
    if (index === open) return step.do === "keep" ? [{ do: "insert", to: step.to }] : [];
    if (index !== last) return [step];
    return step.do === "keep" ? [{ do: "delete", from: step.from }] : [];
  });
}

type DeltaOp =
  | { readonly retain: number; readonly attributes?: Formatting }
  | { readonly insert: Json; readonly attributes: Attributes }
  | { readonly delete: number };

function deltaOf(steps: readonly Step[]): DeltaOp[] {
  const ops: DeltaOp[] = [];
  for (const step of steps) {
    const op = opOf(step);
    const before = ops.at(-1);
    const joined = before === undefined ? undefined : join(before, op);
    if (joined === undefined) ops.push(op);
    else ops[ops.length - 1] = joined;
  }
  return ops;
}

function opOf(step: Step): DeltaOp {
  if (step.do === "insert") {
    const { insert, attributes } = step.to;
    if (typeof insert === "string") return { insert, attributes };
    return { insert: insert.kind === "embed" ? insert.value : {}, attributes };
  }
  const length = typeof step.from.insert === "string" ? step.from.insert.length : 1;
  if (step.do === "delete") return { delete: length };
  const attributes = changeOf(step.from, step.to);
  return Object.keys(attributes).length === 0 ? { retain: length } : { retain: length, attributes };
}

function changeOf(from: Piece, to: Piece): Formatting {
  const change: Record<string, Json> = {};
  const isSaid = (key: string) => (from.insert === "\n" ? SAID.has(key) : markRoleOf(key) !== undefined);
  for (const key of Object.keys(from.attributes)) {
    if (isSaid(key) && !Object.hasOwn(to.attributes, key)) change[key] = null;
  }
  for (const [key, value] of Object.entries(to.attributes)) {
    const before = from.attributes[key];
    if (isSaid(key) && (before === undefined || canonical(before) !== canonical(value))) change[key] = value;
  }
  return change;
}

function join(a: DeltaOp, b: DeltaOp): DeltaOp | undefined {
  if ("delete" in a && "delete" in b) return { delete: a.delete + b.delete };
  if ("insert" in a && "insert" in b) {
    const isText = typeof a.insert === "string" && typeof b.insert === "string";
    if (!isText || canonical(a.attributes) !== canonical(b.attributes)) return undefined;
    return { insert: `${a.insert}${b.insert}`, attributes: a.attributes };
  }
  if (!("retain" in a) || !("retain" in b)) return undefined;
  if (canonical(a.attributes ?? {}) !== canonical(b.attributes ?? {})) return undefined;
  return { ...a, retain: a.retain + b.retain };
}
