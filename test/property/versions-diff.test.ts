import { describe, expect, test } from "vitest";
import { type Json, toJson } from "../../src/core/document/content-json.ts";
import type { DocumentBytes } from "../../src/core/document/compaction.ts";
import { hydrate } from "../../src/core/document/hydrate.ts";
import { diffDocuments } from "../../src/core/versions/diff.ts";
import type { Credit, TypeChange } from "../../src/core/versions/shapes.ts";
import { applyDiff, joinDeltas } from "../support/apply-diff.ts";
import { isLong } from "./traces.ts";
import { TestCredits, VersionsWorld } from "./versions-world.ts";
import { forSeeds } from "./worlds.ts";

const RUNS = isLong ? 2_000 : 150;

const FEWER_RUNS = isLong ? 2_000 : 60;

describe("differences between versions", () => {
  test("[HV5] applied to the content of the one document, a diff gives that of the other, in both directions", () => {
    forSeeds(RUNS, (seed) => {
      const world = new VersionsWorld(seed);
      world.edit(world.random.below(35));
      const from = world.snapshot();
      world.edit(world.random.below(35));
      const to = world.snapshot();
      for (const [a, b] of [
        [from, to],
        [to, from],
      ] as const) {
        const { changes, text } = diffDocuments(a, b);
        const made = JSON.parse(JSON.stringify(applyDiff(treeOf(a), { changes })));
        expect(joinDeltas(made)).toEqual(joinDeltas(treeOf(b)));
        expect(text === "").toBe(changes.every(({ kind }) => kind === "root"));
      }
      expect(diffDocuments(to, to)).toEqual({ changes: [], text: "" });
    });
  });

  test("[HV6] what is new is credited to who sent it", () => {
    forSeeds(FEWER_RUNS, (seed) => {
      const world = new VersionsWorld(seed);
      world.edit(world.random.below(25));
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

function creditsOf(change: TypeChange): readonly Credit[] {
  if (change.kind === "root") return [];
  const credits = change.kind === "key" ? [change.by] : change.ops.map((op) => ("insert" in op ? op.by : undefined));
  return credits.filter((credit) => credit !== undefined);
}
