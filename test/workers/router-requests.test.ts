/**
 * What holds for every request: ids, problems, methods, access, CORS, logs, metrics, sockets.
 * @module
 */
import { afterEach, describe, expect, test, vi } from "vitest";
import { createApp } from "../../src/router/app.ts";
import { makeWorld } from "./access-world.ts";
import {
  failureOf,
  openSocket,
  postUpdate,
  readJson,
  readProblem,
  send,
  sendWith,
  writeText,
} from "./router-requests.ts";
import { stockAnswer } from "./stock-answer.ts";

const ROOST = { "sec-websocket-protocol": "roost.v1" };

afterEach(() => void vi.restoreAllMocks());

describe("paths and methods", () => {
  test("[RT1] ids keep every character over every route", async () => {
    const id = "a/b c?d#e%2F100% 文档🦊";
    await postUpdate(id, writeText("odd id"));
    const path = `/v1/documents/${encodeURIComponent(id)}`;
    expect(await readJson(await send(path))).toMatchObject({ id });
    expect(await (await send(`${path}/content?format=text`)).text()).toContain("odd id");
    expect((await send(path, { method: "DELETE" })).status).toBe(204);
  });

  test("[RT1] what is no id is 400 on every route that takes one", async () => {
    for (const id of ["%00", "%zz", "x".repeat(257)]) {
      const path = `/v1/documents/${id}`;
      expect(await failureOf(await send(path))).toBe("400 bad-id");
      expect(await failureOf(await send(path, { method: "DELETE" }))).toBe("400 bad-id");
      expect(await failureOf(await send(`${path}/content`))).toBe("400 bad-id");
      expect(await failureOf(await postUpdate(decodeId(id), writeText("x")))).toBe("400 bad-id");
      expect(await failureOf(await openSocket(`${path}/connect`, ROOST))).toBe("400 bad-id");
      expect(await failureOf(await openSocket(`/yjs/${id}`))).toBe("400 bad-id");
    }
  });

  test("[RT3] an unknown path is 404, and so is a document path with too many segments", async () => {
    for (const path of ["/v1", "/v1/nothing", "/v1/documents/a/b", "/v2/documents"]) {
      expect(await failureOf(await send(path))).toBe("404 no-route");
    }
  });

  test("[RT3] a known path with another method says which it has", async () => {
    const refused = await send("/v1/documents/x", { method: "PUT" });
    expect(refused.headers.get("allow")?.split(", ").toSorted()).toEqual(["DELETE", "GET", "HEAD"]);
    expect(await failureOf(refused)).toBe("405 method-not-allowed");
    expect(await failureOf(await send("/yjs/a/b", { method: "POST" }))).toBe("405 method-not-allowed");
    expect(await failureOf(await send("/v1/documents/x/updates"))).toBe("405 method-not-allowed");
  });

  test("[RT2] a bug is 500 without a word about it, and in the log with its request id", async () => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const broken = { DOCUMENT_ROOM: { getByName: () => ({ describe: () => Promise.reject(new Error("secret")) }) } };
    const response = await sendWith(broken, "/v1/documents/x");
    expect(await response.clone().text()).not.toContain("secret");
    expect(await failureOf(response)).toBe("500 internal");
    const line = logged.mock.calls.map(String).find((text) => text.includes("secret"));
    expect(line).toContain(response.headers.get("x-request-id"));
  });

  test("[RT2] a store that fails is 503 with Retry-After, its words stay in the log", async () => {
    const logged = vi.spyOn(console, "error").mockImplementation(() => undefined);
    const DB = {
      prepare: () => {
        throw new Error("D1_ERROR: no such table");
      },
    };
    const response = await sendWith({ DB }, "/v1/documents");
    expect(response.headers.get("retry-after")).toMatch(/^\d+$/);
    expect(await failureOf(response)).toBe("503 unavailable");
    expect(logged.mock.calls.map(String).join()).toContain("no such table");
  });
});

