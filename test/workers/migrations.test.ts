/**
 * D1 from one migration to the next, with data in it.
 * @module
 */
import { applyD1Migrations, reset } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { DEFAULT_PROJECT, type ProjectId } from "../../src/protocol/room-id.ts";
import { Projects } from "../../src/storage/d1/projects.ts";
import { deletionOf, deliver, summaryOf } from "./queue-messages.ts";
import { logOf, makeEndpoint, told } from "./webhook-receivers.ts";

const MIGRATIONS = env.TEST_MIGRATIONS ?? [];

const living = async (project = DEFAULT_PROJECT) => {
  const loaded = await new Projects(env.DB).load(project, 0);
  return loaded.ok ? (loaded.value?.documents ?? null) : loaded.error.reason;
};

test("[QD12] the second migration counts the documents that are there, and gives their project keys", async () => {
  await reset();
  await applyD1Migrations(env.DB, MIGRATIONS.slice(0, 1));
  const insert =
    "INSERT INTO documents (project, id, version, created_ms, updated_ms, deleted_ms) VALUES (?, ?, '1', 1, 1, ?)";
  const documents = [
    ["default", "a", null],
    ["default", "b", null],
    ["default", "erased", 5],
    ["shop", "a", null],
  ];
  await env.DB.batch(documents.map((row) => env.DB.prepare(insert).bind(...row)));
  await applyD1Migrations(env.DB, MIGRATIONS);
  const { results } = await env.DB.prepare("SELECT * FROM document_counts ORDER BY project").all();
  expect(results).toEqual([
    { project: "default", living: 2 },
    { project: "shop", living: 1 },
  ]);
  const found = await new Projects(env.DB).find(DEFAULT_PROJECT);
  const fresh = {
    keyVersion: 1,
    previousUntilMs: null,
    origins: [],
    jwksUrl: null,
    issuer: null,
    limits: {},
    access: {},
  };
  expect(found).toMatchObject({ ok: true, value: { id: "default", ...fresh } });
  expect(Math.abs((found.ok ? (found.value?.createdMs ?? 0) : 0) - Date.now())).toBeLessThan(60_000);
});

test("[QD12] the count follows summaries, deletions and their repetition", async () => {
  const before = Number(await living());
  await deliver([summaryOf("c", 1), summaryOf("c", 2), summaryOf("d", 1)]);
  expect(await living()).toBe(before + 2);
  await deliver([deletionOf("c", 3), deletionOf("c", 3), deletionOf("never-seen", 1)]);
  expect(await living()).toBe(before + 1);
  await deliver([summaryOf("c", 4), summaryOf("c", 1)]);
  expect(await living()).toBe(before + 2);
  const tables = ["document_chunks", "document_editors", "documents WHERE id IN ('c', 'd', 'never-seen')"];
  await env.DB.batch(tables.map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
  expect(await living()).toBe(before);
  expect(await living("nobody" as ProjectId)).toBeNull();
});

test("[WH1] webhooks come to a database with data, and what is there stays", async () => {
  await reset();
  await applyD1Migrations(env.DB, MIGRATIONS.slice(0, 3));
  const insert =
    "INSERT INTO documents (project, id, version, created_ms, updated_ms) VALUES ('default', 'a', '00000001-000000000001', 1, 1)";
  await env.DB.prepare(insert).run();
  await applyD1Migrations(env.DB, MIGRATIONS);
  expect(await living()).toBe(1);
  const endpoint = await makeEndpoint("new.shop.com", ["document.*"]);
  await told([summaryOf("a", 2)]);
  // It was there before: changed and saved, not created.
  expect((await logOf(endpoint)).map(([type]) => type)).toEqual(["document.changed", "document.saved"]);
});

test("[WH23] the order of what rooms tell comes to a database with events, which stay", async () => {
  await reset();
  await applyD1Migrations(env.DB, MIGRATIONS.slice(0, 5));
  const insert = `INSERT INTO webhook_events (id, project, type, subject, at_ms, stored_ms, data)
    VALUES ('msg_before', 'default', 'room.opened', 'default/document/b', 1, 1, '{}')`;
  await env.DB.prepare(insert).run();
  await applyD1Migrations(env.DB, MIGRATIONS);
  const endpoint = await makeEndpoint("later.shop.com", ["room.*"]);
  const event = { id: "2", type: "room.emptied", atMs: 2, data: {} };
  const head = { v: 1, kind: "events", project: "default", room: "default/document/b" };
  // Of a room of before, which does not count, and of one that does.
  await told([{ ...head, events: [event] }]);
  await told([{ ...head, events: [{ ...event, id: "3" }], order: { run: 3, position: 1 } }]);
  expect(await logOf(endpoint)).toHaveLength(2);
  const { results } = await env.DB.prepare("SELECT id FROM webhook_events WHERE at_ms = 1").all();
  expect(results).toEqual([{ id: "msg_before" }]);
});

test("[ER3] erasures come to a database with data, and what is there stays", async () => {
  await reset();
  await applyD1Migrations(env.DB, MIGRATIONS.slice(0, 4));
  await env.DB.prepare("INSERT INTO projects (id, created_ms, updated_ms, name) VALUES ('shop', 1, 1, 'Shop')").run();
  await applyD1Migrations(env.DB, MIGRATIONS);
  expect(await new Projects(env.DB).find("shop" as ProjectId)).toMatchObject({ ok: true, value: { name: "Shop" } });
  const { results } = await env.DB.prepare("SELECT * FROM erasures").all();
  expect(results).toEqual([]);
});
