/**
 * The list of versions in D1: pages, thinning, and messages that come late or twice.
 */
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { Version } from "../../src/protocol/version.ts";
import type { VersionMessage } from "../../src/queue/messages.ts";
import { storeVersion } from "../../src/queue/version-message.ts";
import { VersionIndex } from "../../src/storage/d1/versions.ts";
import { VersionStore } from "../../src/storage/version-store.ts";
import { CountingD1 } from "./counting-d1.ts";
import { addressOf, deletionOf, deliver, versionOf } from "./queue-messages.ts";

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const index = new VersionIndex(env.DB);
const store = new VersionStore(env.SNAPSHOTS);

type Facts = Partial<Pick<VersionMessage, "versionKind" | "name" | "createdMs" | "namedMs">>;

function messageOf(id: string, seq: number, facts: Facts = {}): VersionMessage {
  const room = `default/document/${id}`;
  const createdMs = facts.createdMs ?? Date.now();
  return {
    ...({ v: 1, kind: "version", project: "default", id, room, version: versionOf(seq) } as const),
    ...{ versionKind: "auto", name: "", user: "", editors: ["alice"], bytes: 2, createdMs, namedMs: createdMs },
    ...facts,
  };
}

/** With its bytes in R2, as a room leaves it. */
async function storedMessageOf(id: string, seq: number, facts: Facts = {}): Promise<VersionMessage> {
  await store.put(addressOf(id), versionOf(seq), Uint8Array.of(0, 0));
  return messageOf(id, seq, facts);
}

async function listed(id: string): Promise<readonly Version[]> {
  const page = await index.list(addressOf(id), { limit: 100 });
  if (!page.ok) throw new Error(page.error.tag);
  return page.value.versions.map(({ version }) => version);
}

const hasBytes = async (id: string, seq: number) =>
  (await store.has(addressOf(id), versionOf(seq))).ok &&
  (await env.SNAPSHOTS.head(`projects/default/documents/${id}/versions/${versionOf(seq)}.v2`)) !== null;

const MANY = 10_000;
/** As rooms would have put them, every thousandth with a name, a minute apart. */
const SERIES = `
INSERT INTO versions (project, id, version, kind, name, user, editors, size_bytes, created_ms, named_ms)
WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < ?2)
SELECT 'default', ?1, format('00000001-%012d', value), iif(value % 1000 = 0, 'named', 'auto'), '', '', '[]', 1, value * 60000, value
FROM n`;

test("[RV6] 10,000 versions are paged newest first without a gap, and a page in the middle reads what the first does", async () => {
  for (const id of ["long", "beside"]) await env.DB.prepare(SERIES).bind(id, MANY).run();
  const counting = new CountingD1(env.DB);
  const counted = new VersionIndex(counting.db);
  const rowsRead: number[] = [];
  let cursor: string | undefined;
  let next = MANY;
  do {
    const page = await counted.list(addressOf("long"), { limit: 50, ...(cursor === undefined ? {} : { cursor }) });
    if (!page.ok) throw new Error(page.error.tag);
    rowsRead.push(counting.take());
    expect(page.value.versions.map(({ version }) => version)).toEqual(
      page.value.versions.map((_, place) => versionOf(next - place)),
    );
    next -= page.value.versions.length;
    cursor = page.value.cursor ?? undefined;
  } while (cursor !== undefined);
  expect(next).toBe(0);
  // One more than the page, which says whether there is a next.
  expect([rowsRead.length, Math.max(...rowsRead) <= 51]).toEqual([MANY / 50, true]);
  const named = await counted.list(addressOf("long"), { limit: 5, kind: "named" });
  const wanted = [10, 9, 8, 7, 6].map((thousand) => ({ version: versionOf(thousand * 1_000) }));
  expect(named).toMatchObject({ ok: true, value: { versions: wanted } });
  // Its index, and the rows.
  expect(counting.take()).toBeLessThanOrEqual(12);
});

