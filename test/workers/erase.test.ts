/**
 * Erasing users and projects, from the request to the receipt.
 */
import { runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test, vi } from "vitest";
import { decodeHistory, encodeHistory } from "../../src/core/history.ts";
import { DEFAULT_LIMITS } from "../../src/protocol/room-limits.ts";
import { DEFAULT_PROJECT } from "../../src/protocol/room-id.ts";
import { EraseRows } from "../../src/storage/d1/erase-rows.ts";
import type { DocumentRoom } from "../../src/rooms/document-room.ts";
import { type Receipt, workOff } from "./erase-steps.ts";
import { deliver, summaryOf } from "./queue-messages.ts";
import { asOperator, ask, createProject } from "./project-requests.ts";
import { PROMPT, stubOf } from "./room-peer.ts";
import { failureOf, openSocket, postUpdate, readJson, send, writeText } from "./router-requests.ts";
import { Writer, keep, keysOf, list, pathOf, post } from "./version-requests.ts";

/** Everything this object and R2 hold of a document, as text. */
async function tracesOf(id: string): Promise<string> {
  const rows = await runInDurableObject(stubOf(id), (_room, { storage }) =>
    ["senders", "outbox", "meta", "quarantine"].map((table) => [...storage.sql.exec(`SELECT * FROM ${table}`)]),
  );
  const prefix = `projects/default/documents/${encodeURIComponent(id)}/`;
  const { objects } = await env.SNAPSHOTS.list({ prefix, include: ["customMetadata"] });
  const history: unknown[] = [];
  for (const { key } of objects.filter((object) => object.key.includes("/history/"))) {
    const object = await env.SNAPSHOTS.get(key);
    const decoded = decodeHistory(new Uint8Array((await object?.arrayBuffer()) ?? new ArrayBuffer()));
    history.push(decoded.ok ? decoded.value.map(({ updates }) => updates.map(({ user }) => user)) : decoded.error);
  }
  return JSON.stringify([rows, objects.map(({ customMetadata }) => customMetadata), history]);
}

async function rowsNaming(user: string): Promise<readonly string[]> {
  const columns = {
    documents: "editors",
    document_editors: "user",
    versions: "user || editors",
    user_rooms: "user",
    audit: "actor || target || detail",
    webhook_events: "data",
    webhook_deliveries: "answer",
    dead_letters: "body",
    erasures: "user",
  };
  const found: string[] = [];
  for (const [table, column] of Object.entries(columns)) {
    const sql = `SELECT count(*) AS n FROM ${table} WHERE instr(${column}, ?) > 0`;
    if (((await env.DB.prepare(sql).bind(user).first<{ n: number }>())?.n ?? 0) > 0) found.push(table);
  }
  return found;
}

