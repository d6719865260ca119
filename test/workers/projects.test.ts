/**
 * Projects and their keys, over HTTP, with real D1.
 * @module
 */
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import { CLOSED, type Keys, ask, asOperator, createProject, otherIsolate } from "./project-requests.ts";
import { PROMPT } from "./room-peer.ts";
import { failureOf, readJson, readProblem, sendWith } from "./router-requests.ts";

afterEach(() => {
  vi.useRealTimers();
});

/** 200 while the key counts: a back end may read its audit log. */
const statusOf = async (key: string, variables: object = {}) => (await ask(key, "/v1/audit", { variables })).status;
const count = async (sql: string) => await env.DB.prepare(sql).first<number>("count");

const SETTINGS = {
  name: "Shop 商店",
  origins: ["https://shop.example", "http://localhost:5173"],
  jwksUrl: "https://id.shop.example/keys",
  issuer: "https://id.shop.example/",
  limits: { socketsPerRoom: 200 },
  access: { "document:public/*": ["read", "presence"] },
};

describe("managing projects", () => {
  test("[RT70] a project is made with what is said, shown, and listed newest first", async () => {
    const response = await asOperator("/v1/projects", { body: { id: "shop", ...SETTINGS } });
    expect(response.status).toBe(201);
    const created = await readJson<Record<string, unknown>>(response);
    expect(created).toMatchObject({ id: "shop", ...SETTINGS, keyVersion: 1, previousUntilMs: null });
    const { secretKey: _secret, publishableKey: _publishable, ...project } = created;
    expect(await readJson(await asOperator("/v1/projects/shop"))).toEqual(project);
    await createProject("plain");
    const { projects } = await readJson<{ projects: { id: string }[] }>(await asOperator("/v1/projects"));
    expect(projects.map(({ id }) => id)).toEqual(["plain", "shop", "default"]);
    const defaults = { name: "plain", origins: [], jwksUrl: null, issuer: null, limits: {}, access: {} };
    expect(projects[0]).toMatchObject(defaults);
  });

  test("[RT70] lists come page by page", async () => {
    const seen: string[] = [];
    let cursor: string | null = "";
    while (cursor !== null) {
      const more: string = cursor === "" ? "" : `&cursor=${cursor}`;
      const page = await readJson<{ projects: { id: string }[]; cursor: string | null }>(
        await asOperator(`/v1/projects?limit=2${more}`),
      );
      seen.push(...page.projects.map(({ id }) => id));
      cursor = page.cursor;
    }
    expect(seen).toEqual(["plain", "shop", "default"]);
    expect(await failureOf(await asOperator("/v1/projects?cursor=x"))).toBe("400 bad-request");
  });

  test("[RT70] what is changed replaces what was, and the rest stays", async () => {
    const change = async (body: object) =>
      await readJson(await asOperator("/v1/projects/shop", { method: "PATCH", body: { ...body } }));
    expect(await change({ limits: { joinsPerSecond: 5 } })).toMatchObject({
      ...SETTINGS,
      limits: { joinsPerSecond: 5 },
    });
    expect(await change({ jwksUrl: null, issuer: null, origins: [] })).toMatchObject({
      name: SETTINGS.name,
      jwksUrl: null,
      origins: [],
    });
    expect(await change({ name: "Store", access: {} })).toMatchObject({ name: "Store", jwksUrl: null, access: {} });
  });

  test("[RT70] an id is taken once, and an unknown one is not found", async () => {
    const again = await asOperator("/v1/projects", { body: { id: "shop", name: "thief" } });
    expect(await failureOf(again)).toBe("409 conflict");
    expect(await readJson(await asOperator("/v1/projects/shop"))).toMatchObject({ name: "Store" });
    for (const path of ["", "/keys"]) {
      expect(await failureOf(await asOperator(`/v1/projects/nobody${path}`))).toBe("404 no-route");
    }
    expect(await failureOf(await asOperator("/v1/projects/nobody", { method: "PATCH", body: {} }))).toBe(
      "404 no-route",
    );
    expect(await failureOf(await asOperator("/v1/projects/nobody/rotate", { body: {} }))).toBe("404 no-route");
  });

  test.each<readonly [string, object]>([
    ["id", { id: "Shop" }],
    ["id", { id: "a/b" }],
    ["id", { id: "__proto__" }],
    ["name", { name: "" }],
    ["name", { name: "a\nb" }],
    ["name", { name: "x".repeat(121) }],
    ["origins", { origins: ["shop.example"] }],
    ["origins", { origins: ["https://shop.example/"] }],
    ["origins", { origins: Array.from({ length: 101 }, (_, index) => `https://a${index}.example`) }],
    ["jwksUrl", { jwksUrl: "http://id.example/keys" }],
    ["jwksUrl", { jwksUrl: "https://127.0.0.1/keys" }],
    ["issuer", { issuer: "" }],
    ["limits", { limits: { socketsPerRoom: 0 } }],
    ["limits", { limits: { sockets: 1 } }],
    ["access", { access: { "document:*": ["admin"] } }],
    ["access", { access: { "document:*": ["history"] } }],
    ["access", { access: { "pages:*": ["read"] } }],
    ["", { colour: "red" }],
  ])("[RT70] a %s that does not fit is refused, and nothing is stored (%j)", async (field, settings) => {
    const body = { id: "unfit", ...settings };
    const problem = await readProblem(await asOperator("/v1/projects", { body }));
    expect(problem).toMatchObject({ status: 400, detail: expect.stringContaining(field) });
    expect(await failureOf(await asOperator("/v1/projects/unfit"))).toBe("404 no-route");
  });

  test("[RT70] nobody but the operator manages anything", async () => {
    const keys = await createProject("modest");
    const routes = [
      ["GET", "/v1/projects"],
      ["POST", "/v1/projects"],
      ["GET", "/v1/projects/modest"],
      ["PATCH", "/v1/projects/modest"],
      ["GET", "/v1/projects/modest/keys"],
      ["POST", "/v1/projects/modest/rotate"],
    ] as const;
    for (const [method, path] of routes) {
      const body = method === "GET" ? {} : { body: { id: "mine" } };
      expect(await failureOf(await ask(keys.secretKey, path, { method, ...body }))).toBe("403 forbidden");
      expect(await failureOf(await sendWith(CLOSED, path, { method }))).toBe("401 unauthorized");
    }
    expect(await readJson(await asOperator("/v1/projects/modest"))).toMatchObject({ keyVersion: 1 });
  });
});