test("[RV6] naming, deleting and thinning one of 10,000 versions reads a few rows of them", async () => {
  await env.DB.prepare(SERIES).bind("many", MANY).run();
  const counting = new CountingD1(env.DB);
  const counted = new VersionIndex(counting.db);
  const many = addressOf("many");
  const middle = versionOf(5_001);
  const facts = { kind: "auto", name: "", user: "", editors: [], bytes: 2, createdMs: 1, namedMs: 1 } as const;
  const steps: readonly (readonly [maxRows: number, step: () => Promise<{ readonly ok: boolean }>])[] = [
    [5, async () => await counted.put({ ...many, ...facts, version: versionOf(MANY + 1) })],
    [5, async () => await counted.find(many, middle)],
    [5, async () => await counted.change(many, middle, { name: "Middle" }, Date.now())],
    [10, async () => await counted.drop(many, versionOf(4_001), Date.now())],
    [10, async () => await counted.dropped(many, 500)],
    [5, async () => await counted.forget(many, [versionOf(4_001)])],
    [10, async () => await counted.mark(many, Date.now() + HOUR_MS)],
    [5, async () => await counted.due(Date.now(), 3)],
    // Of an index and the rows, as many as are looked at.
    [2 * 100 + 10, async () => await counted.automatic(many, 100)],
    [2 * 3 + 10, async () => await counted.dropAutomatic(many, [versionOf(1), versionOf(2), versionOf(3)], Date.now())],
  ];
  for (const [place, [maxRows, step]] of steps.entries()) {
    counting.take();
    expect([place, (await step()).ok]).toEqual([place, true]);
    const rows = counting.take();
    expect([place, rows, rows <= maxRows]).toEqual([place, rows, true]);
  }
});

test("[RV28] a document that nobody edits any more is thinned out with the versions of others, and then left alone", async () => {
  const id = "quiet";
  const dayMs = Date.UTC(2026, 0, 5);
  const storeAt = async (of: string, seq: number, createdMs: number, nowMs: number) => {
    const { versionKind: kind, ...message } = await storedMessageOf(of, seq, { createdMs });
    return await storeVersion({ ...message, ...addressOf(of), kind }, env, nowMs);
  };
  const seqs = async () => (await listed(id)).map((version) => Number(version.split("-")[1]));
  for (const seq of [1, 2, 3, 4, 5]) await storeAt(id, seq, dayMs + seq * 60_000, dayMs + seq * 60_000);
  expect(await seqs()).toEqual([5, 4, 3, 2, 1]);
  const counting = new CountingD1(env.DB);
  const due = async (nowMs: number) => {
    const found = await new VersionIndex(counting.db).due(nowMs, 3);
    return found.ok ? found.value.filter((document) => document.id === id).length : found.error.tag;
  };
  expect([await due(dayMs + HOUR_MS), counting.take() <= 1]).toEqual([0, true]);
  await storeAt("busy", 1, dayMs + HOUR_MS, dayMs + HOUR_MS);
  expect(await seqs()).toEqual([5, 4, 3, 2, 1]);
  expect(await due(dayMs + 2 * HOUR_MS)).toBe(1);
  await storeAt("busy", 2, dayMs + 2 * HOUR_MS, dayMs + 2 * HOUR_MS);
  // The last of its hour, and the newest of the document.
  expect(await seqs()).toEqual([5, 4]);
  expect([await hasBytes(id, 3), await hasBytes(id, 4)]).toEqual([false, true]);
  expect(await due(dayMs + 1_000 * DAY_MS)).toBe(0);
});

test("[RV28] one that was unpinned, or was to remind of the others and is deleted, is looked at again", async () => {
  const id = "reminded";
  const nowMs = Date.now();
  const due = async () => {
    const found = await index.due(Date.now(), 50);
    return found.ok ? found.value.filter((document) => document.id === id).length : found.error.tag;
  };
  for (const seq of [1, 2, 3]) await deliver([await storedMessageOf(id, seq, { createdMs: nowMs - seq })]);
  expect(await due()).toBe(0);
  await index.drop(addressOf(id), versionOf(3), nowMs);
  expect(await due()).toBe(1);
  await index.mark(addressOf(id), undefined);
  expect(await due()).toBe(0);
  await index.change(addressOf(id), versionOf(1), { isPinned: true }, nowMs);
  expect(await due()).toBe(0);
  await index.change(addressOf(id), versionOf(1), { isPinned: false }, nowMs);
  expect(await due()).toBe(1);
});

