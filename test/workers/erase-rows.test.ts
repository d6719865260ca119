/**
 * What an erasure changes in D1.
 */
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { DEFAULT_PROJECT, parseProjectId } from "../../src/protocol/room-id.ts";
import { DeadLetters } from "../../src/storage/d1/dead-letters.ts";
import { EraseRows } from "../../src/storage/d1/erase-rows.ts";
import { Erasures } from "../../src/storage/d1/erasures.ts";
import { WebhookEndpoints } from "../../src/storage/d1/webhook-endpoints.ts";
import { asOperator, createProject } from "./project-requests.ts";
import { type Receipt, stepOf, workOff } from "./erase-steps.ts";
import { deliver, summaryOf } from "./queue-messages.ts";
import { readJson } from "./router-requests.ts";
import { post } from "./version-requests.ts";

/** Keeps a message that could not be worked off. */
async function bury(message: object): Promise<void> {
  const facts = { project: DEFAULT_PROJECT, error: "D1: down", attempts: 6, sentMs: 1, failedMs: Date.now() };
  const put = await new DeadLetters(env.DB).put({ ...facts, body: JSON.stringify(message) });
  expect(put.ok).toBe(true);
}

test("[ER1] a user is forgotten by what could not be worked off, by what is told of them, and by what receivers answered", async () => {
  const head = { v: 1, project: "default", room: "default/document/lettered" } as const;
  const entry = { v: 1, kind: "audit", project: "default", atMs: 1, request: "r" } as const;
  const [id, user] = ["x", 'ze"lda/1'];
  const data = { user, sockets: 1 };
  const told = { id, type: "room.joined", atMs: 1, data };
  const others = { ...told, data: { ...data, user: "bob" } };
  const mint = { id, actor: `user:${user}`, action: "mint-token", target: user };
  await bury({ ...head, kind: "events", events: [told, others] });
  await bury({ ...head, kind: "joined", user, atMs: 1 });
  await bury({ ...summaryOf("lettered", 1, { editors: [user, "bob"] }), title: user });
  await bury({ ...entry, ...mint, detail: { rooms: { [`document:${user}`]: ["read"] } } });
  await bury({
    ...entry,
    id: "y",
    actor: "server",
    action: "kick",
    target: user,
    detail: { user, nested: [{ user }] },
  });
  await deliver([
    { ...entry, ...mint, detail: { rooms: { [`document:${user}`]: ["read"] } } },
    { ...entry, id: "l1", actor: "server", action: "kick", target: "x", detail: { user, reason: `${user} was rude` } },
    { ...entry, id: "l2", actor: "user:bob", action: "revoke-user", target: "bob", detail: { later: { user } } },
  ]);
  const insert = env.DB
    .prepare(`INSERT INTO webhook_events (id, project, type, subject, version, at_ms, stored_ms, data)
    VALUES ('w', 'default', 'room.joined', 's', NULL, 1, ?1, ?2) RETURNING number`);
  const event = await insert.bind(Date.now(), JSON.stringify({ room: "r", ...data })).first<number>("number");
  await env.DB.prepare("INSERT INTO webhook_deliveries VALUES (1, ?1, 's', 'delivered', 1, '[]', ?2, 1)")
    .bind(event, `thanks for ${user}`)
    .run();

  const rows = new EraseRows(env.DB);
  expect(await rows.forgetUser(DEFAULT_PROJECT, user)).toEqual({ ok: true, value: 11 });
  expect(await rows.forgetUser(DEFAULT_PROJECT, user)).toEqual({ ok: true, value: 0 });
  const letters = await new DeadLetters(env.DB).list(DEFAULT_PROJECT, { limit: 9 });
  const bodies = letters.ok ? letters.value.deadLetters.map(({ body }): unknown => JSON.parse(body)) : [];
  expect(bodies.toReversed()).toEqual([
    { ...head, kind: "events", events: [{ ...told, data: { user: "", sockets: 1 } }, others] },
    { ...head, kind: "joined", user: "", atMs: 1 },
    // What is called like a user stays.
    { ...summaryOf("lettered", 1, { editors: ["bob"] }), title: user },
    { ...entry, ...mint, actor: "user:", target: "", detail: {} },
    // A room may be called like a user.
    { ...entry, id: "y", actor: "server", action: "kick", target: user, detail: { user: "", nested: [{ user: "" }] } },
  ]);
  const { results } = await env.DB.prepare("SELECT actor, target, detail FROM audit ORDER BY id").all();
  expect(results).toEqual([
    { actor: "server", target: "x", detail: '{"user":""}' },
    { actor: "user:bob", target: "bob", detail: '{"later":{"user":""}}' },
    { actor: "user:", target: "", detail: "{}" },
  ]);
  const { answer, ...sent } = (await env.DB.prepare(
    "SELECT answer, data FROM webhook_deliveries JOIN webhook_events ON event = number",
  ).first<{ answer: string; data: string }>()) ?? { answer: "none" };
  expect([answer, sent]).toEqual(["", { data: '{"room":"r","user":"","sockets":1}' }]);
});

