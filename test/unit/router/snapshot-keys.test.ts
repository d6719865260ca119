import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { DEFAULT_PROJECT, type DocumentId } from "../../../src/protocol/room-id.ts";
import { formatVersion } from "../../../src/protocol/version.ts";
import * as keys from "../../../src/storage/snapshot-keys.ts";
import { decodeMetadata, encodeMetadata } from "../../../src/storage/snapshot-metadata.ts";

const address = (id: string) => ({ project: DEFAULT_PROJECT, kind: "document", id: id as DocumentId }) as const;
const NOTES = address("team/notes");

const version = fc.record({ epoch: fc.nat(99_999_999), seq: fc.nat({ max: 999_999_999_999 }) }).map(formatVersion);

describe("keys", () => {
  test("[RT50] the order of keys is newest version first, tombstones before snapshots, all before text and history", () => {
    fc.assert(
      fc.property(version, version, (one, other) => {
        const [older, newer] = [one, other].toSorted();
        if (older === undefined || newer === undefined) return;
        const range = { epoch: 99_999_999, firstSeq: 1, lastSeq: 2 };
        const inOrder = [
          keys.tombstoneKey(NOTES, newer),
          keys.snapshotKey(NOTES, newer, "v1"),
          keys.snapshotKey(NOTES, newer, "v2"),
          ...(older === newer ? [] : [keys.tombstoneKey(NOTES, older), keys.snapshotKey(NOTES, older, "v2")]),
          keys.historyKey(NOTES, range),
          keys.textKey(NOTES, older),
        ];
        expect(inOrder.toSorted()).toEqual(inOrder);
      }),
    );
  });

  test("[RT50] a key says its version and encoding again", () => {
    fc.assert(
      fc.property(version, fc.constantFrom("v1", "v2"), (of, encoding) => {
        const snapshot = keys.parseNewestKey(NOTES, keys.snapshotKey(NOTES, of, encoding));
        expect(snapshot).toEqual({ ok: true, value: { kind: "snapshot", version: of, encoding } });
        const tombstone = keys.parseNewestKey(NOTES, keys.tombstoneKey(NOTES, of));
        expect(tombstone).toEqual({ ok: true, value: { kind: "tombstone", version: of } });
        expect(keys.parseNewestKey(NOTES, keys.textKey(NOTES, of)).ok).toBe(false);
      }),
    );
  });

  test("[RT53] the longest id of the widest characters stays below R2's 1,024 bytes", () => {
    const project = "p".repeat(63) as typeof DEFAULT_PROJECT;
    const longest = { ...address("\u00a0".repeat(128)), project };
    const key = keys.historyKey(longest, { epoch: 1, firstSeq: 1, lastSeq: 2 });
    expect(key.length).toBeLessThan(1_024);
    expect(keys.snapshotKey(longest, formatVersion({ epoch: 1, seq: 1 }), "v2").length).toBeLessThan(1_024);
  });

  test("[RT61] a document's prefix gives its id again", () => {
    const prefix = keys.documentPrefix(NOTES);
    expect(prefix).toBe("projects/default/documents/team%2Fnotes/");
    expect(keys.parseDocumentPrefix(DEFAULT_PROJECT, prefix)).toEqual({ ok: true, value: "team/notes" });
    expect(keys.parseDocumentPrefix(DEFAULT_PROJECT, "projects/default/documents/%zz/").ok).toBe(false);
  });
});

describe("metadata", () => {
  const plain = {
    title: "北京 🦊",
    excerpt: "An “excerpt”",
    words: 2,
    characters: 5,
    bytes: 80,
    editors: ["alice", "鲍勃"],
    createdMs: 1,
    updatedMs: 2,
    stateVector: new Uint8Array([1, 2, 255]),
  };
  const extra = { hasText: true, sha256: "00ff" };
  const sizeOf = (fields: Readonly<Record<string, string>>) =>
    new TextEncoder().encode(Object.entries(fields).flat().join("")).length;

  test("[RT52] metadata comes back as it was put", () => {
    const fields = encodeMetadata(plain, extra);
    expect(Object.values(fields).every((value) => /^[\x20-\x7e]*$/.test(value))).toBe(true);
    expect(decodeMetadata(fields)).toEqual({ hasText: true, olderText: null, metadata: plain });
  });

  test("[RT52] the largest of everything fits, without its oldest editors and its state vector", () => {
    const editors = Array.from({ length: 50 }, (_, index) => `${index}${"文".repeat(120)}`);
    const large = { ...plain, title: "文".repeat(120), excerpt: "文".repeat(280), editors };
    const fields = encodeMetadata({ ...large, stateVector: new Uint8Array(20_000) }, extra);
    expect(sizeOf(fields)).toBeLessThanOrEqual(8_192);
    const { metadata } = decodeMetadata(fields);
    expect(metadata).toMatchObject({ title: large.title, excerpt: large.excerpt, stateVector: null });
    expect(metadata.editors.length).toBeGreaterThan(0);
    expect(metadata.editors).toEqual(editors.slice(0, metadata.editors.length));
  });

  test("[RT52] metadata that is missing or broken reads as empty", () => {
    const broken = { title: "{", editors: '{"a":1}', words: "many", state_vector: "*" };
    const { hasText, metadata } = decodeMetadata(broken);
    expect(hasText).toBe(false);
    expect(metadata).toMatchObject({ title: "", editors: [], words: 0, stateVector: null });
  });
});
