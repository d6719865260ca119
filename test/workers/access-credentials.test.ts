/**
 * Where a key or token may stand, who may read an answer, and where neither of them shows up.
 */
import { afterEach, beforeAll, describe, expect, test, vi } from "vitest";
import { SCOPES } from "../../src/auth/grants.ts";
import { HOST, OPERATOR_SECRET, PAGE, type World, ask, makeWorld } from "./access-world.ts";
import { failureOf, readJson, readProblem } from "./router-requests.ts";

let world: World;
let token: string;
beforeAll(async () => {
  world = await makeWorld();
  token = await world.token({ "*": SCOPES });
});
afterEach(() => void vi.restoreAllMocks());

const LIST = "/v1/documents";
const bearer = (text: string) => ({ headers: { authorization: `Bearer ${text}` } });
const socket = (...protocols: readonly string[]) => ({
  headers: { upgrade: "websocket", "sec-websocket-protocol": ["roost.v1", ...protocols].join(", ") },
});

async function statusOf(path: string, init: RequestInit = {}): Promise<number> {
  const response = await ask(path, init);
  response.webSocket?.accept();
  response.webSocket?.close(1000);
  return response.status;
}

describe("places", () => {
  test("[RT81] a token stands in the header, in the query or in a sub-protocol", async () => {
    expect(await statusOf(LIST, bearer(token))).toBe(200);
    expect(await statusOf(LIST, { headers: { authorization: `bEARER   ${token} ` } })).toBe(200);
    expect(await statusOf(`${LIST}?token=${token}`)).toBe(200);
    const connect = "/v1/documents/places/connect";
    expect(await statusOf(connect, socket(`roost.token.${token}`))).toBe(101);
    expect(await statusOf(`${connect}?token=${token}`, socket())).toBe(101);
    expect(await statusOf(`/yjs/places?token=${token}`, socket())).toBe(101);
    expect(await statusOf(connect, socket(`roost.token.${world.keys.secretKey}`))).toBe(101);
  });

  test("[RT81] a sub-protocol says who asks for a socket only", async () => {
    const headers = { "sec-websocket-protocol": `roost.token.${token}` };
    expect(await failureOf(await ask(LIST, { headers }))).toBe("401 unauthorized");
  });

  test("[RT81] a publishable key stands in the query, a secret one never", async () => {
    const page = { headers: { origin: PAGE } };
    expect(await statusOf(`${LIST}?key=${world.keys.pageKey}`, page)).toBe(200);
    for (const name of ["key", "token"]) {
      expect(await failureOf(await ask(`${LIST}?${name}=${world.keys.secretKey}`))).toBe("401 unauthorized");
    }
  });

  test("[RT81] two that differ are refused, the same one twice is not", async () => {
    const other = await world.token({ "*": ["read"] });
    expect(await failureOf(await ask(`${LIST}?token=${token}&token=${other}`))).toBe("401 unauthorized");
    expect(await failureOf(await ask(`${LIST}?token=${other}`, bearer(token)))).toBe("401 unauthorized");
    expect(await statusOf(`${LIST}?token=${token}`, bearer(token))).toBe(200);
    const offered = socket(`roost.token.${token}`, `roost.token.${other}`);
    expect(await failureOf(await ask("/v1/documents/places/connect", offered))).toBe("401 unauthorized");
  });

  test("[RT81] a key beside a token is of its project, and the token decides", async () => {
    const read = await world.token({ "document:elsewhere": ["read"] });
    expect(await failureOf(await ask(`${LIST}?key=${world.keys.pageKey}`, bearer(read)))).toBe("403 forbidden");
    expect(await statusOf(`${LIST}?key=${world.keys.pageKey}`, bearer(token))).toBe(200);
    expect(await failureOf(await ask(`${LIST}?key=${world.rival.pageKey}`, bearer(token)))).toBe("401 unauthorized");
  });

  test("[RT81] neither log nor answer nor room holds what was shown", async () => {
    const lines = ["log", "error", "warn", "info"].map((method) =>
      vi.spyOn(console, method as "log").mockImplementation(() => undefined),
    );
    const secrets = [token, world.keys.secretKey, world.keys.pageKey, OPERATOR_SECRET];
    const answers: string[] = [];
    const see = async (response: Response) => {
      response.webSocket?.accept();
      response.webSocket?.close(1000);
      answers.push(JSON.stringify([...response.headers]), await response.text());
    };
    for (const secret of secrets) {
      await see(await ask(`${LIST}?token=${secret}`));
      await see(await ask(`${LIST}?key=${secret}x`));
      await see(await ask(LIST, bearer(secret)));
      await see(await ask(LIST, bearer(`${secret}x`)));
      await see(await ask(`/v1/documents/silent/connect?user=u`, socket(`roost.token.${secret}`)));
    }
    const text = [...answers, ...lines.flatMap(({ mock }) => mock.calls.map(String))].join("\n");
    expect(text).toContain('"event":"upgrade"');
    for (const secret of secrets) expect(text).not.toContain(secret);
  });
});

