import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { authorsOf } from "../../../src/core/authors.ts";
import { compactDocument } from "../../../src/core/document/compaction.ts";
import { docsBuilt } from "../../../src/core/document/hydrate.ts";
import { SEVERAL_USERS } from "../../../src/core/document/merge-rows.ts";
import { readDocument } from "../../../src/core/document/read-document.ts";
import { restoreDocument } from "../../../src/core/document/restore.ts";
import { decodeHistory, encodeHistory } from "../../../src/core/history.ts";
import type { LogRow } from "../../../src/core/ports.ts";
import { textOf, writer } from "../../support/edits.ts";

function rowsOf(...updates: readonly (readonly [user: string, update: Uint8Array])[]): LogRow[] {
  return updates.map(([user, update], index) => {
    const seq = index + 1;
    return { seq, firstSeq: seq, atMs: 1_000 * seq, updates: [{ user, update }] };
  });
}

/** Alice's and Bob's rows, and the text they make. */
function example(): { readonly rows: readonly LogRow[]; readonly text: string } {
  const [alice, bob] = [writer(1), writer(2)];
  const rows = rowsOf(["alice", alice.type("Hello ")], ["boß", bob.type("你好")], ["alice", alice.deleteFirst()]);
  return { rows, text: textOf(rows.flatMap(({ updates }) => updates.map(({ update }) => update))) };
}

const decoder = new TextDecoder();

describe("history", () => {
  test("[HR1] a segment gives back the rows it was made of, merged ones included", () => {
    const { rows } = example();
    const merged: LogRow = { seq: 9, firstSeq: 4, atMs: 9_000, updates: rows.flatMap(({ updates }) => updates) };
    expect(decodeHistory(encodeHistory([...rows, merged]))).toEqual({ ok: true, value: [...rows, merged] });
    expect(decodeHistory(encodeHistory([]))).toEqual({ ok: true, value: [] });
  });

  test("[HR2] a damaged segment is an error", () => {
    const whole = encodeHistory(example().rows);
    for (let length = 0; length < whole.length; length += 1) {
      expect(decodeHistory(whole.subarray(0, length)).ok).toBe(false);
    }
    expect(decodeHistory(Uint8Array.of(...whole, 0)).ok).toBe(false);
    expect(decodeHistory(Uint8Array.of(2, ...whole.subarray(1))).ok).toBe(false);
    expect(decodeHistory(Uint8Array.of(1, 255, 255, 255, 255, 15)).ok).toBe(false);
  });

  test("[HR3] a snapshot of either format and the rows after it make the document again, without building one", () => {
    const { rows, text } = example();
    const compacted = compactDocument({ parts: [], rows: rows.slice(0, 2) });
    const built = docsBuilt();
    for (const snapshot of [
      { bytes: compacted.snapshotV2, encoding: "v2" },
      { bytes: readDocument({ parts: [], rows: rows.slice(0, 2) }, "update"), encoding: "v1" },
      undefined,
    ] as const) {
      const restored = restoreDocument(snapshot, snapshot === undefined ? rows : rows.slice(1));
      expect(restored.ok && textOf(restored.value.parts)).toBe(text);
      expect(restored.ok && restored.value.quarantined).toEqual([]);
    }
    expect(docsBuilt()).toBe(built);
  });

  test("[HR4] a snapshot that does not read is an error, never an empty document", () => {
    const { rows } = example();
    const bytes = compactDocument({ parts: [], rows }).snapshotV2;
    expect(restoreDocument({ bytes: bytes.subarray(0, 20), encoding: "v2" }, []).ok).toBe(false);
    expect(restoreDocument({ bytes, encoding: "v1" }, []).ok).toBe(false);
    expect(restoreDocument({ bytes: new Uint8Array(0), encoding: "v1" }, []).ok).toBe(false);
  });

  test("[HR5] a document is read as one update, as JSON, or as text", () => {
    const { rows, text } = example();
    const read = (format: "update" | "json" | "text"): Uint8Array => readDocument({ parts: [], rows }, format);
    const doc = new Y.Doc();
    Y.applyUpdate(doc, read("update"));
    expect(doc.getText("t").toString()).toBe(text);
    expect(decoder.decode(read("text"))).toBe(text);
    expect(JSON.parse(decoder.decode(read("json")))).toMatchObject({ t: expect.anything() });
  });

  test("[HR6] the author of a client id is who first sent it under one name", () => {
    const [alice, bob] = [writer(1), writer(2)];
    const first = alice.type("a");
    const rows = rowsOf(
      [SEVERAL_USERS, Y.mergeUpdates([first, bob.type("x")])],
      ["alice", first],
      ["alice", Uint8Array.of(9, 9)],
      ["bob", Y.mergeUpdates([alice.type("b"), bob.type("y")])],
    );
    expect([...authorsOf(rows)]).toEqual([
      [1, "alice"],
      [2, "bob"],
    ]);
  });
});