test("[ER1] a user is forgotten by documents, storage and index, and what they wrote stays", async () => {
  const id = "her/notes";
  const path = pathOf(id, "/updates?user=zelda");
  const headers = { "content-type": "application/octet-stream" };
  expect((await send(path, { method: "POST", body: writeText("hers"), headers })).status).toBe(200);
  const bob = new Writer(id);
  await bob.sync();
  await bob.type(" and his");
  await keep(id, "Signed", "zelda");
  await runDurableObjectAlarm(stubOf(id));
  await env.SNAPSHOTS.put(
    `projects/default/documents/${encodeURIComponent(id)}/history/00000001-000000000001-000000000001`,
    // One row of one empty update by her.
    new Uint8Array([1, 1, 1, 1, 1, 1, 5, ...new TextEncoder().encode("zelda"), 0]),
  );
  await deliver([summaryOf(id, 50, { editors: ["zelda", "bob"] })]);
  await deliver([
    { v: 1, kind: "joined", project: "default", user: "zelda", room: `default/document/${id}`, atMs: Date.now() },
    { v: 1, kind: "joined", project: "default", user: "zelda", room: "default/presence/lobby", atMs: Date.now() },
  ]);
  const entry = { v: 1, kind: "audit", id: "e1", project: "default", atMs: 1, request: "r" } as const;
  await deliver([
    { ...entry, actor: "user:zelda", action: "lock", target: "x", detail: {} },
    { ...entry, id: "e2", actor: "server", action: "revoke-user", target: "zelda", detail: { user: "zelda" } },
    { ...entry, id: "e3", actor: "server", action: "kick", target: "x", detail: { user: "zelda", reason: "r" } },
  ]);
  expect(await tracesOf(id)).toContain("zelda");
  expect(await rowsNaming("zelda")).toEqual(["documents", "document_editors", "versions", "user_rooms", "audit"]);

  const begun = await post("/v1/users/zelda/erase", {});
  expect(begun.status).toBe(202);
  const receipt = await readJson<Receipt>(begun);
  expect(receipt).toMatchObject({ kind: "user", phase: "rooms", isDone: false });
  await workOff(receipt);
  expect(await tracesOf(id)).not.toContain("zelda");
  expect(await rowsNaming("zelda")).toEqual([]);
  const done = await readJson<Receipt>(await send(`/v1/erasures/${receipt.id}`));
  expect(done).toMatchObject({ phase: "done", isDone: true, doneMs: expect.any(Number) });
  expect(done.counts).toMatchObject({ rooms: 2, documents: 1 });
  expect(done.counts["objects"]).toBeGreaterThanOrEqual(1);
  expect(JSON.stringify(done)).not.toContain("zelda");
  expect(await (await send(pathOf(id, "/content?format=text"))).text()).toBe("hers and his");
  const blame = JSON.stringify(await readJson(await send(pathOf(id, "/blame"))));
  expect(blame).not.toContain("zelda");
  expect(blame).toContain("alice");
  expect((await list(id)).versions).toMatchObject([{ name: "Signed", user: "" }]);
});

test("[ER2] a socket of the user closes, and a document that never was stays that way", async () => {
  const opened = await openSocket("/v1/documents/zoe-was-here/connect?user=zoe", {
    "sec-websocket-protocol": "roost.v1",
  });
  const closed = new Promise<number>((resolve) => {
    opened.webSocket?.addEventListener("close", ({ code }) => resolve(code));
  });
  await deliver([
    { v: 1, kind: "joined", project: "default", user: "zoe", room: "default/document/zoe-was-here", atMs: Date.now() },
    { v: 1, kind: "joined", project: "default", user: "zoe", room: "default/document/never-was", atMs: Date.now() },
  ]);
  const receipt = await readJson<Receipt>(await post("/v1/users/zoe/erase", { everywhere: true }));
  await workOff(receipt);
  expect(await closed).toBe(4403);
  expect(await failureOf(await send(pathOf("never-was")))).toBe("404 not-found");
});

test("[ER3] a step that comes twice, or after a failure, goes on where the one before it ended", async () => {
  await postUpdate("twice", writeText("twice"));
  await deliver([summaryOf("twice", 9, { editors: ["yves"] })]);
  const receipt = await readJson<Receipt>(await post("/v1/users/yves/erase", {}));
  const message = { v: 1, kind: "erase", id: receipt.id, project: "default" } as const;
  await Promise.all([deliver([message]), deliver([message]), deliver([message])]);
  await workOff(receipt);
  await deliver([message, { ...message, id: "no-such-erasure" }]);
  const done = await readJson<Receipt>(await send(`/v1/erasures/${receipt.id}`));
  expect(done).toMatchObject({ isDone: true, counts: { documents: 1 } });
  expect(await new EraseRows(env.DB).forgetUser(DEFAULT_PROJECT, "yves")).toEqual({ ok: true, value: 0 });
});