test("[RV12] what is thinned out leaves list and R2; what is named, pinned or restored stays", async () => {
  const dayMs = Date.UTC(2026, 0, 5);
  const facts: readonly Facts[] = [
    { createdMs: dayMs },
    { createdMs: dayMs + HOUR_MS, versionKind: "named", name: "Kept" },
    { createdMs: dayMs + 2 * HOUR_MS },
    { createdMs: dayMs + 3 * HOUR_MS, versionKind: "restored" },
    { createdMs: dayMs + 4 * HOUR_MS },
    { createdMs: dayMs + 5 * HOUR_MS },
  ];
  for (const [place, each] of facts.entries()) {
    await index.put({
      ...(await storedMessageOf("thin", place + 1, each)),
      ...addressOf("thin"),
      kind: each.versionKind ?? "auto",
      name: each.name ?? "",
    });
  }
  await index.change(addressOf("thin"), versionOf(3), { isPinned: true }, Date.now());
  await deliver([await storedMessageOf("thin", 7)]);
  expect(await listed("thin")).toEqual([7, 6, 4, 3, 2].map((seq) => versionOf(seq)));
  expect(await Promise.all([1, 2, 3, 4, 5, 6, 7].map(async (seq) => await hasBytes("thin", seq)))).toEqual([
    ...[false, true, true, true],
    ...[false, true, true],
  ]);
});

test("[RV12] one that was named between the look and the drop stays, and a drop that was cut off is finished", async () => {
  const oldMs = Date.now() - 100 * DAY_MS;
  await deliver([await storedMessageOf("meanwhile", 1, { createdMs: oldMs })]);
  await index.change(addressOf("meanwhile"), versionOf(1), { name: "Mine" }, Date.now());
  await index.dropAutomatic(addressOf("meanwhile"), [versionOf(1)], Date.now());
  expect(await listed("meanwhile")).toEqual([versionOf(1)]);
  await deliver([await storedMessageOf("meanwhile", 2, { createdMs: oldMs })]);
  await index.drop(addressOf("meanwhile"), versionOf(2), Date.now());
  expect([await listed("meanwhile"), await hasBytes("meanwhile", 2)]).toEqual([[versionOf(1)], true]);
  await deliver([await storedMessageOf("meanwhile", 3)]);
  expect([await listed("meanwhile"), await hasBytes("meanwhile", 2)]).toEqual([[versionOf(3), versionOf(1)], false]);
});

test("[RV12] a message that comes again does not bring back what is gone, nor an older name", async () => {
  const message = await storedMessageOf("again", 1);
  await deliver([message, message]);
  await index.change(addressOf("again"), versionOf(1), { name: "Newer" }, Date.now());
  await deliver([message]);
  const found = await index.find(addressOf("again"), versionOf(1));
  expect(found).toMatchObject({ ok: true, value: { name: "Newer", kind: "named" } });
  await index.drop(addressOf("again"), versionOf(1), Date.now());
  await store.delete(addressOf("again"), [versionOf(1)]);
  await index.forget(addressOf("again"), [versionOf(1)]);
  expect(await deliver([message])).toEqual({ acked: [0], retried: [] });
  expect(await listed("again")).toEqual([]);
});

test("[RV5] an erased document has no versions, and a late message revives none", async () => {
  const message = await storedMessageOf("erased", 1);
  await deliver([message, deletionOf("erased", 2)]);
  expect(await listed("erased")).toEqual([]);
  // Its bytes may go later than its rows.
  await deliver([message]);
  expect([await listed("erased"), await hasBytes("erased", 1)]).toEqual([[], true]);
});
