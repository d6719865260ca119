import fc from "fast-check";
import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { mergeRows } from "../../src/core/document/merge-rows.ts";
import { collectUpdates, contentOf, docOf, editorOf, randomFrom, randomHistory, rowsOf } from "./random-history.ts";
import { NOTHING_KNOWN, answer, store } from "./stored-document.ts";
import { isLong } from "./traces.ts";

describe("answers that bring formats", () => {
  test("[AN9] an editor that tidies formats after every update shows all of them, and deletes none for the others", () => {
    const [alice, bob] = [new Y.Doc(), new Y.Doc()];
    // Yjs writes the higher client first, so that the parts part her formats from his letter.
    alice.clientID = 9;
    bob.clientID = 5;
    const log: Uint8Array[] = [];
    const edit = (doc: Y.Doc, change: (text: Y.Text) => void): void => {
      for (const update of collectUpdates(doc, () => change(doc.getText("text")))) {
        log.push(update);
        Y.applyUpdate(doc === alice ? bob : alice, update);
      }
    };
    edit(alice, (text) => text.insert(0, "hello plain"));
    edit(alice, (text) => text.format(0, 5, { bold: true }));
    edit(bob, (text) => text.insert(3, "X"));
    edit(alice, (text) => text.delete(4, 2));
    edit(alice, (text) => text.delete(0, 3));
    edit(alice, (text) => text.insert(7, " and much more text that is not bold"));
    const rows = rowsOf(
      log.map((update) => ({ user: "alice", update })),
      randomFrom(1),
    );
    const expected = [
      { insert: "X", attributes: { bold: true } },
      { insert: " plain and much more text that is not bold" },
    ];
    const stored = store(rows, rows.length, 60);
    expect(editorOf(stored.parts).doc.getText("text").toDelta()).not.toEqual(expected);
    const { doc, sent } = editorOf(answer(stored, NOTHING_KNOWN, 60));
    expect(doc.getText("text").toDelta()).toEqual(expected);
    expect(
      docOf([...log, ...sent])
        .getText("text")
        .toDelta(),
    ).toEqual(expected);
  });

  test("[AN9] whatever the frame size, an editor that joins shows the document and changes it for nobody", () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 31 - 1 }), fc.boolean(), (seed, isCompacted) => {
        const { steps, server } = randomHistory(seed, 100);
        const rows = rowsOf(steps, randomFrom(seed));
        if (rows.length === 0) return;
        const stored = isCompacted ? store(rows, rows.length, 60) : store([mergeRows(rows)], 0, 60);
        const { doc, sent } = editorOf(answer(stored, NOTHING_KNOWN, 100));
        expect(contentOf(doc)).toEqual(contentOf(server));
        expect(contentOf(docOf(sent, Y.encodeStateAsUpdate(server)))).toEqual(contentOf(server));
      }),
      { numRuns: isLong ? 3_000 : 200 },
    );
  });
});
