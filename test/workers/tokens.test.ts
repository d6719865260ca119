/**
 * Tokens over HTTP: what a back end gets for its people.
 * @module
 */
import { describe, expect, test } from "vitest";
import { ask, asOperator, createProject, mint } from "./project-requests.ts";
import { failureOf, readJson, readProblem } from "./router-requests.ts";

const claimsOf = (token: string): unknown => {
  const payload = (token.split(".")[1] ?? "").replaceAll("-", "+").replaceAll("_", "/");
  return JSON.parse(new TextDecoder().decode(Uint8Array.from(atob(payload), (byte) => byte.charCodeAt(0))));
};

type Minted = { readonly token: string; readonly expiresMs: number };
type Rotated = { readonly secretKey: string; readonly previousUntilMs: number };
/** Those of project-requests.ts. */
const MASTERS = { two: "2".repeat(40), one: "1".repeat(40) };

const ALICE = {
  user: "alice",
  name: "Ælice 🦊",
  color: "#2d6cdf",
  avatar: "https://a.example/a.png",
  rooms: { "document:team/*": ["read", "write"] },
  limits: { syncMessagesPerSecond: 50 },
};

describe("minting", () => {
  test("[RT76] a token says what was asked for, of the caller's project, for as long as was asked", async () => {
    const { secretKey } = await createProject("mint");
    const startSeconds = Math.floor(Date.now() / 1000);
    const response = await ask(secretKey, "/v1/tokens", { body: { ...ALICE, expiresInSeconds: 90 } });
    expect([response.status, response.headers.get("cache-control")]).toEqual([201, "no-store"]);
    const { token, expiresMs } = await readJson<{ token: string; expiresMs: number }>(response);
    const { user, ...said } = ALICE;
    const claims = claimsOf(token);
    expect(claims).toMatchObject({ sub: user, ...said, exp: expiresMs / 1000 });
    const lifetime = expiresMs / 1000 - startSeconds;
    expect(lifetime).toBeGreaterThanOrEqual(90);
    expect(lifetime).toBeLessThan(120);
    expect(JSON.stringify(claims)).not.toContain("sk_");
  });

  test("[RT76] its bearer may do what it says, in that project, and nothing else", async () => {
    const keys = await createProject("bounded");
    const everywhere = await mint(keys, "alice", { "document:*": ["read"] });
    const somewhere = await mint(keys, "bob", { "document:team/*": ["read", "write", "admin"] });
    expect((await ask(everywhere, "/v1/documents")).status).toBe(200);
    expect(await failureOf(await ask(somewhere, "/v1/documents"))).toBe("403 forbidden");
    for (const token of [everywhere, somewhere]) {
      expect(await failureOf(await ask(token, "/v1/tokens", { body: ALICE }))).toBe("403 forbidden");
      expect(await failureOf(await ask(token, "/v1/audit"))).toBe("403 forbidden");
    }
  });

  test("[AU33] a key that is rotated away mints nothing that outlives its overlap", async () => {
    const old = await createProject("lasting");
    const rotated = await asOperator("/v1/projects/lasting/rotate", { body: { overlapSeconds: 600 } });
    const { secretKey, previousUntilMs } = await readJson<Rotated>(rotated);
    const mintWith = async (key: string, expiresInSeconds: number) => {
      const body = { ...ALICE, rooms: { "document:*": ["read"] }, expiresInSeconds };
      const { token, expiresMs } = await readJson<Minted>(await ask(key, "/v1/tokens", { body }));
      const [header = ""] = token.split(".");
      const { kid } = JSON.parse(atob(header)) as { readonly kid: string };
      return { token, expiresMs, kid, said: claimsOf(token) };
    };
    const before = await mintWith(old.secretKey, 3_600);
    expect(before).toMatchObject({
      kid: "lasting.two.1",
      expiresMs: Math.floor(previousUntilMs / 1000) * 1000,
      said: { exp: Math.floor(previousUntilMs / 1000) },
    });
    expect((await mintWith(old.secretKey, 60)).expiresMs).toBeLessThan(before.expiresMs);
    const after = await mintWith(secretKey, 3_600);
    expect([after.kid, after.expiresMs > previousUntilMs]).toEqual(["lasting.two.2", true]);
    expect([
      (await ask(before.token, "/v1/documents")).status,
      (await ask(after.token, "/v1/documents")).status,
    ]).toEqual([200, 200]);
    await asOperator("/v1/projects/lasting/rotate", { body: { overlapSeconds: 600, force: true } });
    expect(await failureOf(await ask(old.secretKey, "/v1/audit"))).toBe("401 unauthorized");
    expect(await failureOf(await ask(before.token, "/v1/documents"))).toBe("401 unauthorized");
    expect((await ask(after.token, "/v1/documents")).status).toBe(200);
  });

  test("[AU33] what a key of an older master secret mints ends with that secret", async () => {
    const project = await createProject("mastered");
    const only = (...ids: readonly (keyof typeof MASTERS)[]) => ({
      ROOST_SECRETS: ids.map((id) => `${id}:${MASTERS[id]}`).join(","),
    });
    const keys = await asOperator("/v1/projects/mastered/keys", { variables: only("one") });
    const old = (await readJson<{ secretKey: string }>(keys)).secretKey;
    expect(old).not.toBe(project.secretKey);
    const body = { ...ALICE, rooms: { "document:*": ["read"] } };
    const { token } = await readJson<Minted>(await ask(old, "/v1/tokens", { body }));
    expect((await ask(token, "/v1/documents")).status).toBe(200);
    expect(await failureOf(await ask(token, "/v1/documents", { variables: only("two") }))).toBe("401 unauthorized");
  });

  test.each<readonly [string, object]>([
    ["rooms", { rooms: { "documents:*": ["read"] } }],
    ["Scopes", { rooms: { "document:*": ["reed"] } }],
    ["rooms", { rooms: undefined }],
    ["user", { user: undefined }],
    ["user", { user: "" }],
    ["user", { user: "x".repeat(129) }],
    ["color", { color: "blue" }],
    ["avatar", { avatar: "http://a.example/a.png" }],
    ["limits", { limits: { syncMessagesPerSecond: -1 } }],
    ["expiresInSeconds", { expiresInSeconds: 86_401 }],
    ["expiresInSeconds", { expiresInSeconds: 0 }],
    ["", { project: "other" }],
  ])("[RT76] a token with an unfit %s is not minted (%j)", async (field, change) => {
    const { secretKey } = await readJson<{ secretKey: string }>(await asOperator("/v1/projects/default/keys"));
    const problem = await readProblem(await ask(secretKey, "/v1/tokens", { body: { ...ALICE, ...change } }));
    expect(problem).toMatchObject({ status: 400, detail: expect.stringContaining(field) });
  });

  test("[RT76] neither a page's key nor the operator mints", async () => {
    const { publishableKey } = await createProject("paged", { origins: ["*"], access: { "*": ["read"] } });
    const page = await ask(publishableKey, "/v1/tokens", { body: ALICE });
    expect((await readProblem(page)).status).toBe(403);
    expect(await failureOf(await asOperator("/v1/tokens", { body: ALICE }))).toBe("403 forbidden");
  });
});
