import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { encodeInSteps } from "../../src/core/document/encode-in-steps.ts";
import { finish } from "../../src/core/steps.ts";
import { randomHistory } from "./random-history.ts";
import { isLong } from "./traces.ts";

const seeds = fc.integer({ min: 0, max: 0x7fff_ffff });

function check(doc: Y.Doc): void {
  const { update, snapshotV2, deleteSet } = finish(encodeInSteps(doc));
  expect(update).toEqual(Y.encodeStateAsUpdate(doc));
  expect(snapshotV2).toEqual(Y.encodeStateAsUpdateV2(doc));
  // No structs, then the delete set.
  expect(deleteSet).toEqual(Y.encodeStateAsUpdate(doc, Y.encodeStateVector(doc)).slice(1));
}

describe("encoding in steps", () => {
  test("[CO30] what is encoded in steps is what Yjs encodes, byte for byte, with garbage and without", () => {
    fc.assert(
      fc.property(seeds, (seed) => {
        const { server } = randomHistory(seed, 60);
        check(server);
        const collected = new Y.Doc({ gc: true });
        Y.applyUpdate(collected, Y.encodeStateAsUpdate(server));
        check(collected);
      }),
      { numRuns: isLong ? 2_000 : 100 },
    );
  });

  test("[CO30] so is a document that is empty, and one of which all is deleted", () => {
    const doc = new Y.Doc();
    check(doc);
    doc.getText("t").insert(0, "gone");
    doc.getText("t").delete(0, 4);
    check(doc);
  });

  test("[CO31] no step encodes more than some thousand structs", () => {
    const doc = new Y.Doc({ gc: false });
    const text = doc.getText("t");
    // One struct each: nobody types two in a row.
    for (let index = 0; index < 10_000; index += 1) text.insert(0, "x");
    let steps = 0;
    for (const encoding = encodeInSteps(doc); encoding.next().done !== true;) steps += 1;
    expect(steps).toBeGreaterThanOrEqual(5);
    check(doc);
  });
});
