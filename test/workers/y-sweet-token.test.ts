/**
 * Tokens that a closed server gives to Y-Sweet's SDK, and what they are good for.
 */
import { createExecutionContext } from "cloudflare:test";
import { describe, expect, test } from "vitest";
import { SCOPES } from "../../src/auth/grants.ts";
import type { RoomAccess } from "../../src/auth/room-access.ts";
import worker from "../../src/index.ts";
import { HOST, ask, closedEnv, mint as mintAt } from "./access-world.ts";
import { claimsOf } from "./claims-of.ts";
import { failureOf, readJson, readProblem, writeText } from "./router-requests.ts";
import { type ClientToken, connect, get, post, textOf, tokenFor, world } from "./y-sweet-requests.ts";

describe("a token", () => {
  test("[RT141] is good for its document, by socket and over HTTP, and for no other", async () => {
    const token = await tokenFor("team/notes");
    expect(token).toEqual({
      url: `${HOST.replace("http", "ws")}/d/team%2Fnotes/ws`,
      baseUrl: `${HOST}/d/team%2Fnotes`,
      docId: "team/notes",
      token: token.token,
      authorization: "full",
    });
    expect(claimsOf(token.token)).toMatchObject({ rooms: { "document:team/notes": ["read", "write", "presence"] } });
    expect(await connect(token)).toBe("101");
    expect((await post("/d/team/notes/update", writeText("by its token"), token.token)).status).toBe(200);
    expect(await textOf(await get("/d/team/notes/as-update?z=1", token.token))).toBe("by its token");
    await tokenFor("team/other");
    expect(await connect({ ...token, url: `${HOST}/d/team%2Fother/ws`, docId: "team/other" })).toBe("403 forbidden");
    expect(await failureOf(await get("/d/team/other/as-update", token.token))).toBe("403 forbidden");
    expect(await failureOf(await post("/doc/team/notes/auth", {}, token.token))).toBe("403 forbidden");
  });

  test("[RT141] that only reads does not write", async () => {
    const token = await tokenFor("read-only", { authorization: "read-only", userId: "bob" });
    expect(token.authorization).toBe("read-only");
    expect(claimsOf(token.token)).toMatchObject({ sub: "bob", rooms: { "document:read-only": ["read", "presence"] } });
    expect(await connect(token)).toBe("101");
    expect((await get("/d/read-only/as-update", token.token)).status).toBe(200);
    expect(await failureOf(await post("/d/read-only/update", writeText("no"), token.token))).toBe("403 forbidden");
  });

  test("[RT141] lives as long as is asked, an hour where nothing is said, a day at most", async () => {
    const lifeOf = async (asked: object) => {
      const { exp, iat } = claimsOf((await tokenFor("lasting", asked)).token);
      return Number(exp) - Number(iat);
    };
    expect(await lifeOf({})).toBe(3_600);
    expect(await lifeOf({ validForSeconds: 60 })).toBe(60);
    expect(await lifeOf({ validForSeconds: 30 * 86_400 })).toBe(86_400);
    for (const validForSeconds of [0, -1, 1.5, "60"]) {
      expect(await failureOf(await post("/doc/lasting/auth", { validForSeconds }))).toBe("400 bad-request");
    }
  });

  test("[RT141] is for a document that is there", async () => {
    expect(await failureOf(await post("/doc/never/auth", {}))).toBe("404 not-found");
    await tokenFor("gone");
    const headers = { authorization: `Bearer ${world.keys.secretKey}` };
    expect((await ask("/v1/documents/gone", { method: "DELETE", headers })).status).toBe(204);
    expect(await failureOf(await post("/doc/gone/auth", {}))).toBe("410 deleted");
    expect(await failureOf(await post("/doc/new", { docId: "gone" }))).toBe("410 deleted");
  });

  test("[RT141] what a provider that asks by itself sends along is its own id, or refused", async () => {
    await tokenFor("asked-directly");
    expect((await post("/doc/asked-directly/auth", { docId: "asked-directly" })).status).toBe(200);
    const other = await readProblem(await post("/doc/asked-directly/auth", { docId: "another" }));
    expect(other).toMatchObject({ status: 400, detail: "docId: is another than that of the path" });
    const headers = { authorization: `Bearer ${world.keys.secretKey}` };
    expect((await ask("/doc/asked-directly/auth", { method: "POST", headers })).status).toBe(200);
    const torn = await ask("/doc/asked-directly/auth", { method: "POST", headers, body: "{" });
    expect(await failureOf(torn)).toBe("400 bad-request");
  });

  test("[RT141] addresses are those that the caller used, and secure where the request is", async () => {
    await tokenFor("addressed");
    const headers = { authorization: `Bearer ${world.keys.secretKey}`, host: "docs.example:8443" };
    for (const s of ["", "s"]) {
      const request = new Request(`http${s}://roost.test/doc/addressed/auth`, { method: "POST", headers });
      const response = await worker.fetch(request, closedEnv, createExecutionContext());
      expect(await readJson<ClientToken>(response)).toMatchObject({
        url: `ws${s}://docs.example:8443/d/addressed/ws`,
        baseUrl: `http${s}://docs.example:8443/d/addressed`,
      });
    }
  });
});