describe("keys", () => {
  test("[RT71] the operator sees a project's keys whenever asked, and no cache keeps them", async () => {
    const { secretKey, publishableKey } = await createProject("keyed");
    const keys = { secretKey, publishableKey };
    expect(keys.secretKey).toMatch(/^sk_keyed\.two\.1\.[\w-]{43}$/);
    expect(keys.publishableKey).toMatch(/^pk_keyed\.two\.1\.[\w-]{43}$/);
    const again = await asOperator("/v1/projects/keyed/keys");
    expect(again.headers.get("cache-control")).toBe("no-store");
    expect(await readJson(again)).toEqual({ keyVersion: 1, previousUntilMs: null, ...keys });
    expect(await statusOf(keys.secretKey)).toBe(200);
  });

  test("[RT71] no table holds a key, a token or a master secret", async () => {
    const { secretKey } = await createProject("traceless");
    const body = { user: "alice", rooms: { "*": ["read"] } };
    const { token } = await readJson<{ token: string }>(await ask(secretKey, "/v1/tokens", { body }));
    const entries = "SELECT count(*) AS count FROM audit WHERE project = 'traceless' AND action = 'mint-token'";
    await expect.poll(async () => await count(entries), PROMPT).toBe(1);
    const stored: string[] = [];
    for (const table of ["projects", "revocations", "user_rooms", "audit", "dead_letters", "document_counts"]) {
      stored.push(JSON.stringify((await env.DB.prepare(`SELECT * FROM ${table}`).all()).results));
    }
    expect(stored.join()).toContain("traceless");
    for (const secret of [secretKey.slice(-43), token.slice(-43), "2".repeat(40)]) {
      expect(stored.join()).not.toContain(secret);
    }
  });

  test("[RT71] without a master secret there are no keys, and no project", async () => {
    const variables = { ROOST_SECRETS: "" };
    const made = await asOperator("/v1/projects", { body: { id: "keyless" }, variables });
    expect(await failureOf(made)).toBe("500 misconfigured");
    expect(await failureOf(await asOperator("/v1/projects/default/keys", { variables }))).toBe("500 misconfigured");
    const rotated = await asOperator("/v1/projects/default/rotate", { body: {}, variables });
    expect(await failureOf(rotated)).toBe("500 misconfigured");
    expect(await failureOf(await asOperator("/v1/projects/keyless"))).toBe("404 no-route");
    expect(await readJson(await asOperator("/v1/projects/default"))).toMatchObject({ keyVersion: 1 });
  });
});