describe("cross-origin", () => {
  const origin = "https://anybody.example";
  const allowed = (response: Response) => response.headers.get("access-control-allow-origin");

  test("[RT82] a preflight says nothing, to any page", async () => {
    const headers = { origin, "access-control-request-method": "PATCH" };
    const response = await ask("/v1/documents/x", { method: "OPTIONS", headers });
    expect([response.status, allowed(response)]).toEqual([204, origin]);
    for (const method of ["PATCH", "PUT", "DELETE"]) {
      expect(response.headers.get("access-control-allow-methods")).toContain(method);
    }
    expect(response.headers.get("access-control-allow-headers")).toContain("authorization");
    expect(response.headers.get("access-control-allow-credentials")).toBeNull();
  });

  test("[RT82] an answer is for the project's pages and the server's own", async () => {
    const of = async (from: string) => {
      const response = await ask(LIST, { headers: { origin: from, ...bearer(token).headers } });
      expect(response.headers.get("vary")).toContain("Origin");
      return `${response.status} ${allowed(response)}`;
    };
    expect(await of(PAGE)).toBe(`200 ${PAGE}`);
    expect(await of(HOST)).toBe(`200 ${HOST}`);
    expect((await of(origin)).slice(0, 3)).toBe("403");
    const forbidden = await ask("/v1/metrics", { headers: { origin: PAGE, ...bearer(token).headers } });
    expect([await failureOf(forbidden), allowed(forbidden)]).toEqual(["403 forbidden", PAGE]);
  });

  test("[RT82] a page can read that its token is over, whoever it is", async () => {
    const { expired } = await world.callers();
    const response = await ask(LIST, { headers: { origin, ...bearer(expired.bearer ?? "").headers } });
    expect([await failureOf(response.clone()), allowed(response)]).toEqual(["401 token-expired", origin]);
    expect(response.headers.get("www-authenticate")).toContain("invalid_token");
    expect(await readProblem(response)).not.toHaveProperty("project");
  });
});

test("[RT91] the OpenAPI document says how to show who you are, and what may be refused", async () => {
  type Operation = { readonly security?: readonly object[]; readonly responses: Record<string, unknown> };
  type Document = { readonly paths: Record<string, Record<string, Operation>>; readonly components: Components };
  type Components = { readonly securitySchemes: Record<string, unknown> };
  const { paths, components } = await readJson<Document>(await ask("/v1/openapi.json"));
  expect(Object.keys(components.securitySchemes).toSorted()).toEqual(["bearer", "key", "token"]);
  for (const [path, item] of Object.entries(paths)) {
    if (["/", "/healthz", "/ready", "/v1/openapi.json"].includes(path)) continue;
    for (const { security, responses } of Object.values(item)) {
      expect([path, security?.[0]]).toEqual([path, { bearer: [] }]);
      for (const status of ["401", "403", "429", "431", "503"]) expect(Object.keys(responses)).toContain(status);
    }
  }
  const statusesOf = (path: string, method: string) => Object.keys(paths[path]?.[method]?.responses ?? {});
  const refusals = ["400", "404", "409", "410", "413", "415", "423"];
  expect(statusesOf("/v1/documents/{id}/updates", "post")).toEqual(expect.arrayContaining(refusals));
  for (const path of ["/v1/documents/{id}/connect", "/yjs/{id}"]) {
    expect(statusesOf(path, "get")).toEqual(expect.arrayContaining(["404", "410", "423", "426"]));
  }
});

describe("who is asked for", () => {
  test("[RT83] rights in some documents open no list", async () => {
    const some = await world.token({ "document:team/*": SCOPES, "game:*": SCOPES });
    expect(await failureOf(await ask(LIST, bearer(some)))).toBe("403 forbidden");
    for (const pattern of ["document:*", "*"]) {
      expect(await statusOf(LIST, bearer(await world.token({ [pattern]: ["read"] })))).toBe(200);
    }
  });

  test("[RT83] a refusal says what is missing", async () => {
    const detailOf = async (path: string, text: string) => (await readProblem(await ask(path, bearer(text)))).detail;
    expect(await detailOf("/v1/documents/x", OPERATOR_SECRET)).toContain("token of a project");
    expect(await detailOf("/v1/metrics", world.keys.secretKey)).toContain("operator");
    expect(await detailOf("/v1/documents/x", await world.token({ "*": ["write"] }))).toContain("scope read");
  });

  test("[RT83] a member of one project finds nothing of another's", async () => {
    const update = Uint8Array.of(0, 0);
    const headers = { ...bearer(token).headers, "content-type": "application/octet-stream" };
    expect((await ask("/v1/documents/ours/updates", { method: "POST", body: update, headers })).status).toBe(200);
    const rival = bearer(world.rival.secretKey);
    expect(await failureOf(await ask("/v1/documents/ours", rival))).toBe("404 not-found");
    const listed = await readJson<{ documents: unknown[] }>(await ask(LIST, rival));
    expect(listed.documents).toEqual([]);
  });
});
