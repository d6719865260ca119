/**
 * What an isolate knows of projects, with real D1 and a clock that is set.
 * @module
 */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { ProjectClaim } from "../../src/auth/project.ts";
import { DEFAULT_PROJECT, type ProjectId } from "../../src/protocol/room-id.ts";
import { FRESH_MS, LOOKUPS_PER_SECOND, MAX_UNKNOWN, ProjectCache, STALE_MS } from "../../src/router/project-cache.ts";
import { Projects } from "../../src/storage/d1/projects.ts";
import { ask, asOperator, createProject, fallibleIsolate, mint, otherIsolate } from "./project-requests.ts";
import { failureOf, readJson, sendWith } from "./router-requests.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const SHOP = "shop" as ProjectId;
const OTHER = "other" as ProjectId;
const madeUp = (count: number, prefix = "zz") =>
  Array.from({ length: count }, (_, index) => `${prefix}${index}` as ProjectId);

/** A cache whose clock and whose D1 can be set, and how often it asked. */
function cacheUnderTest() {
  const state = { nowMs: 1_900_000_000_000, isDown: false, asked: 0, gate: Promise.resolve() };
  const store = new Projects(fallibleIsolate(() => state.isDown).DB);
  const load = async (id: ProjectId, nowMs: number) => {
    state.asked += 1;
    await state.gate;
    return await store.load(id, nowMs);
  };
  const cache = new ProjectCache({ load }, () => state.nowMs);
  const nameOf = async (id: ProjectId, claim: ProjectClaim = "proven") => {
    const found = await cache.find(id, claim);
    return found.ok ? (found.value?.name ?? null) : found.error.tag;
  };
  return { state, cache, nameOf };
}

const rename = async (name: string) => await new Projects(env.DB).update(SHOP, { name }, 1);

describe("what is known", () => {
  test("[RT74] D1 is asked again after 30 s, and not before", async () => {
    await createProject("shop", { name: "first" });
    const { state, nameOf } = cacheUnderTest();
    expect(await nameOf(SHOP)).toBe("first");
    await rename("second");
    state.nowMs += FRESH_MS - 1;
    expect([await nameOf(SHOP), state.asked]).toEqual(["first", 1]);
    state.nowMs += 1;
    expect([await nameOf(SHOP), state.asked]).toEqual(["second", 2]);
  });

  test("[RT74] many requests at once ask once", async () => {
    const { state, nameOf } = cacheUnderTest();
    const names = await Promise.all(Array.from({ length: 50 }, () => nameOf(SHOP)));
    expect([new Set(names), state.asked]).toEqual([new Set(["second"]), 1]);
  });

  test("[RT74] who waits for a request that was cancelled asks for themselves, once for all", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const { state, cache, nameOf } = cacheUnderTest();
    state.gate = new Promise(() => undefined);
    void cache.find(SHOP, "proven");
    const waiting = [nameOf(SHOP), nameOf(SHOP), nameOf(SHOP)];
    state.gate = Promise.resolve();
    vi.advanceTimersByTime(2_000);
    vi.useRealTimers();
    expect([await Promise.all(waiting), state.asked]).toEqual([["second", "second", "second"], 2]);
  });

  test("[RT74] an answer from before a change is not kept", async () => {
    const { state, cache, nameOf } = cacheUnderTest();
    const { promise, resolve } = Promise.withResolvers<void>();
    const before = cache.find(SHOP, "proven");
    state.gate = promise;
    const during = cache.find(SHOP, "proven");
    cache.forget(SHOP);
    resolve();
    await Promise.all([before, during]);
    expect([await nameOf(SHOP), state.asked]).toEqual(["second", 2]);
  });

  test("[RT74] while D1 is down, what was known counts for an hour, then nobody can tell", async () => {
    const { state, nameOf } = cacheUnderTest();
    expect(await nameOf(SHOP)).toBe("second");
    state.isDown = true;
    state.nowMs += STALE_MS - 1;
    expect(await nameOf(SHOP)).toBe("second");
    expect(await nameOf("other" as ProjectId)).toBe("projects-unavailable");
    state.nowMs += 1;
    expect(await nameOf(SHOP)).toBe("projects-unavailable");
    state.isDown = false;
    state.nowMs += 1_000;
    expect(await nameOf(SHOP)).toBe("second");
  });

  test("[RT74] D1 is left alone for a second after it failed", async () => {
    const { state, nameOf } = cacheUnderTest();
    state.isDown = true;
    for (let round = 0; round < 20; round += 1) expect(await nameOf(SHOP)).toBe("projects-unavailable");
    expect(state.asked).toBe(1);
    state.nowMs += 1_000;
    await nameOf(SHOP);
    expect(state.asked).toBe(2);
  });

  test("[RT74] over HTTP: an hour of a cached project, then 503 and never 401", async () => {
    const { secretKey } = await createProject("outage");
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(1_900_000_000_000);
    let isDown = false;
    const isolate = fallibleIsolate(() => isDown);
    const mint = async (key: string) => {
      const body = { user: "alice", rooms: {} };
      return await ask(key, "/v1/tokens", { body, variables: isolate });
    };
    expect((await mint(secretKey)).status).toBe(201);
    isDown = true;
    vi.setSystemTime(1_900_003_599_999);
    expect((await mint(secretKey)).status).toBe(201);
    vi.setSystemTime(1_900_003_600_000);
    const refused = await mint(secretKey);
    expect(refused.headers.get("retry-after")).toMatch(/^\d+$/);
    expect(await failureOf(refused)).toBe("503 unavailable");
    // Forged: no database is needed to know that.
    expect(await failureOf(await mint(`${secretKey.slice(0, -1)}${secretKey.endsWith("A") ? "E" : "A"}`))).toBe(
      "401 unauthorized",
    );
  });
});

