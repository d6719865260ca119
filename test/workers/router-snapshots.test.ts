/**
 * Snapshots, text, history and tombstones in real R2.
 * @module
 */
import { env } from "cloudflare:workers";
import { describe, expect, test } from "vitest";
import { SnapshotStore } from "../../src/storage/snapshots.ts";
import { addressOf, versionOf } from "./queue-messages.ts";

const store = new SnapshotStore(env.SNAPSHOTS);

const METADATA = {
  title: "Title",
  excerpt: "excerpt",
  words: 2,
  characters: 12,
  bytes: 3,
  editors: ["alice"],
  createdMs: 1,
  updatedMs: 2,
  stateVector: new Uint8Array([1, 2, 3]),
};

const put = async (id: string, seq: number, text: string | null = "text", bytes = new Uint8Array([1, 2, seq])) =>
  await store.putSnapshot({
    address: addressOf(id),
    version: versionOf(seq),
    bytes,
    encoding: text === null ? "v1" : "v2",
    text,
    metadata: METADATA,
  });

const valueOf = <T>(
  result: { readonly ok: true; readonly value: T } | { readonly ok: false; readonly error: unknown },
): T => {
  if (!result.ok) throw new Error(JSON.stringify(result.error));
  return result.value;
};

const keysOf = async (id: string) =>
  (await env.SNAPSHOTS.list({ prefix: `projects/default/documents/${encodeURIComponent(id)}/` })).objects.map(
    ({ key }) => key,
  );

describe("latest", () => {
  test("[RT50] the newest snapshot is found among many, whatever the order they came in", async () => {
    expect(valueOf(await store.latest(addressOf("many")))).toEqual({ kind: "none" });
    for (const seq of [2, 11, 9, 100, 10]) await put("many", seq, seq === 100 ? null : "text");
    const latest = valueOf(await store.latest(addressOf("many")));
    expect(latest).toMatchObject({
      kind: "snapshot",
      version: versionOf(100),
      encoding: "v1",
      textKey: null,
      metadata: METADATA,
    });
    const listed = valueOf(await store.listSnapshots(addressOf("many"), 3));
    expect(listed.map(({ version }) => version)).toEqual([100, 11, 10].map((seq) => versionOf(seq)));
  });

  test("[RT50] a tombstone at its version or above hides the snapshot", async () => {
    await put("dead", 5);
    valueOf(await store.putTombstone(addressOf("dead"), versionOf(5)));
    expect(valueOf(await store.latest(addressOf("dead")))).toMatchObject({ kind: "tombstone", version: versionOf(5) });
  });

  test("[RT50] text without its snapshot is no snapshot, history alone is said to be there", async () => {
    await env.SNAPSHOTS.put("projects/default/documents/torn/text/00000001-000000000001.txt", "torn");
    expect(valueOf(await store.latest(addressOf("torn")))).toEqual({ kind: "none" });
    await store.putHistory(addressOf("torn"), { epoch: 1, firstSeq: 1, lastSeq: 4 }, new Uint8Array([1]));
    expect(valueOf(await store.latest(addressOf("torn")))).toEqual({ kind: "history-only" });
  });
});

