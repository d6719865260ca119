/**
 * The list of versions in D1: pages, thinning, and messages that come late or twice.
 */
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import type { Version } from "../../src/protocol/version.ts";
import type { VersionMessage } from "../../src/queue/messages.ts";
import { VersionIndex } from "../../src/storage/d1/versions.ts";
import { VersionStore } from "../../src/storage/version-store.ts";
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

test("[RV6] 10,000 versions are paged newest first without a gap, and a page in the middle reads what the first does", async () => {
  const count = 10_000;
  const insert = `
    INSERT INTO versions (project, id, version, kind, name, user, editors, size_bytes, created_ms, named_ms)
    SELECT 'default', ?1, format('00000001-%012d', value), iif(value % 1000 = 0, 'named', 'auto'), '', '', '[]', 1, value, value
    FROM generate_series(1, ?2)`;
  const series = insert.replace(
    "generate_series(1, ?2)",
    "(WITH RECURSIVE n(value) AS (SELECT 1 UNION ALL SELECT value + 1 FROM n WHERE value < ?2) SELECT value FROM n)",
  );
  for (const id of ["long", "beside"]) await env.DB.prepare(series).bind(id, count).run();
  let cursor: string | null | undefined;
  let next = count;
  while (cursor !== null) {
    const page = await index.list(addressOf("long"), { limit: 100, ...(cursor === undefined ? {} : { cursor }) });
    if (!page.ok) throw new Error(page.error.tag);
    for (const { version } of page.value.versions) {
      expect(version).toBe(versionOf(next));
      next -= 1;
    }
    cursor = page.value.cursor;
  }
  expect(next).toBe(0);
  const named = await index.list(addressOf("long"), { limit: 5, kind: "named" });
  expect(named).toMatchObject({
    ok: true,
    value: { versions: [{ version: versionOf(10_000) }, { version: versionOf(9_000) }, {}, {}, {}] },
  });
  const rowsRead = async (sql: string, ...values: unknown[]) =>
    (
      await env.DB.prepare(sql)
        .bind(...values)
        .all()
    ).meta.rows_read;
  const page = "SELECT version FROM versions WHERE project = ?1 AND id = ?2 AND dropped_ms IS NULL";
  const first = await rowsRead(`${page} ORDER BY version DESC LIMIT 51`, "default", "long");
  const middle = await rowsRead(
    `${page} AND version < ?3 ORDER BY version DESC LIMIT 51`,
    "default",
    "long",
    versionOf(5_000),
  );
  expect([first, middle].every((rows) => rows <= 60)).toBe(true);
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
