import { isDeepStrictEqual } from "node:util";
import { describe, expect, test } from "vitest";
import { type Json, toJson } from "../../src/core/document/content-json.ts";
import type { DocumentBytes } from "../../src/core/document/compaction.ts";
import { hydrate } from "../../src/core/document/hydrate.ts";
import { diffDocuments } from "../../src/core/versions/diff.ts";
import type { Credit, TypeChange } from "../../src/core/versions/shapes.ts";
import { applyDiff } from "../support/apply-diff.ts";
import { isLong } from "./traces.ts";
import { TestCredits, VersionsWorld } from "./versions-world.ts";
import { forSeeds } from "./worlds.ts";

const RUNS = isLong ? 2_000 : 150;

describe("differences between versions", () => {
  test("[HV5] applied to the content of the one document, a diff gives that of the other, in both directions", () => {
    forSeeds(RUNS, (seed) => {
      const world = new VersionsWorld(seed);
      world.edit(world.random.below(60));
      const from = world.snapshot();
      world.edit(world.random.below(60));
      const to = world.snapshot();
      for (const [a, b] of [
        [from, to],
        [to, from],
      ] as const) {
        const { changes, text } = diffDocuments(a, b);
        const made = JSON.parse(JSON.stringify(applyDiff(treeOf(a), { changes })));
        expect(joined(made)).toEqual(joined(treeOf(b)));
        expect(text === "").toBe(changes.every(({ kind }) => kind === "root"));
      }
      expect(diffDocuments(to, to)).toEqual({ changes: [], text: "" });
    });
  });

  test("[HV6] what is new is credited to who sent it", () => {
    forSeeds(RUNS, (seed) => {
      const world = new VersionsWorld(seed);
      world.edit(world.random.below(40));
      world.comeBackAll();
      const from = world.snapshot();
      const rows = world.rows.length;
      world.edit(5 + world.random.below(20));
      const senders = new Set(world.rows.slice(rows).flatMap(({ updates }) => updates.map(({ user }) => user)));
      const { changes } = diffDocuments(from, world.snapshot(), new TestCredits(world.rows));
      for (const { user, atMs } of changes.flatMap(creditsOf)) {
        expect(senders).toContain(user);
        expect(atMs).toBeGreaterThan(rows * 1_000);
      }
    });
  });
});

function treeOf({ parts, rows }: DocumentBytes): { readonly [root: string]: Json } {
  return JSON.parse(JSON.stringify(toJson(hydrate(parts, rows).doc)));
}

/** Deltas of JSON with what redundant formats keep apart joined. */
function joined(node: Json): Json {
  if (typeof node !== "object" || node === null) return node;
  if (Array.isArray(node)) return node.map(joined);
  const entries = Object.entries(node).map(([key, value]) => [key, joined(value)] as const);
  const made = Object.fromEntries(entries);
  const { delta } = made;
  return made["type"] === "text" && Array.isArray(delta) ? { ...made, delta: joinOps(delta) } : made;
}

function joinOps(delta: readonly Json[]): readonly Json[] {
  const ops: Json[] = [];
  for (const op of delta) {
    const last = ops.at(-1);
    if (isTextOp(op) && isTextOp(last) && isDeepStrictEqual(last.attributes, op.attributes)) {
      ops[ops.length - 1] = { ...last, insert: last.insert + op.insert };
    } else ops.push(op);
  }
  return ops;
}

function isTextOp(op: Json | undefined): op is { readonly insert: string; readonly attributes: Json } {
  return typeof op === "object" && op !== null && "insert" in op && typeof op.insert === "string";
}

function creditsOf(change: TypeChange): readonly Credit[] {
  if (change.kind === "root") return [];
  const credits = change.kind === "key" ? [change.by] : change.ops.map((op) => ("insert" in op ? op.by : undefined));
  return credits.filter((credit) => credit !== undefined);
}
