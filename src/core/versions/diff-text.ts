/**
 * A diff as people read it: lines with `+` and `-`, and who wrote the new ones.
 * @module
 */
import { type Line, type Source, linesOf } from "./content-lines.ts";
import { creditRuns } from "./credit-runs.ts";
import { matchSequences } from "./match-sequences.ts";
import type { Credits } from "./shapes.ts";
import type { DocumentTree, Run, TypeNode } from "./typed-tree.ts";

/** Unchanged lines shown around what changed. */
const CONTEXT_LINES = 2;

/**
 * For each root that differs a heading `@@ name`, then its changed lines amid a little context: `  same`, `- gone`, `+ new  (alice)`,
 * or one `~` line where no line of it does. Authors are those of the structs in the line that the older document lacks.
 */
export function diffText(from: DocumentTree, to: DocumentTree, credits: Credits | undefined): string {
  const known = new KnownStructs(from);
  const blocks: string[] = [];
  for (const name of [...new Set([...from.keys(), ...to.keys()])].sort()) {
    const [before, after] = [from.get(name), to.get(name)];
    if (before?.contentId === after?.contentId) continue;
    const lines = diffLines(before, after, (line) => authorsOf(line, known, credits));
    if (lines.length > 0) blocks.push([`@@ ${name}`, ...lines].join("\n"));
  }
  return blocks.join("\n");
}

type Shown = { readonly text: string; readonly isChange: boolean };

function diffLines(
  before: TypeNode | undefined,
  after: TypeNode | undefined,
  authors: (line: Line) => string,
): readonly string[] {
  const [older, newer] = [before, after].map((node) => (node === undefined ? [] : linesOf(node)));
  const shown: Shown[] = [];
  const [ours, theirs] = [older ?? [], newer ?? []];
  const ids = new Map<string, number>();
  let at = { from: 0, to: 0 };
  const end = { from: ours.length, to: theirs.length, length: 0 };
  for (const match of [...matchSequences(numbered(ours, ids), numbered(theirs, ids)), end]) {
    for (const { text } of ours.slice(at.from, match.from)) shown.push({ text: `- ${text}`, isChange: true });
    for (const line of theirs.slice(at.to, match.to)) {
      shown.push({ text: `+ ${line.text}${authors(line)}`, isChange: true });
    }
    for (const { text } of theirs.slice(match.to, match.to + match.length)) {
      shown.push({ text: `  ${text}`, isChange: false });
    }
    at = { from: match.from + match.length, to: match.to + match.length };
  }
  if (shown.length > 0 && !shown.some(({ isChange }) => isChange)) return ["~ formats or attributes only"];
  return withContext(shown);
}

function numbered(lines: readonly Line[], ids: Map<string, number>): Uint32Array {
  return Uint32Array.from(lines, ({ text }) => {
    const id = ids.get(text) ?? ids.size;
    ids.set(text, id);
    return id;
  });
}

function withContext(shown: readonly Shown[]): readonly string[] {
  const lines: string[] = [];
  let last = -1;
  for (const [at, { isChange }] of shown.entries()) {
    if (!isChange) continue;
    const start = Math.max(last + 1, at - CONTEXT_LINES);
    if (start > last + 1) lines.push("  …");
    // Context behind the change too, up to the next.
    let end = at;
    while (end + 1 < shown.length && end < at + CONTEXT_LINES && shown[end + 1]?.isChange === false) end += 1;
    for (const { text } of shown.slice(start, end + 1)) lines.push(text);
    last = Math.max(last, end);
  }
  if (last >= 0 && last + 1 < shown.length) lines.push("  …");
  return lines;
}

function authorsOf({ sources }: Line, known: KnownStructs, credits: Credits | undefined): string {
  if (credits === undefined) return "";
  const users = new Set<string>();
  for (const source of sources) {
    for (const part of known.newIn(source)) {
      for (const { credit } of creditRuns(credits, part)) if (credit.user !== "") users.add(credit.user);
    }
  }
  return users.size === 0 ? "" : `  (${[...users].join(", ")})`;
}

/** Which structs are live in a document. */
class KnownStructs {
  readonly #ranges = new Map<number, Source[]>();

  constructor(tree: DocumentTree) {
    const open: TypeNode[] = [...tree.values()];
    for (let node = open.pop(); node !== undefined; node = open.pop()) {
      for (const run of node.runs) this.#add(run, open);
      for (const run of node.entries.values()) this.#add(run, open);
    }
    for (const ranges of this.#ranges.values()) ranges.sort((a, b) => a.clock - b.clock);
  }

  /** What of these structs is not. */
  *newIn({ client, clock, length }: Source): Generator<Source> {
    const end = clock + length;
    let at = clock;
    const ranges = this.#ranges.get(client) ?? [];
    for (let index = firstBehind(ranges, clock); index < ranges.length; index += 1) {
      const range = ranges[index];
      if (range === undefined || range.clock >= end) break;
      if (range.clock > at) yield { client, clock: at, length: range.clock - at };
      at = Math.max(at, range.clock + range.length);
    }
    if (at < end) yield { client, clock: at, length: end - at };
  }

  #add({ client, clock, length, node }: Run, open: TypeNode[]): void {
    const ranges = this.#ranges.get(client);
    if (ranges === undefined) this.#ranges.set(client, [{ client, clock, length }]);
    else ranges.push({ client, clock, length });
    if (node !== undefined) open.push(node);
  }
}

/** The first range that ends behind `clock`. */
function firstBehind(ranges: readonly Source[], clock: number): number {
  let low = 0;
  let high = ranges.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const range = ranges[middle];
    if (range !== undefined && range.clock + range.length <= clock) low = middle + 1;
    else high = middle;
  }
  return low;
}