describe("putting and reading", () => {
  test("[RT51] the first put of a version stays, and comes back whole", async () => {
    const { snapshotKey, textKey } = valueOf(await put("again", 1, "first"));
    valueOf(await put("again", 1, "second", new Uint8Array([9])));
    expect(valueOf(await store.readSnapshot(snapshotKey))).toEqual(new Uint8Array([1, 2, 1]));
    expect(valueOf(await store.readText(textKey ?? ""))).toBe("first");
    expect(await keysOf("again")).toHaveLength(2);
  });

  test("[RT51] what is handed over in pieces comes back whole, and a second put of it changes nothing", async () => {
    const bytes = Uint8Array.from({ length: 1_000_003 }, (_, index) => (index * 7) % 251);
    const { snapshotKey } = valueOf(await put("large", 1, "first", bytes));
    valueOf(await put("large", 1, "second", bytes.toReversed()));
    expect(valueOf(await store.readSnapshot(snapshotKey))).toEqual(bytes);
  });

  test("[RT51] changed bytes are corrupt, missing ones are null", async () => {
    const { snapshotKey } = valueOf(await put("rotten", 1));
    const { customMetadata = {} } = (await env.SNAPSHOTS.head(snapshotKey)) ?? {};
    await env.SNAPSHOTS.put(snapshotKey, new Uint8Array([0]), { customMetadata });
    expect(await store.readSnapshot(snapshotKey)).toEqual({ ok: false, error: { tag: "corrupt", key: snapshotKey } });
    expect(valueOf(await store.readSnapshot("nowhere"))).toBeNull();
    expect(valueOf(await store.readText("nowhere"))).toBeNull();
    expect(valueOf(await store.readHistory("nowhere"))).toBeNull();
  });

  test("[RT54] history is listed in order and comes back as it was put", async () => {
    const ranges = [
      { epoch: 2, firstSeq: 1, lastSeq: 3 },
      { epoch: 1, firstSeq: 90, lastSeq: 100 },
      { epoch: 1, firstSeq: 1, lastSeq: 89 },
    ];
    for (const range of ranges)
      valueOf(await store.putHistory(addressOf("past"), range, new Uint8Array([range.lastSeq])));
    const { segments, cursor } = valueOf(await store.listHistory(addressOf("past"), null));
    expect(segments.map(({ epoch, firstSeq, lastSeq }) => ({ epoch, firstSeq, lastSeq }))).toEqual(ranges.toReversed());
    expect(cursor).toBeNull();
    expect(valueOf(await store.readHistory(segments[0]?.key ?? ""))).toEqual(new Uint8Array([89]));
  });

  test("[RT55] a failing bucket is an error everywhere", async () => {
    const bucket = new Proxy(env.SNAPSHOTS, {
      get: () => () => {
        throw new Error("R2 is down");
      },
    });
    const broken = new SnapshotStore(bucket);
    const failed = { ok: false, error: { tag: "r2-failed", reason: "R2 is down" } };
    const address = addressOf("any");
    expect(await broken.latest(address)).toEqual(failed);
    expect(await broken.readSnapshot("k")).toEqual(failed);
    expect(await broken.readText("k")).toEqual(failed);
    expect(await broken.listHistory(address, null)).toEqual(failed);
    expect(await broken.putTombstone(address, versionOf(1))).toEqual(failed);
    expect(await broken.deleteAll(address, { keepTombstone: true })).toEqual(failed);
    expect(await broken.listDocuments(address.project, { cursor: null, limit: 1 })).toEqual(failed);
  });
});

describe("deleting", () => {
  test("[RT53] everything of one document goes, more than a page of it, and nothing of its neighbours", async () => {
    for (const id of ["erase", "erase/child", "erased"]) await put(id, 1);
    const bucketKeys = Array.from({ length: 1_100 }, (_, index) => `projects/default/documents/erase/history/${index}`);
    await Promise.all(bucketKeys.map(async (key) => await env.SNAPSHOTS.put(key, "")));
    await store.putTombstone(addressOf("erase"), versionOf(2));
    const deleted = valueOf(await store.deleteAll(addressOf("erase"), { keepTombstone: true }));
    expect(deleted).toEqual({ deleted: 1_102, isComplete: true });
    const left = await keysOf("erase");
    expect(left).toHaveLength(1);
    expect(left[0]).toMatch(/\.deleted$/);
    expect([(await keysOf("erase/child")).length, (await keysOf("erased")).length]).toEqual([2, 2]);
    valueOf(await store.deleteAll(addressOf("erase"), { keepTombstone: false }));
    expect(await keysOf("erase")).toEqual([]);
  });
});
