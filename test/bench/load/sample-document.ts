/**
 * A document as people leave it: runs of typed text by several people, some of it deleted again.
 * @module
 */
import * as Y from "yjs";

export type SampleDocument = {
  /** V1, without garbage, within 2 % of the bytes asked for. */
  readonly update: Uint8Array;
  readonly stateVector: Uint8Array;
};

const AUTHORS = 10;
/** Client ids that no job types with. */
const FIRST_AUTHOR = 900_000;
const ROOT = "sample";
const RUN = "the quick brown fox jumps over the lazy dog ";
/** Every so many runs a piece of an earlier one is deleted. */
const RUNS_PER_DELETE = 8;
const DELETED_CHARS = 5;
/** Runs go in at changing places near the end, as people edit where they are. */
const REACH_CHARS = 400;
/** Of one run in the update, about: its text, its ids and its part of the delete set. */
const RUN_BYTES = RUN.length + 14;

/** The same document each time. */
export function sampleDocument(bytes: number): SampleDocument {
  let runs = Math.round(bytes / RUN_BYTES);
  for (;;) {
    const made = build(runs);
    const error = made.update.length / bytes;
    if (Math.abs(error - 1) < 0.02) return made;
    runs = Math.round(runs / error);
  }
}

function build(runs: number): SampleDocument {
  const doc = new Y.Doc();
  const text = doc.getText(ROOT);
  doc.transact(() => {
    for (let run = 0; run < runs; run += 1) {
      doc.clientID = FIRST_AUTHOR + (run % AUTHORS);
      const back = (run * 131) % REACH_CHARS;
      text.insert(Math.max(0, text.length - back), RUN);
      if (run % RUNS_PER_DELETE === 0) text.delete(Math.max(0, text.length - REACH_CHARS), DELETED_CHARS);
    }
  });
  const made = { update: Y.encodeStateAsUpdate(doc), stateVector: Y.encodeStateVector(doc) };
  doc.destroy();
  return made;
}