describe("what a person hands on", () => {
  const own = async (rooms: RoomAccess, more: object = {}) =>
    await world.token(rooms, { user: "alice", name: "Alice", ...more });

  test("[RT142] is no scope that they lack", async () => {
    await tokenFor("scopes");
    const of = async (...scopes: (typeof SCOPES)[number][]) => await own({ "document:scopes": scopes });
    const asks = async (token: string, authorization: string) =>
      (await readProblem(await post("/doc/scopes/auth", { authorization }, token))).detail;
    expect(await asks(await of("admin"), "full")).toBe("This needs the scope read.");
    expect(await asks(await of("admin", "read", "presence"), "full")).toBe("This needs the scope write.");
    const reader = await of("admin", "read", "presence");
    expect((await post("/doc/scopes/auth", { authorization: "read-only" }, reader)).status).toBe(200);
    expect(await asks(await of("read", "write", "presence"), "full")).toBe("This needs the scope admin.");
  });

  test("[RT142] is their own name, face, limits and time", async () => {
    await tokenFor("own");
    const token = await own({ "document:*": SCOPES }, { limits: { frameBytes: 4_096 }, expiresInSeconds: 120 });
    const response = await post("/doc/own/auth", { validForSeconds: 3_600 }, token);
    const claims = claimsOf((await readJson<ClientToken>(response)).token);
    expect(claims).toMatchObject({ sub: "alice", name: "Alice", limits: { frameBytes: 4_096 } });
    expect(Number(claims["exp"])).toBeLessThanOrEqual(Number(claimsOf(token)["exp"]));
    expect((await post("/doc/own/auth", { userId: "alice" }, token)).status).toBe(200);
    expect(await failureOf(await post("/doc/own/auth", { userId: "bob" }, token))).toBe("403 forbidden");
  });

  test("[RT142] ends with the version of the key that theirs was made with", async () => {
    await tokenFor("rotated");
    const { previousKey } = await world.callers();
    const old = await mintAt(previousKey.bearer ?? "", { user: "alice", rooms: { "*": SCOPES } });
    for (const credential of [old, previousKey.bearer]) {
      const given = await tokenFor("rotated", { validForSeconds: 86_400 }, credential);
      const header = JSON.parse(atob(given.token.split(".")[0] ?? "")) as { readonly kid: string };
      expect(header.kid).toMatch(/\.2$/);
      const { exp, iat } = claimsOf(given.token);
      expect(Number(exp) - Number(iat)).toBeLessThanOrEqual(3_600);
    }
  });

  test("[RT142] is no other document: a segment * would name them all, and a part of one is no pattern", async () => {
    for (const docId of ["*", "team/*", "*/notes", "a*b"]) {
      expect((await post("/doc/new", { docId })).status).toBe(200);
      expect(await failureOf(await post(`/doc/${docId}/auth`, {}))).toBe("400 bad-request");
    }
  });
});

test("[RT143] who is not named is somebody else each time", async () => {
  const first = claimsOf((await tokenFor("guests")).token);
  const second = claimsOf((await tokenFor("guests")).token);
  expect(first["sub"]).toMatch(/^guest-[\w-]{36}$/);
  expect(second["sub"]).not.toBe(first["sub"]);
  expect(await failureOf(await post("/doc/guests/auth", { userId: "anonymous" }))).toBe("400 bad-request");
});
