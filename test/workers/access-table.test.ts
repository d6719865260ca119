/**
 * Who gets which answer from which route: the whole table, written out. A route without a row fails.
 */
import { listDurableObjectIds } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { beforeAll, describe, expect, test } from "vitest";
import { createApp } from "../../src/router/app.ts";
import { type CallerName, type World, CALLER_NAMES, ask, makeWorld, showing } from "./access-world.ts";
import { TABLE } from "./access-routes.ts";
import { failureOf, writeText } from "./router-requests.ts";
import { gameAnswer, hocuspocusAnswer, stockAnswer } from "./stock-answer.ts";

/** How the refusals of a column are called, where they are not "this needs another scope". */
const REFUSALS: Readonly<Partial<Record<CallerName, string>>> = {
  nobody: "401 unauthorized",
  forged: "401 unauthorized",
  expired: "401 token-expired",
  revoked: "403 revoked",
  wrongOrigin: "403 origin-refused",
  endedKey: "401 unauthorized",
  endedToken: "401 unauthorized",
  noPage: "403 origin-refused",
};
const NEEDS_MORE = "403 forbidden";
const NOTHING_THERE: Readonly<Record<string, string>> = {
  "404": "404 not-found",
  "POST /v1/dead-letters/:id/replay 404": "404 no-route",
  "POST /matchmake/:method/:target 404": "404 game-not-found",
  "GET /v1/erasures/:id 404": "404 no-route",
  "GET /games/:id 404": "404 game-not-found",
};

type Row = { readonly route: string; readonly statuses: ReadonlyMap<CallerName, number> };

const [, ...lines] = TABLE.trim().split("\n");
const rows: readonly Row[] = lines.map((line) => {
  const [method = "", path = "", ...statuses] = line.split(/[\s|]+/);
  if (statuses.length !== CALLER_NAMES.length) throw new Error(`${method} ${path} has ${statuses.length} cells`);
  return {
    route: `${method} ${path}`,
    statuses: new Map(CALLER_NAMES.map((name, index) => [name, Number(statuses[index])])),
  };
});

/** Rooms of these are locked before they ask. */
const LOCKS: Readonly<Partial<Record<CallerName, "read" | "closed">>> = {
  readLocked: "read",
  closed: "closed",
  closedAdmin: "closed",
};

/** What is sent along. A route that is not here is asked without a body. */
const BODIES: Readonly<Record<string, object>> = {
  "POST /check_store": {},
  "POST /doc/new": {},
  "POST /matchmake/:method/:target": {},
  "POST /doc/:id{.+}/auth": { validForSeconds: 60 },
  "PUT /v1/documents/:id/content": { type: "doc", content: [] },
  "PATCH /v1/documents/:id/content": [{ op: "add", path: "/table/by", value: "the table" }],
  "POST /v1/documents/:id/anchors": { path: "/notes", index: 0 },
  "POST /v1/documents/:id/versions": { name: "By the table" },
  "PATCH /v1/documents/:id/versions/:version": { name: "By the table" },
  "POST /v1/documents/:id/fork": {
    get id() {
      return `forks/${crypto.randomUUID()}`;
    },
  },
  "POST /v1/documents/:id/merge": { from: "nowhere" },
  "POST /v1/rooms/:kind/:id/kick": { user: "bob" },
  "POST /v1/rooms/:kind/:id/lock": { mode: "open" },
  "POST /v1/admin/reindex": { limit: 1, project: "empty" },
  "POST /v1/projects": { id: "made-by-the-table", name: "Made by the table" },
  "PATCH /v1/projects/:project": { name: "Changed" },
  "POST /v1/projects/:project/rotate": { overlapSeconds: 60 },
  "POST /v1/tokens": { user: "bob", rooms: { "document:*": ["read"] } },
  "POST /v1/users/:user/revoke": { forSeconds: 1 },
  "POST /v1/users/:user/erase": {},
  "POST /v1/webhooks": { url: "https://hooks.acme.com/roost", events: ["webhook.test"] },
  "PATCH /v1/webhooks/:endpoint": { description: "By the table" },
  "POST /v1/webhooks/:endpoint/rotate": {},
};

let world: World;
beforeAll(async () => {
  world = await makeWorld();
});

describe("the table of routes", () => {
  test("[RT80] every route has a row, and every row a route", () => {
    const routes = createApp().routes.filter(({ method }) => method !== "ALL");
    const routed = new Set(routes.map(({ method, path }) => `${method} ${path}`));
    expect(rows.map(({ route }) => route).toSorted()).toEqual([...routed].toSorted());
  });

  test.each(rows.map((row) => [row.route, row] as const))("[RT80] %s", async (route, { statuses }) => {
    const callers = await world.callers();
    const got: string[] = [];
    const wanted: string[] = [];
    for (const [name, status] of statuses) {
      // A document of its own for each: some of them erase it.
      const id = `${routeWords(route)}/${name}`;
      if (status < 300 || status === 423) await prepare(id, LOCKS[name]);
      got.push(`${name}: ${await askRoute(route, { id, project: projectOf(route, name), ...callers[name] })}`);
      wanted.push(`${name}: ${status < 300 ? status : refusalOf(route, name, status)}`);
    }
    expect(got).toEqual(wanted);
  });

  test("[RT88] what is refused has touched no room", async () => {
    const rooms = async () => [
      (await listDurableObjectIds(env.DOCUMENT_ROOM)).length,
      (await listDurableObjectIds(env.PRESENCE_ROOM)).length,
      (await listDurableObjectIds(env.GAME_ROOM)).length,
      (await listDurableObjectIds(env.LOBBY_ROOM)).length,
    ];
    const before = await rooms();
    const callers = await world.callers();
    for (const { route, statuses } of rows) {
      for (const [name, status] of statuses) {
        if (status !== 401 && status !== 403) continue;
        const answer = await askRoute(route, { id: "never-touched", project: "acme", ...callers[name] });
        expect([route, name, answer.slice(0, 3)]).toEqual([route, name, String(status)]);
      }
    }
    expect(await rooms()).toEqual(before);
  });
});