describe("what has proven nothing", () => {
  test("[RT92] 50 ids a second are asked for, and whoever is known or proven asks as ever", async () => {
    const { state, cache, nameOf } = cacheUnderTest();
    expect(await nameOf(SHOP)).toBe("second");
    const answers = async (prefix: string) => {
      const all = await Promise.all(madeUp(60, prefix).map((id) => nameOf(id, "said")));
      return [all.filter((one) => one === null).length, all.filter((one) => one === "too-many-lookups").length];
    };
    expect([await answers("a"), state.asked]).toEqual([[50, 10], 51]);
    expect(await cache.find(OTHER, "said")).toEqual({
      ok: false,
      error: { tag: "too-many-lookups", retryAfterMs: 1_000 / LOOKUPS_PER_SECOND },
    });
    // Asked for already, and known not to exist.
    expect(await nameOf("a0" as ProjectId, "said")).toBeNull();
    expect(await nameOf(OTHER)).toBeNull();
    state.nowMs += FRESH_MS;
    expect((await answers("b"))[1]).toBe(10);
    const before = state.asked;
    expect([await nameOf(SHOP, "said"), state.asked]).toEqual(["second", before + 1]);
    state.nowMs += 1_000;
    expect(await answers("c")).toEqual([50, 10]);
  });

  test("[RT92] where D1 fails to find what somebody made up, others ask it all the same", async () => {
    const { state, nameOf } = cacheUnderTest();
    expect(await nameOf(SHOP)).toBe("second");
    await rename("third");
    state.nowMs += FRESH_MS;
    state.isDown = true;
    expect(await nameOf("zz0" as ProjectId, "said")).toBe("projects-unavailable");
    state.isDown = false;
    expect(await nameOf("zz0" as ProjectId, "said")).toBe("projects-unavailable");
    expect([await nameOf(SHOP), await nameOf(OTHER)]).toEqual(["third", null]);
  });

  test("[RT92] over HTTP: garbage of other providers is 429, and no project notices", async () => {
    const [warm, cold] = [await createProject("warm"), await createProject("cold")];
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(1_900_000_000_000);
    const isolate = otherIsolate();
    const list = async (credential: string) => await ask(credential, "/v1/documents", { variables: isolate });
    expect((await list(warm.secretKey)).status).toBe(200);
    const statuses = await Promise.all(madeUp(60).map(async (project) => (await list(foreignToken(project))).status));
    expect(new Set(statuses)).toEqual(new Set([401, 429]));
    const refused = await list(foreignToken("zz-last" as ProjectId));
    expect(Number(refused.headers.get("retry-after"))).toBeGreaterThan(0);
    expect(await failureOf(refused)).toBe("429 rate-limited");
    const token = await mint(cold, "alice", { "*": ["read"] });
    for (const credential of [warm.secretKey, cold.secretKey, token]) expect((await list(credential)).status).toBe(200);
    // Of a known project: its signature is looked at.
    expect(await failureOf(await list(foreignToken("warm" as ProjectId)))).toBe("401 unauthorized");
  });
});