test("[ER3] a document with more objects than one step looks through is forgotten to the last of them", async () => {
  const id = "of-many-segments";
  await postUpdate(id, writeText("long ago"));
  await keep(id, "first");
  const prefix = `projects/default/documents/${encodeURIComponent(id)}/history`;
  const segment = (seq: number, user: string) =>
    encodeHistory([{ seq, firstSeq: seq, atMs: 1, updates: [{ user, update: Uint8Array.of(0, 0) }] }]);
  const put = async (at: number) => {
    const seq = String(1_000 + at).padStart(12, "0");
    await env.SNAPSHOTS.put(`${prefix}/00000001-${seq}-${seq}`, segment(1_000 + at, at === 429 ? "mallory" : "bob"));
  };
  for (let from = 0; from < 430; from += 43) await Promise.all(Array.from({ length: 43 }, (_, at) => put(from + at)));
  await deliver([summaryOf(id, 50, { editors: ["mallory"] })]);
  await workOff(await readJson<Receipt>(await post("/v1/users/mallory/erase", {})));
  const last = await env.SNAPSHOTS.get(`${prefix}/00000001-000000001429-000000001429`);
  const decoded = decodeHistory(new Uint8Array((await last?.arrayBuffer()) ?? new ArrayBuffer()));
  expect(decoded.ok && decoded.value[0]?.updates[0]?.user).toBe("");
}, 60_000);

test("[ER4] a project goes with all it has; its keys count no more, and its id is not given again", async () => {
  const keys = await createProject("doomed");
  const other = await createProject("spared");
  const room = env.DOCUMENT_ROOM.getByName("doomed/document/a");
  const caller = { user: "u", address: "", isAdmin: true, mayCreate: true, limits: DEFAULT_LIMITS };
  expect((await room.applyUpdate(writeText("doomed"), caller)).ok).toBe(true);
  await env.SNAPSHOTS.put("projects/doomed/documents/lost/uploads/x", "left over");
  await env.SNAPSHOTS.put("projects/spared/documents/kept/uploads/x", "kept");
  const summary = { ...summaryOf("a", 1), project: "doomed", room: "doomed/document/a" };
  await deliver([summary]);
  expect((await ask(keys.secretKey, "/v1/documents")).status).toBe(200);

  const erased = await asOperator("/v1/projects/doomed", { method: "DELETE" });
  expect(erased.status).toBe(202);
  const receipt = await readJson<Receipt>(erased);
  expect(await failureOf(await ask(keys.secretKey, "/v1/documents"))).toBe("401 unauthorized");
  await workOff(receipt, "doomed");
  expect((await env.SNAPSHOTS.list({ prefix: "projects/doomed/" })).objects).toEqual([]);
  expect((await env.SNAPSHOTS.list({ prefix: "projects/spared/" })).objects).toHaveLength(1);
  expect(await room.describe({ isAdmin: true })).toEqual({ ok: false, error: { tag: "deleted" } });
  const left = await env.DB.prepare("SELECT count(*) AS n FROM documents WHERE project = 'doomed'").first<{
    n: number;
  }>();
  expect(left?.n).toBe(0);
  const again = await readJson<Receipt>(await asOperator("/v1/projects/doomed", { method: "DELETE" }));
  expect(again).toMatchObject({ id: receipt.id, isDone: true });
  expect(await failureOf(await asOperator("/v1/projects", { body: { id: "doomed" } }))).toBe("409 conflict");
  expect(await failureOf(await ask(other.secretKey, `/v1/erasures/${receipt.id}`))).toBe("404 no-route");
  expect((await ask(other.secretKey, "/v1/documents")).status).toBe(200);
  expect(await failureOf(await asOperator("/v1/projects/default", { method: "DELETE" }))).toBe("409 conflict");
});

