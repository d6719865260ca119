/**
 * D1 before there were versions, with data in it.
 */
import { applyD1Migrations, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { VersionIndex } from "../../src/storage/d1/versions.ts";
import { addressOf, versionOf } from "./queue-messages.ts";

const MIGRATIONS = env.TEST_MIGRATIONS ?? [];

test("[RV5] the third migration lists versions of documents that are there, and of none that was erased before it", async () => {
  await reset();
  await applyD1Migrations(env.DB, MIGRATIONS.slice(0, 2));
  const insert =
    "INSERT INTO documents (project, id, version, created_ms, updated_ms, deleted_ms) VALUES ('default', ?, '1', 1, 1, ?)";
  await env.DB.batch([env.DB.prepare(insert).bind("living", null), env.DB.prepare(insert).bind("erased", 5)]);
  await applyD1Migrations(env.DB, MIGRATIONS);
  const index = new VersionIndex(env.DB);
  const facts = { kind: "auto", name: "", user: "", editors: [], bytes: 2, createdMs: 7, namedMs: 7 };
  for (const id of ["living", "erased"]) await index.put({ ...addressOf(id), ...facts, version: versionOf(1) });
  const versions = async (id: string) => {
    const page = await index.list(addressOf(id), { limit: 10 });
    return page.ok ? page.value.versions.map(({ version }) => version) : page.error.tag;
  };
  expect([await versions("living"), await versions("erased")]).toEqual([[versionOf(1)], []]);
});

test("[RV28] the seventh migration has documents with automatic versions looked at once, and what was cut off", async () => {
  await reset();
  await applyD1Migrations(env.DB, MIGRATIONS.slice(0, 6));
  const insert = `
    INSERT INTO versions (project, id, version, kind, name, user, editors, size_bytes, created_ms, named_ms, dropped_ms)
    VALUES ('default', ?, ?, ?, '', '', '[]', 2, 1, 1, ?)`;
  const rows = [
    ["old", 1, "auto", null],
    ["old", 2, "auto", null],
    ["named", 1, "named", null],
    ["cut", 1, "named", 5],
  ] as const;
  const put = ([id, seq, ...rest]: (typeof rows)[number]) => env.DB.prepare(insert).bind(id, versionOf(seq), ...rest);
  await env.DB.batch(rows.map(put));
  await applyD1Migrations(env.DB, MIGRATIONS);
  const due = await new VersionIndex(env.DB).due(Date.now(), 10);
  expect(due.ok && due.value.map(({ id }) => String(id)).toSorted()).toEqual(["cut", "old"]);
  const marks = await env.DB.prepare("SELECT version FROM versions WHERE id = 'old' AND thin_ms IS NOT NULL").all();
  expect(marks.results).toEqual([{ version: versionOf(2) }]);
});
