/**
 * The audit log: written through the queue, shown page by page.
 * @module
 */
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import type { AuditMessage } from "../../src/queue/messages.ts";
import type { AuditEntry } from "../../src/storage/d1/audit.ts";
import { OPERATOR, ask, asOperator, createProject } from "./project-requests.ts";
import { deliver } from "./queue-messages.ts";
import { PROMPT } from "./room-peer.ts";
import { failureOf, readJson } from "./router-requests.ts";

afterEach(() => {
  vi.restoreAllMocks();
});

type Page = { readonly entries: readonly AuditEntry[]; readonly cursor: string | null };

const readPage = async (credential: string, query: string) =>
  await readJson<Page>(await ask(credential, `/v1/audit${query}`));

/** Yesterday: entries of the tests themselves are later, and nothing is old enough to go. */
const BASE_MS = Math.floor(Date.now() / 1_000) * 1_000 - 86_400_000;

const projectIn = (number: number) => (number % 2 === 0 ? "even" : "odd");

function entryOf(number: number, change: Partial<AuditMessage> = {}): AuditMessage {
  const project = projectIn(number);
  const action = number % 3 === 0 ? "lock" : "kick";
  const facts = { target: `${project}/document/${number}`, request: `r-${number}`, detail: { number } };
  const head = { v: 1, kind: "audit", id: `audit-${number}`, project, actor: `user:u${number % 4}`, action } as const;
  // Two by two at the same moment.
  return { ...head, atMs: BASE_MS + Math.floor(number / 2), ...facts, ...change };
}

const NUMBERS = Array.from({ length: 24 }, (_, index) => index);
let even: string;

beforeAll(async () => {
  even = (await createProject("even")).secretKey;
  await createProject("odd");
  await deliver(NUMBERS.toReversed().map((number) => entryOf(number)));
});

/** Of the entries above; what the tests do themselves is recorded too. */
const BEFORE = `before=${BASE_MS + 100}`;

const numbersOf = ({ entries }: Page) => entries.map(({ detail }) => Number(detail["number"]));
const byTime = (one: number, other: number) => Math.floor(other / 2) - Math.floor(one / 2);

describe("showing", () => {
  test("[RT78] pages hold each entry once, newest first", async () => {
    const seen: number[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const page = await readPage(OPERATOR, `?${BEFORE}&limit=5${cursor === "" ? "" : `&cursor=${cursor}`}`);
      seen.push(...numbersOf(page));
      cursor = page.cursor;
    }
    expect(seen.map((number) => Math.floor(number / 2))).toEqual(
      NUMBERS.map((n) => Math.floor(n / 2)).toSorted((one, other) => other - one),
    );
    expect(seen.toSorted((one, other) => one - other)).toEqual(NUMBERS);
  });

  test("[RT78] an entry says who did what to what, when, in which request", async () => {
    const { entries } = await readPage(OPERATOR, `?since=${BASE_MS + 11}&before=${BASE_MS + 12}&project=odd`);
    const { v: _v, kind: _kind, ...entry } = entryOf(23);
    expect(entries).toEqual([entry]);
  });

  test.each<readonly [string, (number: number) => boolean]>([
    ["action=lock", (number) => number % 3 === 0],
    ["actor=user:u1", (number) => number % 4 === 1],
    [`since=${BASE_MS + 6}`, (number) => number >= 12],
    ["project=odd", (number) => number % 2 === 1],
    ["project=odd&action=lock&actor=user:u3", (number) => number % 2 === 1 && number % 3 === 0 && number % 4 === 3],
    [`since=${new Date(BASE_MS + 6).toISOString()}`, (number) => number >= 12],
  ])("[RT78] %s narrows the list", async (filter, holds) => {
    const page = await readPage(OPERATOR, `?${BEFORE}&limit=100&${filter}`);
    expect(numbersOf(page).toSorted(byTime)).toEqual(NUMBERS.filter(holds).toSorted(byTime));
  });

  test("[RT78] a project's back end sees its own entries", async () => {
    const page = await readPage(even, `?${BEFORE}&limit=100`);
    expect(numbersOf(page).toSorted((one, other) => one - other)).toEqual(NUMBERS.filter((number) => number % 2 === 0));
    expect(await failureOf(await ask(even, "/v1/audit?project=odd"))).toBe("403 forbidden");
    expect(await failureOf(await ask(even, "/v1/audit?cursor=x"))).toBe("400 bad-request");
    expect(await failureOf(await ask(even, "/v1/audit?sort=up"))).toBe("400 bad-request");
  });

  test.each(["project = 'odd'", "project = 'odd' AND action = 'lock'", "at_ms >= 1"])(
    "[RT78] where %s, a page is read from an index, not out of the whole log",
    async (where) => {
      const sql = `EXPLAIN QUERY PLAN SELECT * FROM audit WHERE ${where} ORDER BY at_ms DESC, number DESC LIMIT 21`;
      const { results } = await env.DB.prepare(sql).all<{ detail: string }>();
      expect(results.map(({ detail }) => detail).join()).toMatch(/^SEARCH audit USING INDEX audit_by_\w+ \([^)]*\)$/);
    },
  );
});