describe("access", () => {
  test("[RT4] without open mode only health and the OpenAPI document answer", async () => {
    const closed = { ROOST_OPEN: "" };
    const socket = { headers: { upgrade: "websocket", ...ROOST } };
    for (const path of ["/v1/documents", "/v1/documents/x", "/v1/metrics", "/v1/dead-letters", "/v1/nothing"]) {
      const response = await sendWith(closed, path);
      expect(response.headers.get("www-authenticate")).toBe("Bearer");
      expect(await failureOf(response)).toBe("401 unauthorized");
    }
    const { webSocket } = await sendWith(closed, "/yjs/x", socket);
    expect(webSocket === null ? null : await stockAnswer(webSocket)).toBe("401 unauthorized");
    expect(await failureOf(await sendWith(closed, "/v1/documents/x/connect", socket))).toBe("401 unauthorized");
    expect(await (await sendWith(closed, "/healthz")).text()).toBe("ok");
    expect(await (await sendWith(closed, "/ready")).json()).toEqual({ ok: true });
    expect((await sendWith(closed, "/v1/openapi.json")).status).toBe(200);
  });

  test("[RT5] a user that is none is 400", async () => {
    expect(await failureOf(await send(`/v1/documents?user=${"x".repeat(129)}`))).toBe("400 bad-user");
  });

  test("[RT11] a variable that breaks its rule is named, its value is not", async () => {
    const response = await sendWith({ ROOST_BLIP_MS: "soon" }, "/healthz");
    const { status, detail } = await readProblem(response);
    expect([status, detail]).toEqual([500, "ROOST_BLIP_MS must be a whole number from 0 to 60000"]);
  });

  test("[RT6] pages of this machine and of allowed origins get CORS headers, others none", async () => {
    const allowed = async (origin: string, variables = {}) => {
      const response = await sendWith(variables, "/v1/documents", { headers: { origin } });
      expect(response.status).toBe(200);
      return response.headers.get("access-control-allow-origin");
    };
    expect(await allowed("http://localhost:5173")).toBe("http://localhost:5173");
    expect(await allowed("https://evil.example")).toBeNull();
    const variables = { ROOST_ALLOWED_ORIGINS: "https://a.example" };
    expect(await allowed("https://a.example", variables)).toBe("https://a.example");
  });

  test("[RT6] a preflight is answered before access is asked for", async () => {
    const headers = { origin: "http://localhost:5173", "access-control-request-method": "DELETE" };
    const response = await send("/v1/documents/x", { method: "OPTIONS", headers });
    expect(response.status).toBe(204);
    expect(response.headers.get("access-control-allow-methods")).toContain("DELETE");
    expect(response.headers.get("access-control-allow-headers")).toContain("if-none-match");
  });

  test("[RT9] a request id from outside is taken only in the platform's form", async () => {
    const idFor = async (ray: string) =>
      (await send("/healthz", { headers: { "cf-ray": ray } })).headers.get("x-request-id");
    expect(await idFor("9f1c2d3e4b5a6978-AMS")).toBe("9f1c2d3e4b5a6978-AMS");
    expect(await idFor("x".repeat(500))).toMatch(/^[\da-f-]{36}$/);
  });

  test("[RT6] a page of another site gets no socket", async () => {
    const evil = { origin: "https://evil.example" };
    expect(await failureOf(await openSocket("/yjs/x", evil))).toBe("403 origin-refused");
    expect(await failureOf(await openSocket("/v1/documents/x/connect", { ...ROOST, ...evil }))).toBe(
      "403 origin-refused",
    );
    const own = await openSocket("/yjs/x", { origin: "http://roost.test", host: "roost.test" });
    expect(own.status).toBe(101);
    own.webSocket?.close();
  });
});

