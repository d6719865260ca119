/**
 * What an erasure changes in D1.
 */
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import { DEFAULT_PROJECT } from "../../src/protocol/room-id.ts";
import { DeadLetters } from "../../src/storage/d1/dead-letters.ts";
import { EraseRows } from "../../src/storage/d1/erase-rows.ts";
import { deliver, summaryOf } from "./queue-messages.ts";

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