describe("recording", () => {
  const recorded = async (action: string) => {
    let entries: readonly AuditEntry[] = [];
    const find = async () =>
      (entries = (await readPage(OPERATOR, `?action=${action}&since=${BASE_MS + 1_000}`)).entries).length;
    await expect.poll(find, PROMPT).toBeGreaterThan(0);
    return entries[0];
  };

  test("[RT78] what the operator does to a project", async () => {
    await createProject("watched", { name: "Watched" });
    const created = await recorded("create-project");
    expect(created).toMatchObject({ actor: "operator", project: "watched", target: "watched" });
    expect(created?.detail).toMatchObject({ name: "Watched", origins: [] });
    await asOperator("/v1/projects/watched", { method: "PATCH", body: { limits: { socketsPerRoom: 3 } } });
    expect(await recorded("change-project")).toMatchObject({ detail: { limits: { socketsPerRoom: 3 } } });
    const rotated = await asOperator("/v1/projects/watched/rotate", { body: { overlapSeconds: 0 } });
    const entry = await recorded("rotate-project");
    expect(entry).toMatchObject({ target: "watched", detail: { keyVersion: 2, previousUntilMs: null, force: false } });
    expect(entry?.request).toBe(rotated.headers.get("x-request-id"));
    await asOperator("/v1/projects/watched/keys");
    expect(await recorded("show-keys")).toMatchObject({ actor: "operator", target: "watched" });
  });

  test("[RT78] whom a back end gives a token, and whom it revokes", async () => {
    const rooms = { "document:team/*": ["read"] };
    const { token } = await readJson<{ token: string }>(
      await ask(even, "/v1/tokens", { body: { user: "zoe", rooms } }),
    );
    const minted = await recorded("mint-token");
    expect(minted).toMatchObject({ actor: "server", project: "even", target: "zoe", detail: { rooms } });
    expect(JSON.stringify(minted)).not.toContain(token.slice(-20));
    await ask(even, "/v1/users/zoe/revoke", { body: { forSeconds: 60 } });
    expect(await recorded("revoke-user")).toMatchObject({ actor: "server", target: "zoe", detail: { roomsLeft: 0 } });
  });

  test("[RT78] what is done stays done while the queue is down, and the log has the entry", async () => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const EVENTS = { send: async () => await Promise.reject(new Error("the queue is down")) };
    const body = { id: "unqueued" };
    expect((await asOperator("/v1/projects", { body, variables: { EVENTS } })).status).toBe(201);
    const line = logged.mock.calls.map(String).find((text) => text.includes("audit-failed"));
    expect(JSON.parse(line ?? "{}")).toMatchObject({ entry: { action: "create-project", target: "unqueued" } });
  });
});

describe("the consumer", () => {
  test("[QD11] the same message twice is one entry, the first one", async () => {
    const entry = entryOf(100, { project: null, actor: "operator", action: "reindex" });
    expect(await deliver([entry, entry, { ...entry, actor: "mallory" }])).toEqual({ acked: [0, 1, 2], retried: [] });
    const { results } = await env.DB.prepare("SELECT actor, project FROM audit WHERE id = 'audit-100'").all();
    expect(results).toEqual([{ actor: "operator", project: null }]);
  });

  test("[QD11] entries go after 400 days", async () => {
    const keptMs = 400 * 86_400_000;
    await deliver([entryOf(101, { atMs: BASE_MS + keptMs + 5 })]);
    const oldest = await env.DB.prepare("SELECT min(at_ms) AS oldest FROM audit").first("oldest");
    expect(oldest).toBe(BASE_MS + 5);
  });

  test.each<readonly [string, object]>([
    ["another version", { v: 2 }],
    ["no id", { id: "" }],
    ["a project that is none", { project: "No" }],
    ["no project", { project: undefined }],
    ["a number for an actor", { actor: 1 }],
    ["text for a detail", { detail: "x" }],
    ["no time", { atMs: null }],
  ])("[QD11] an entry with %s is a dead letter at once", async (_name, change) => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const body = { ...entryOf(103), ...change };
    expect(await deliver([body])).toEqual({ acked: [0], retried: [] });
    expect(await env.DB.prepare("SELECT id FROM audit WHERE id = 'audit-103'").first()).toBeNull();
  });
});