/** As an identity provider's, for whoever has not looked at the signature. */
function foreignToken(project: ProjectId): string {
  const part = (value: object) => btoa(JSON.stringify(value)).replaceAll("=", "");
  const exp = Math.floor(Date.now() / 1000) + 600;
  return `${part({ alg: "ES256", typ: "JWT", kid: "k" })}.${part({ sub: "mallory", project, rooms: {}, exp })}.${"A".repeat(86)}`;
}

describe("what does not exist", () => {
  test("[RT75] an id of no project is asked for once in 30 s", async () => {
    const { state, nameOf } = cacheUnderTest();
    const nobody = "nobody" as ProjectId;
    for (let round = 0; round < 10; round += 1) expect(await nameOf(nobody)).toBeNull();
    expect(state.asked).toBe(1);
    state.nowMs += FRESH_MS;
    await nameOf(nobody);
    expect(state.asked).toBe(2);
  });

  test("[RT75] ids that somebody makes up push out one another, and no project", async () => {
    let asked = 0;
    const known = await new Projects(env.DB).load(DEFAULT_PROJECT, 0);
    const load = async (id: ProjectId) => {
      asked += 1;
      return id === DEFAULT_PROJECT ? known : ({ ok: true, value: null } as const);
    };
    const cache = new ProjectCache({ load }, () => 0);
    await cache.find(DEFAULT_PROJECT, "proven");
    for (let number = 0; number <= MAX_UNKNOWN; number += 1) await cache.find(`p${number}` as ProjectId, "proven");
    const before = asked;
    await cache.find(DEFAULT_PROJECT, "proven");
    await cache.find(`p${MAX_UNKNOWN}` as ProjectId, "proven");
    expect(asked).toBe(before);
    await cache.find("p0" as ProjectId, "proven");
    expect(asked).toBe(before + 1);
  });

  test("[RT75] a project is there as soon as it is made, elsewhere within 30 s", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(1_900_000_000_000);
    const elsewhere = otherIsolate();
    const keys = await createProject("once");
    await env.DB.prepare("DELETE FROM projects WHERE id = 'once'").run();
    const status = async (isolate: object) => (await ask(keys.secretKey, "/v1/audit", { variables: isolate })).status;
    const here = otherIsolate();
    expect([await status(elsewhere), await status(here)]).toEqual([401, 401]);
    const made = await asOperator("/v1/projects", { body: { id: "once" }, variables: here });
    expect(made.status).toBe(201);
    expect([await status(elsewhere), await status(here)]).toEqual([401, 200]);
    vi.setSystemTime(1_900_000_030_000);
    expect(await status(elsewhere)).toBe(200);
  });
});

test("[RT76] open mode knows the project of whoever comes without a key", async () => {
  const variables = { ROOST_SECRETS: `a:${"s".repeat(40)}` };
  const headers = { "content-type": "application/json" };
  const body = JSON.stringify({ user: "alice", rooms: { "*": ["read"] } });
  const minted = await sendWith(variables, "/v1/tokens", { method: "POST", headers, body });
  const { token } = await readJson<{ token: string }>(minted);
  const listed = await sendWith(variables, "/v1/documents", { headers: { authorization: `Bearer ${token}` } });
  expect(listed.status).toBe(200);
});