const MANY = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?2)";

/** Rows of so many documents, of each a chunk, an editor, a version, an event with its delivery and lane. */
async function fill(project: string, count: number): Promise<void> {
  const statements = [
    `INSERT INTO documents (project, id, version, editors, created_ms, updated_ms) SELECT ?1, 'd' || i, '1', '["ann"]', 1, 1 FROM n`,
    `INSERT INTO document_chunks (document, ordinal, id, title, body)
     SELECT number, i, '', '', 'a text' FROM documents JOIN (SELECT 0 AS i UNION SELECT 1) ON 1 WHERE project = ?1 AND ?2`,
    "INSERT INTO document_editors SELECT 'ann', number FROM documents WHERE project = ?1 AND ?2",
    `INSERT INTO versions (project, id, version, kind, name, user, editors, size_bytes, created_ms, named_ms)
     SELECT ?1, 'd' || i, '1', 'named', 'n', 'ann', '["ann"]', 1, 1, 1 FROM n`,
    `INSERT INTO webhook_events (id, project, type, subject, at_ms, stored_ms, data)
     SELECT ?1 || i, ?1, 'document.changed', ?1 || '/document/d' || i, 1, 1, '{"editors":["ann"]}' FROM n`,
    `INSERT INTO webhook_deliveries (endpoint, event, subject, status, updated_ms)
     SELECT 77, number, subject, 'pending', 1 FROM webhook_events WHERE project = ?1 AND ?2`,
    "INSERT INTO webhook_lanes (endpoint, subject, due_ms) SELECT 77, subject, 1e15 FROM webhook_events WHERE project = ?1 AND ?2",
  ];
  await env.DB.batch(
    statements.map((sql) => env.DB.prepare(sql.includes("FROM n") ? `${MANY} ${sql}` : sql).bind(project, count)),
  );
}

const TABLES = ["documents", "document_chunks", "document_editors", "versions", "webhook_events", "webhook_deliveries"];

async function countsOf(tables: readonly string[]): Promise<readonly number[]> {
  const counts = await env.DB.batch<{ n: number }>(
    tables.map((table) => env.DB.prepare(`SELECT count(*) AS n FROM ${table}`)),
  );
  return counts.map(({ results }) => results[0]?.n ?? -1);
}

test("[ER10] no transaction takes out more than a page of a large project's rows, and a step that ends leaves the rest for the next one", async () => {
  await createProject("large");
  const large = parseProjectId("large");
  const tables = [...TABLES, "webhook_lanes"];
  const before = await countsOf(tables);
  await fill("beside", 3);
  const receipt = await readJson<Receipt>(await asOperator("/v1/projects/large", { method: "DELETE" }));
  await workOff(receipt, "large", "rows");
  const spared = await countsOf(tables);
  await fill("large", 1_300);
  const full = await countsOf(tables);
  const rows = new EraseRows(env.DB);
  expect(large.ok && (await rows.eraseProject(large.value)).ok).toBe(true);
  const once = await countsOf(tables);
  expect(full.map((count, at) => count - (once[at] ?? 0))).toEqual([100, 200, 200, 500, 500, 500, 500]);
  expect(await stepOf(receipt, "large")).toBe("rows");
  await workOff(receipt, "large");
  expect(await countsOf(tables)).toEqual(spared);
  expect(spared.map((count, at) => count - (before[at] ?? 0))).toEqual([3, 6, 3, 3, 3, 3, 3]);
});

