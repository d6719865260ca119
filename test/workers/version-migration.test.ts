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