describe("rotation", () => {
  const rotate = async (id: string, body: Record<string, unknown>) =>
    await asOperator(`/v1/projects/${id}/rotate`, { body });

  test("[RT72] keys of the version before count until exactly the overlap ends", async () => {
    const before = await createProject("turning");
    vi.useFakeTimers({ toFake: ["Date"] });
    const startMs = 1_900_000_000_000;
    vi.setSystemTime(startMs);
    const after = await readJson<Keys>(await rotate("turning", { overlapSeconds: 60 }));
    expect(after).toMatchObject({ keyVersion: 2, previousUntilMs: startMs + 60_000 });
    for (const key of ["secretKey", "publishableKey"] as const) expect(after[key]).not.toBe(before[key]);
    expect([await statusOf(before.secretKey), await statusOf(after.secretKey)]).toEqual([200, 200]);
    vi.setSystemTime(startMs + 59_999);
    expect([await statusOf(before.secretKey), await statusOf(after.secretKey)]).toEqual([200, 200]);
    vi.setSystemTime(startMs + 60_000);
    expect([await statusOf(before.secretKey), await statusOf(after.secretKey)]).toEqual([401, 200]);
  });

  test("[RT72] without an overlap they end at once here, and within 30 s in other isolates", async () => {
    const before = await createProject("leaked");
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(1_900_000_000_000);
    const elsewhere = otherIsolate();
    expect(await statusOf(before.secretKey, elsewhere)).toBe(200);
    const after = await readJson<Keys>(await rotate("leaked", { overlapSeconds: 0 }));
    expect(after).toMatchObject({ keyVersion: 2, previousUntilMs: null });
    expect(await statusOf(before.secretKey)).toBe(401);
    vi.setSystemTime(1_900_000_030_000);
    expect(await statusOf(before.secretKey, elsewhere)).toBe(401);
    expect(await statusOf(after.secretKey, elsewhere)).toBe(200);
  });

  test("[RT72] a second rotation within the overlap is a conflict, forced it ends the oldest keys", async () => {
    const first = await createProject("twice");
    vi.useFakeTimers({ toFake: ["Date"] });
    vi.setSystemTime(1_900_000_000_000);
    const second = await readJson<Keys>(await rotate("twice", {}));
    expect(second).toMatchObject({ keyVersion: 2, previousUntilMs: 1_900_000_000_000 + 86_400_000 });
    expect(await failureOf(await rotate("twice", { overlapSeconds: 60 }))).toBe("409 conflict");
    expect(await statusOf(first.secretKey)).toBe(200);
    const third = await readJson<Keys>(await rotate("twice", { overlapSeconds: 60, force: true }));
    const keys = [first, second, third].map(({ secretKey }) => secretKey);
    expect(await Promise.all(keys.map((key) => statusOf(key)))).toEqual([401, 200, 200]);
    vi.setSystemTime(1_900_000_060_000);
    expect((await rotate("twice", {})).status).toBe(200);
  });

  test.each([{ overlapSeconds: -1 }, { overlapSeconds: 30 * 86_400 + 1 }, { overlapSeconds: 1.5 }, { when: "now" }])(
    "[RT72] %j is no rotation",
    async (body) => {
      expect(await failureOf(await rotate("default", body))).toBe("400 bad-request");
    },
  );

  test("[RT73] keys of an older master secret count while it is listed, and new ones are made with the newest", async () => {
    const [two = "", one = ""] = CLOSED.ROOST_SECRETS.split(",");
    const only = (ROOST_SECRETS: string) => ({ variables: { ROOST_SECRETS } });
    const keysWith = async (secrets: string) =>
      await readJson<Keys>(await asOperator("/v1/projects/default/keys", only(secrets)));
    const old = await keysWith(one);
    const current = await keysWith(`${two},${one}`);
    expect([old.secretKey, current.secretKey].map((key) => key.split(".")[1])).toEqual(["one", "two"]);
    const statuses = async (secrets: string) =>
      await Promise.all([old, current].map(({ secretKey }) => statusOf(secretKey, { ROOST_SECRETS: secrets })));
    expect(await statuses(one)).toEqual([200, 401]);
    expect(await statuses(`${two},${one}`)).toEqual([200, 200]);
    expect(await statuses(two)).toEqual([401, 200]);
    expect(await statuses(`one:${"3".repeat(40)},${two}`)).toEqual([401, 200]);
  });
});
