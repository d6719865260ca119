import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { compactDocument, compactInSteps, foldRows, mergeDocument } from "../../src/core/document/compaction.ts";
import { joinParts } from "../../src/core/document/whole-update.ts";
import { finish } from "../../src/core/steps.ts";
import { contentOf, docOf, randomFrom, randomHistory, rowsOf } from "./random-history.ts";
import { isLong } from "./traces.ts";

const runs = isLong ? 1_000 : 100;
const seeds = fc.integer({ min: 0, max: 2 ** 31 - 1 });

/** A random document in parts of some hundred bytes, and the rows after them. */
function partedDocument(seed: number) {
  const random = randomFrom(seed);
  const { steps, server } = randomHistory(seed, 120);
  const rows = rowsOf(steps, random);
  const cut = Math.floor(random() * rows.length);
  const maxPartBytes = 50 + Math.floor(random() * 1_000);
  const { parts, ...facts } = compactDocument({ parts: [], rows: rows.slice(0, cut), maxPartBytes });
  return { parts, facts, rows: rows.slice(cut), maxPartBytes, server };
}

describe("documents that are not built", () => {
  test("[CO29] parts joined are the document, in one update that Yjs reads", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { parts, facts, rows, maxPartBytes, server } = partedDocument(seed);
        const merged = mergeDocument({ parts, rows, maxPartBytes });
        const update = finish(joinParts(() => merged.parts, merged.deleteSet));
        const doc = docOf([update]);
        expect(contentOf(doc)).toEqual(contentOf(server));
        expect(Y.encodeStateVectorFromUpdate(update)).toEqual(Y.encodeStateVector(doc));
        expect(finish(joinParts(() => parts, facts.deleteSet)).length).toBeLessThanOrEqual(
          parts.reduce((bytes, part) => bytes + part.length, facts.deleteSet.length),
        );
      }),
      { numRuns: runs },
    );
  });

  test("[CO29] a part that does not go on where the ones before ended is an error", () => {
    const doc = new Y.Doc();
    const updates: Uint8Array[] = [];
    doc.on("update", (update: Uint8Array) => updates.push(update));
    for (const letter of ["a", "b", "c"]) doc.getText("text").insert(0, letter);
    const [first, , third] = updates;
    if (first === undefined || third === undefined) throw new Error("three updates");
    expect(() => finish(joinParts(() => [first, third], Uint8Array.of(0)))).toThrow(/does not follow/);
  });

  test("[CO27] rows folded into the last part give what merging the whole gives", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { parts, facts, rows, maxPartBytes } = partedDocument(seed);
        const folded = foldRows({ part: parts.at(-1), ...facts }, rows, maxPartBytes);
        const merged = mergeDocument({ parts, rows, maxPartBytes });
        expect({ ...folded, parts: [...parts.slice(0, -1), ...folded.parts] }).toEqual(merged);
        const written = [...folded.parts].some((part) => hasFormat(part));
        expect(folded.hasFormats).toBe(facts.hasFormats === true || written);
      }),
      { numRuns: runs },
    );
  });

  test("[CO27] a fold reads the last part and nothing of the others", () => {
    const { parts, facts, rows } = partedDocument(5);
    const broken = { part: parts.at(-1), ...facts, stateVector: Uint8Array.of(9) };
    expect(() => foldRows(broken, rows)).toThrow(/state vector/);
    expect(() => foldRows({ part: parts.at(-1), ...facts, deleteSet: Uint8Array.of(9) }, rows)).toThrow(/delete set/);
    const unknown = foldRows(
      { part: parts.at(-1), stateVector: facts.stateVector, deleteSet: facts.deleteSet },
      [],
    ).hasFormats;
    expect([undefined, true]).toContain(unknown);
  });

  test("[CO28] a compaction in steps gives what it gives at once, and reads its parts as it goes", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { parts, rows, maxPartBytes } = partedDocument(seed);
        let [reads, steps] = [0, 0];
        function* read(): Generator<Uint8Array> {
          for (const part of parts) {
            reads += 1;
            yield part;
          }
        }
        const compaction = compactInSteps({ parts: read, rows, maxPartBytes });
        let step = compaction.next();
        for (; step.done !== true; step = compaction.next()) {
          steps += 1;
          expect(reads).toBeLessThanOrEqual(Math.max(steps, parts.length));
        }
        expect(step.value).toEqual(compactDocument({ parts, rows, maxPartBytes }));
        expect(steps).toBeGreaterThan(parts.length);
      }),
      { numRuns: runs },
    );
  });
});

/** A format begins or ends in this update. */
function hasFormat(update: Uint8Array): boolean {
  return Y.decodeUpdate(update).structs.some(
    (struct) => "content" in struct && struct.content instanceof Y.ContentFormat,
  );
}