test("[ER5] erasing a document leaves nothing of its events but that they happened", async () => {
  const insert = `INSERT INTO webhook_events (id, project, type, subject, version, at_ms, stored_ms, data)
    VALUES (?1, 'default', 'document.changed', ?2, '1', 1, 1, ?3)`;
  const data = JSON.stringify({ document: "told", title: "Secret", editors: ["bob"], name: "n", user: "u" });
  await env.DB.batch([
    env.DB.prepare(insert).bind("m1", "default/document/told", data),
    env.DB.prepare(insert).bind("m2", "default/document/other", data),
  ]);
  const bury = env.DB
    .prepare(`INSERT INTO dead_letters (project, fingerprint, body, error, attempts, sent_ms, failed_ms)
    VALUES ('default', ?1, ?2, 'e', 1, 1, 1)`);
  const told = { id: "e", type: "room.joined", atMs: 1, data: { user: "u" } };
  const events = { v: 1, kind: "events", project: "default", events: [told] };
  const [lost, others] = ["told", "other"].map((id) => JSON.stringify({ ...events, room: `default/document/${id}` }));
  await env.DB.batch([bury.bind("f1", lost ?? ""), bury.bind("f2", others ?? ""), bury.bind("f3", "no JSON")]);
  const answered = `INSERT INTO webhook_deliveries (endpoint, event, subject, status, answer, updated_ms)
    SELECT 5, number, subject, 'delivered', 'You sent: Secret by bob', 1 FROM webhook_events WHERE id = ?1`;
  await env.DB.batch([env.DB.prepare(answered).bind("m1"), env.DB.prepare(answered).bind("m2")]);
  await postUpdate("told", writeText("told"));
  expect((await send(pathOf("told"), { method: "DELETE" })).status).toBe(204);
  const answers = await env.DB.prepare("SELECT status, answer FROM webhook_deliveries ORDER BY event").all();
  expect(answers.results).toEqual([
    { status: "delivered", answer: "" },
    { status: "delivered", answer: "You sent: Secret by bob" },
  ]);
  const letters = await env.DB.prepare("SELECT body FROM dead_letters WHERE attempts = 1 ORDER BY fingerprint").all();
  expect(letters.results).toEqual([{ body: others }, { body: "no JSON" }]);
  const { results } = await env.DB.prepare("SELECT data FROM webhook_events ORDER BY id").all<{ data: string }>();
  expect(results.map(({ data: text }) => text)).toEqual(['{"document":"told"}', data]);
  expect(await keysOf("told")).toEqual([]);
});

test("[ER11] the receipt of an erased document says what is still at work, and that nothing is once both are through", async () => {
  const [id, stub] = ["receipted", stubOf("receipted")];
  const receipt = pathOf(id, "/erasure");
  expect(await failureOf(await send(receipt))).toBe("404 not-found");
  await postUpdate(id, writeText("soon gone"));
  await keep(id, "first");
  expect(await failureOf(await send(receipt))).toBe("404 not-found");
  // No alarm comes between.
  const [version, ...receipts] = await runInDurableObject(stub, async (room: DocumentRoom) => {
    const erased = await room.erase();
    if (!erased.ok) throw new Error(erased.error.tag);
    const begun = await room.erasure();
    await room.confirmStored("deleted", erased.value.version);
    return [erased.value.version, begun, await room.erasure()] as const;
  });
  const facts = { version, deletedMs: expect.any(Number) };
  expect(receipts).toEqual([
    { ok: true, value: { ...facts, remaining: ["storage", "index"] } },
    { ok: true, value: { ...facts, remaining: ["storage"] } },
  ]);
  await vi.waitUntil(async () => {
    await runDurableObjectAlarm(stub);
    return (await readJson<{ isErased: boolean }>(await send(receipt))).isErased;
  }, PROMPT);
  expect(await readJson(await send(receipt))).toEqual({ id, ...facts, isErased: true, remaining: [] });
  expect(await keysOf(id)).toEqual([expect.stringContaining(`${version}.deleted`)]);
  expect((await send(pathOf(id), { method: "DELETE" })).status).toBe(204);
});