describe("sockets", () => {
  test("[RT20] connect answers with the sub-protocol, or says what is missing", async () => {
    const opened = await openSocket("/v1/documents/sock/connect?user=alice", ROOST);
    expect(opened.status).toBe(101);
    expect(opened.headers.get("sec-websocket-protocol")).toBe("roost.v1");
    opened.webSocket?.close();
    const plain = await send("/v1/documents/sock/connect");
    expect(plain.headers.get("upgrade")).toBe("websocket");
    expect(await failureOf(plain)).toBe("426 upgrade-required");
    expect(await failureOf(await send("/yjs/sock"))).toBe("426 upgrade-required");
    expect(await failureOf(await openSocket("/v1/documents/sock/connect"))).toBe("400 bad-subprotocol");
    const other = await openSocket("/v1/documents/sock/connect", { "sec-websocket-protocol": "roost.v9" });
    expect(await failureOf(other)).toBe("400 bad-subprotocol");
  });

  test("[RT21] a token in the sub-protocols is not echoed", async () => {
    const token = `roost.token.${await (await makeWorld()).token({ "*": ["read", "write"] })}`;
    const offered = { "sec-websocket-protocol": `${token}, roost.v1` };
    const roost = await openSocket("/v1/documents/sock/connect", offered);
    expect(roost.headers.get("sec-websocket-protocol")).toBe("roost.v1");
    const yjs = await openSocket("/yjs/sock", { "sec-websocket-protocol": `${token}, yjs` });
    expect(yjs.headers.get("sec-websocket-protocol")).toBe("yjs");
    const bare = await openSocket("/yjs/sock", { "sec-websocket-protocol": token });
    expect(bare.headers.get("sec-websocket-protocol")).toBeNull();
    for (const { webSocket } of [roost, yjs, bare]) webSocket?.close();
  });

  test("[RT22] the rest of a stock provider's path is the id", async () => {
    const opened = await openSocket("/yjs/team/a%20b");
    expect(opened.status).toBe(101);
    const path = `/v1/documents/${encodeURIComponent("team/a b")}`;
    expect(await readJson(await send(path))).toMatchObject({ id: "team/a b", connected: [{ dialect: "y-websocket" }] });
    opened.webSocket?.close();
  });
});

describe("operations", () => {
  test("[RT9] a request leaves one line with its id and neither query nor sub-protocols", async () => {
    const logged = vi.spyOn(console, "log").mockImplementation(() => undefined);
    const response = await send("/v1/documents?user=alice&query=private");
    const lines = logged.mock.calls.map(String).filter((line) => line.includes('"event":"request"'));
    expect(lines).toHaveLength(1);
    expect(JSON.parse(lines[0] ?? "")).toMatchObject({
      request: response.headers.get("x-request-id"),
      method: "GET",
      path: "/v1/documents",
      route: "/v1/documents",
      status: 200,
    });
    logged.mockClear();
    const token = await (await makeWorld()).token({ "*": ["read", "write"] });
    const opened = await openSocket(`/yjs/logged?user=private&token=${token}`, {
      "sec-websocket-protocol": `roost.token.${token}`,
    });
    opened.webSocket?.close();
    const text = logged.mock.calls.map(String).join("\n");
    expect(text).toContain('"event":"upgrade"');
    expect(text).not.toContain("private");
    expect(text).not.toContain(token);
  });

  test("[RT10] requests are counted by route, method and status", async () => {
    const read = async () => await (await send("/v1/metrics")).text();
    const countOf = (text: string) =>
      Number(
        /roost_http_requests_total\{route="\/v1\/documents\/:id",method="GET",status="404"\} (\d+)/.exec(text)?.[1] ??
          0,
      );
    const before = countOf(await read());
    await send("/v1/documents/uncounted");
    const after = await read();
    expect(countOf(after)).toBe(before + 1);
    expect(after).toMatch(/^# TYPE roost_http_requests_total counter$/m);
    expect(after).toMatch(/^roost_dead_letters \d+$/m);
    for (const line of after.trimEnd().split("\n")) expect(line).toMatch(/^(# (HELP|TYPE) \w+ .+|\w+(\{.*\})? \d+)$/);
  });

  test("[RT8] the OpenAPI document has every route, and nothing else", async () => {
    type Document = { readonly openapi: string; readonly paths: Record<string, Record<string, Operation>> };
    type Operation = { readonly summary?: string; readonly responses: Record<string, unknown> };
    const { openapi, paths } = await readJson<Document>(await send("/v1/openapi.json"));
    expect(openapi).toBe("3.1.0");
    const documented = Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item).map(([method, { summary, responses }]) => {
        expect(summary).toMatch(/./);
        expect(Object.keys(responses)).toContain("default");
        return `${method.toUpperCase()} ${path}`;
      }),
    );
    const routed = createApp()
      .routes.filter(({ method }) => method !== "ALL")
      .map(({ method, path }) => `${method} ${path.replace("{.+/ws/.+}", "/ws/:same")}`.replace("*", "{id}"))
      .map((route) => route.replace(/:(\w+)(\{\.\+\})?/g, "{$1}"));
    expect(documented.toSorted()).toEqual([...new Set(routed)].toSorted());
    expect(documented).toContain("GET /v1/documents/{id}/connect");
  });
});

function decodeId(id: string): string {
  return id === "%00" ? "\u0000" : id === "%zz" ? "\u0001" : id;
}
