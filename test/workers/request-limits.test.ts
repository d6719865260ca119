/**
 * How often a project, its pages, its people and an address may ask, each without being in the others' way.
 */
import { env } from "cloudflare:workers";
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { SCOPES } from "../../src/auth/grants.ts";
import { forgetProject } from "../../src/router/project-cache.ts";
import { Projects } from "../../src/storage/d1/projects.ts";
import { OPERATOR_SECRET, PAGE, type World, ask, makeProject, makeWorld, mint } from "./access-world.ts";
import { readProblem } from "./router-requests.ts";

let world: World;
beforeAll(async () => {
  world = await makeWorld();
});

// Buckets fill while a test runs, which takes as long as the machine likes.
beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: Date.now() }));
afterEach(() => void vi.useRealTimers());

const bearer = (text: string) => ({ authorization: `Bearer ${text}` });
const socketHeaders = (token: string) => ({
  upgrade: "websocket",
  "sec-websocket-protocol": `roost.v1, roost.token.${token}`,
});

async function limit(limits: object, project = world.project): Promise<void> {
  await new Projects(env.DB).update(project, { limits }, Date.now());
  forgetProject(env, project);
}

/** How many of `attempts` got through. */
async function countOf(attempts: number, attempt: () => Promise<Response>): Promise<number> {
  let through = 0;
  for (let index = 0; index < attempts; index += 1) {
    const response = await attempt();
    response.webSocket?.accept();
    response.webSocket?.close(1000);
    if (response.status < 300) through += 1;
    await response.body?.cancel();
  }
  return through;
}

describe("by project and by address", () => {
  const asking = (headers: Record<string, string>) => async () => await ask("/v1/documents", { headers });
  const page = (pageKey: string, ip: string) => async () =>
    await ask(`/v1/documents?key=${pageKey}`, { headers: { origin: PAGE, "cf-connecting-ip": ip } });
  /** What a back end and an administrator do in an emergency. */
  const emergency = (headers: Record<string, string>, path: string, body: object) => async () =>
    await ask(path, {
      method: "POST",
      headers: { ...headers, "content-type": "application/json" },
      body: JSON.stringify(body),
    });

  test("[RT84] a token's own limit is its user's alone, and its project's", async () => {
    const claims = { rooms: { "*": SCOPES }, limits: { requestsPerMinute: 2 } };
    const of = async (user: string, key = world.keys.secretKey) => bearer(await mint(key, { ...claims, user }));
    expect(await countOf(20, asking(await of("bob")))).toBe(2);
    expect(await countOf(20, asking(await of("carol")))).toBe(2);
    // Another project's bob is somebody else.
    expect(await countOf(20, asking(await of("bob", world.rival.secretKey)))).toBe(2);
  });

  test("[RT84] requests of a project's pages and people, whoever asks, and its back end by itself", async () => {
    // Each test its own project: a bucket that is empty fills slowly.
    const keys = await makeProject("busy", { requestsPerMinute: 5 });
    const of = async (user: string) => bearer(await mint(keys.secretKey, { user, rooms: { "*": SCOPES } }));
    const callers = [await of("alice"), await of("bob")];
    let next = 0;
    const attempt = async () => await ask("/v1/documents", { headers: callers[next++ % 2] ?? {} });
    expect(await countOf(8, attempt)).toBe(5);
    const refused = await attempt();
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await readProblem(refused)).toMatchObject({ status: 429, limit: "requestsPerMinute" });
    expect(await countOf(8, page(keys.pageKey, "203.0.113.20"))).toBe(0);
    expect(await countOf(8, asking(bearer(keys.secretKey)))).toBe(5);
  });

  test("[RT84] one page address or one person has a tenth, and leaves the rest to others", async () => {
    const keys = await makeProject("shared", { requestsPerMinute: 1_000 });
    const of = async (user: string) => bearer(await mint(keys.secretKey, { user, rooms: { "*": SCOPES } }));
    expect(await countOf(110, asking(await of("mallory")))).toBe(100);
    expect(await countOf(110, page(keys.pageKey, "203.0.113.21"))).toBe(100);
    expect(await countOf(2, asking(await of("alice")))).toBe(2);
    expect(await countOf(2, page(keys.pageKey, "203.0.113.22"))).toBe(2);
    const small = await makeProject("small", { requestsPerMinute: 100 });
    expect(await countOf(70, page(small.pageKey, "203.0.113.21"))).toBe(60);
  });

  test("[RT84] nobody keeps a back end, or an administrator, from showing people out", async () => {
    const keys = await makeProject("besieged", { requestsPerMinute: 60 });
    const rooms = { "*": SCOPES };
    const admin = bearer(await mint(keys.secretKey, { user: "alice", rooms }));
    expect(await countOf(80, page(keys.pageKey, "203.0.113.23"))).toBe(60);
    const others = bearer(await mint(keys.secretKey, { user: "mallory", rooms: { "document:x": ["read"] } }));
    // Refused for their rights, and counted for their own share only.
    expect((await emergency(others, "/v1/rooms/document/x/kick", { user: "alice" })()).status).toBe(403);
    expect((await asking(admin)()).status).toBe(429);
    const server = bearer(keys.secretKey);
    for (const [headers, path, body, status] of [
      [server, "/v1/users/mallory/revoke", { forSeconds: 1 }, 200],
      [server, "/v1/tokens", { user: "bob", rooms: {} }, 201],
      [server, "/v1/rooms/document/x/kick", { user: "mallory" }, 200],
      [server, "/v1/rooms/document/x/lock", { mode: "closed" }, 404],
      [admin, "/v1/rooms/document/x/kick", { user: "mallory" }, 200],
      [admin, "/v1/rooms/document/x/lock", { mode: "closed" }, 404],
      [bearer(OPERATOR_SECRET), "/v1/projects/besieged/rotate", { overlapSeconds: 60 }, 200],
    ] as const) {
      expect([path, (await emergency(headers, path, body)()).status]).toEqual([path, status]);
    }
  });

  test("[RT84] connects of an address", async () => {
    await limit({ connectsPerMinute: 3 });
    const token = await world.token({ "*": SCOPES });
    const from = (ip: string) => async () =>
      await ask("/v1/documents/counted/connect", { headers: { ...socketHeaders(token), "cf-connecting-ip": ip } });
    expect(await countOf(5, from("203.0.113.1"))).toBe(3);
    expect(await countOf(5, from("203.0.113.2"))).toBe(3);
    // The same network counts as one.
    expect((await countOf(2, from("2001:db8::1"))) + (await countOf(2, from("2001:db8::2")))).toBe(3);
    const refused = await from("203.0.113.1")();
    expect(await readProblem(refused)).toMatchObject({ status: 429, limit: "connectsPerMinute" });
    await limit({});
  });
});

describe("counters", () => {
  test("[RT89] refusals are counted by tag and limit", async () => {
    const read = async (label: string) => {
      const text = await (await ask("/v1/metrics", { headers: bearer(OPERATOR_SECRET) })).text();
      const line = text.split("\n").find((one) => one.startsWith(`roost_refusals_total{${label}}`));
      return Number(line?.split(" ").at(-1) ?? 0);
    };
    const before = await read('tag="unauthorized"');
    await ask("/v1/documents");
    expect(await read('tag="unauthorized"')).toBe(before + 1);
    expect(await read('tag="rate-limited",limit="connectsPerMinute"')).toBeGreaterThan(0);
  });
});