type Asked = Parameters<typeof showing>[0] & { readonly id: string; readonly project: string };

/** As a path takes the id as it is, of stock providers. */
const RAW_ID = "/*";
/** The same twice. */
const RAW_TWICE = ":id{.+/ws/.+}";
/** The same in the middle of a path: `/d/:id{.+}/update`. */
const RAW_IN_PATH = /:\w+\{\.\+\}/g;

/** What routes with these last words are asked for. */
const ASKED: Readonly<Record<string, string>> = { diff: "from=current", replay: "from=0" };

/** The status, and with a refusal its problem. */
async function askRoute(route: string, { id, project, ...caller }: Asked): Promise<string> {
  const [method = "", path = ""] = route.split(" ");
  const isHocuspocus = path.startsWith("/hocuspocus");
  const isStock = isHocuspocus || path.endsWith(RAW_ID) || path.includes("/ws/");
  const isGame = ["/", "/games/:id", "/lobby/:game"].includes(path);
  const isSocket = path.endsWith("/connect") || isStock || isGame;
  const protocols = path.endsWith("/connect")
    ? [path.startsWith("/v1/presence") ? "roost.presence.v1" : "roost.v1"]
    : [];
  const { query, headers } = showing(caller, isSocket ? { protocols } : undefined);
  const url = path
    .replace("/v1/dead-letters/:id", "/v1/dead-letters/1")
    .replace(RAW_TWICE, `${id}/ws/${id}`)
    .replace(RAW_IN_PATH, id)
    .replace(":id", encodeURIComponent(id))
    .replace(":version", "00000001-000000000009")
    .replace(RAW_ID, `/${id}`)
    .replace(":method", "joinById")
    .replace(":target", encodeURIComponent(id))
    .replace(":game", "board")
    .replace(":kind", "document")
    .replace(":project", project)
    .replace(":user", "carol")
    .replace(":endpoint", "ep_nothing-there-01234567")
    .replace(":asset", "0".repeat(64));
  const { body, type } = bodyOf(route);
  const asked = isGame ? "sessionId=s1" : ASKED[path.split("/").at(-1) ?? ""];
  const more = asked === undefined ? "" : `${query === "" ? "?" : "&"}${asked}`;
  const response = await ask(`${url}${query}${more}`, {
    method,
    headers: { ...headers, ...(type === undefined ? {} : { "content-type": type }) },
    ...(body === undefined ? {} : { body }),
  });
  const { webSocket } = response;
  if (webSocket !== null && isGame) return await gameAnswer(webSocket);
  if (webSocket !== null && isHocuspocus) return await hocuspocusAnswer(webSocket, id);
  if (webSocket !== null && isStock) return await stockAnswer(webSocket);
  webSocket?.accept();
  webSocket?.close(1000);
  return await answerOf(response);
}

/** What a PNG begins with. */
const IMAGE = new Uint8Array([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);

function bodyOf(route: string): { readonly body?: BodyInit; readonly type?: string } {
  if (route.endsWith("/assets")) return { body: IMAGE, type: "image/png" };
  if (/\/updates?$/.test(route)) return { body: writeText("by the table"), type: "application/octet-stream" };
  const body = BODIES[route];
  return body === undefined ? {} : { body: JSON.stringify(body), type: "application/json" };
}

/** A project that may be changed, for who may change it. */
function projectOf(route: string, name: CallerName): string {
  return route.startsWith("GET") || name !== "operator" ? "acme" : "made-by-the-table";
}

async function answerOf(response: Response): Promise<string> {
  if (response.status < 300) {
    await response.body?.cancel();
    return String(response.status);
  }
  return await failureOf(response);
}

function refusalOf(route: string, name: CallerName, status: number): string {
  if (status === 423) return "423 locked";
  if (status === 404 && route.includes("/webhooks/")) return "404 no-route";
  if (status === 404) return NOTHING_THERE[`${route} 404`] ?? NOTHING_THERE["404"] ?? "";
  return REFUSALS[name] ?? (status === 401 ? "401 unauthorized" : NEEDS_MORE);
}

function routeWords(route: string): string {
  return route.replaceAll(/\W+/g, "-");
}

/** The document, and the room of people, of a row and a caller. */
async function prepare(id: string, lock: "read" | "closed" | undefined): Promise<void> {
  const path = encodeURIComponent(id);
  await postAsServer(`/v1/documents/${path}/updates`, writeText("there before"), "application/octet-stream");
  if (lock === undefined) return;
  const body = JSON.stringify({ mode: lock });
  for (const kind of ["document", "presence"]) {
    await postAsServer(`/v1/rooms/${kind}/${path}/lock`, body, "application/json");
  }
}

async function postAsServer(path: string, body: BodyInit, type: string): Promise<void> {
  const headers = { authorization: `Bearer ${world.keys.secretKey}`, "content-type": type };
  expect([path, (await ask(path, { method: "POST", body, headers })).status]).toEqual([path, 200]);
}