test("[ER10] a user's many rows are gone through a page at a time, to the last of them", async () => {
  await fill("default", 1_300);
  const receipt = await readJson<Receipt>(await post("/v1/users/ann/erase", {}));
  await env.DB.prepare("UPDATE erasures SET phase = 'rows' WHERE id = ?").bind(receipt.id).run();
  const named = async () => {
    const counts = await env.DB.batch<{ n: number }>([
      env.DB.prepare("SELECT count(*) AS n FROM documents WHERE instr(editors, 'ann') AND project = 'default'"),
      env.DB.prepare("SELECT count(*) AS n FROM versions WHERE instr(user || editors, 'ann') AND project = 'default'"),
      env.DB.prepare("SELECT count(*) AS n FROM webhook_events WHERE instr(data, 'ann') AND project = 'default'"),
    ]);
    return counts.map(({ results }) => results[0]?.n);
  };
  expect(await new EraseRows(env.DB).forgetUser(DEFAULT_PROJECT, "ann")).toMatchObject({ ok: true });
  expect(await named()).toEqual([800, 800, 800]);
  expect(await stepOf(receipt)).toBe("rows");
  await workOff(receipt);
  expect(await named()).toEqual([0, 0, 0]);
});

test("[ER4] an endpoint that was on its way in when its project was erased goes too, with its lanes", async () => {
  await createProject("hooked");
  const project = parseProjectId("hooked");
  if (!project.ok) throw new Error("no project");
  const receipt = await readJson<Receipt>(await asOperator("/v1/projects/hooked", { method: "DELETE" }));
  const endpoint = { id: "late", url: "https://hooks.acme.com/roost", description: "", events: ["document.changed"] };
  const created = await new WebhookEndpoints(env.DB).create(
    { ...endpoint, project: project.value, secretMaster: "m" },
    Date.now(),
  );
  expect(created).toMatchObject({ ok: true, value: { id: "late" } });
  const lane = `INSERT INTO webhook_lanes (endpoint, subject, due_ms)
    SELECT number, 'hooked/document/late', 1e15 FROM webhook_endpoints WHERE id = 'late'`;
  await env.DB.prepare(lane).run();
  await workOff(receipt, "hooked");
  expect(await countsOf(["webhook_endpoints", "webhook_lanes WHERE subject LIKE 'hooked/%'"])).toEqual([0, 0]);
});

test("[ER3] a step that was overtaken changes nothing: what is done stays done", async () => {
  const erasures = new Erasures(env.DB);
  const begun = { id: "raced", project: DEFAULT_PROJECT, kind: "user", user: "eve", everywhere: false } as const;
  await erasures.begin(begun, 1);
  const read = async () => {
    const found = await erasures.find("raced");
    if (!found.ok || found.value === null) throw new Error("no erasure");
    return found.value;
  };
  const first = await read();
  const counts = { ...first.counts, rooms: 1 };
  await erasures.advance(first, { phase: "rooms", cursor: "default/document/b", counts }, 2);
  // Of the same phase, from before.
  await erasures.advance(first, { phase: "rooms", cursor: "default/document/a", counts: first.counts }, 3);
  const second = await read();
  expect(second).toMatchObject({ cursor: "default/document/b", counts, workedMs: 2 });
  await erasures.advance(second, { phase: "done", cursor: "", counts }, 4);
  // Of the same cursor, from another phase.
  await erasures.advance({ ...second, cursor: "" }, { phase: "games", cursor: "x", counts }, 5);
  expect(await read()).toEqual({ ...second, phase: "done", cursor: "", user: "", workedMs: 4, doneMs: 4 });
});
