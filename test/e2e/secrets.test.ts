/**
 * Every route and every kind of socket is used with real keys and tokens, good and bad, wherever a client may put them. Then nothing that
 * the server wrote, stored or answered holds any of them, but for the answers whose job it is.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { signingKey } from "../../src/auth/keys.ts";
import {
  type ClosedServer,
  type Project,
  ask,
  askJson,
  createProject,
  makeSecret,
  startClosedServer,
  tokenFor,
} from "../support/closed-server.ts";
import {
  type Needle,
  byteNeedles,
  filesOf,
  findNeedles,
  keyNeedles,
  textNeedles,
  tokenNeedles,
} from "../support/needles.ts";
import { RawClient, typed } from "../support/raw-client.ts";
import { recordResult } from "../support/results.ts";
import { BODIES, GIVES, NEVER_GOOD, PROJECT, addressOf } from "../support/route-bodies.ts";
import { DOCUMENT, WAYS, hear } from "../support/socket-ways.ts";

const MASTER = makeSecret();
const MARKER = "a-word-that-is-no-secret";
const USER = "alice-of-the-vault";
const ORIGIN = "https://vault.example";

let server: ClosedServer;
let stateDir: string;
let project: Project;
const needles: Needle[] = [];
/** `<needle> in <place>` for each that should not be there. */
const leaks: string[] = [];
let answers = 0;
let sockets = 0;
/** One that matchmaking has made. */
let gameRoom: string | undefined;

/** Credentials by what is right or wrong about them. */
const offers = new Map<string, string>();

beforeAll(async () => {
  stateDir = await mkdtemp(join(tmpdir(), "roost-secrets-"));
  server = await startClosedServer({
    stateDir,
    secrets: [`m1:${MASTER}`],
    vars: { ROOST_SNAPSHOT_DELAY_MS: "200", ROOST_SNAPSHOT_MAX_DELAY_MS: "500" },
  });
  const access = { "document:*": ["read", "write", "presence"] };
  project = await createProject(server, PROJECT, { origins: [ORIGIN], access });
  const other = await createProject(server, "other");
  const minted = await askJson<{ token: string }>(server, project.secretKey, "/v1/tokens", {
    body: { user: USER, name: "Alice", rooms: { "document:*": ["read", "write", "presence", "admin"] } },
  });
  const offer = (name: string, text: string, found: readonly Needle[]) => {
    offers.set(name, text);
    needles.push(...found);
  };
  offer("operator", server.operatorSecret, textNeedles("operator's secret", server.operatorSecret));
  for (const [name, key] of Object.entries({
    "secret key": project.secretKey,
    "publishable key": project.publishableKey,
    "other project's key": other.secretKey,
    "key of another version": project.secretKey.replace(".1.", ".2."),
    "key with a wrong MAC": altered(project.secretKey),
  }))
    offer(name, key, keyNeedles(name, key));
  for (const [name, token] of Object.entries({
    "minted token": minted.token,
    "own token": await tokenFor(project, USER, { name: "Alice" }),
    "token that reads": await tokenFor(project, USER, { rooms: { "document:*": ["read"] } }),
    "expired token": await tokenFor(project, USER, { endsInMs: -120_000 }),
    "ending token": await tokenFor(project, USER, { endsInMs: 20_000 }),
    "token of a revoked user": await tokenFor(project, "mallory-of-the-vault"),
    "other project's token": await tokenFor(other, USER),
    "token with a wrong signature": altered(await tokenFor(project, USER)),
  }))
    offer(name, token, tokenNeedles(name, token));
  needles.push(
    ...textNeedles("master secret", MASTER),
    ...byteNeedles("signing key", await signingKey(project.secretKey)),
    ...byteNeedles("other signing key", await signingKey(other.secretKey)),
  );
  await askJson(server, project.secretKey, "/v1/users/mallory-of-the-vault/revoke", { body: { forSeconds: 600 } });
});
afterAll(async () => {
  await server.stop();
  await rm(stateDir, { recursive: true, force: true, maxRetries: 5 });
});

function altered(text: string): string {
  const end = text.endsWith("A") ? "B" : "A";
  // Not the last character: some of its bits count for nothing.
  return `${text.slice(0, -2)}${end}${text.slice(-1)}`;
}

type Said = { readonly query?: string; readonly header?: string };
type Place = { readonly request: (text: string) => Said };

const PLACES: readonly Place[] = [
  { request: (text) => ({ header: text }) },
  { request: (text) => ({ query: `token=${encodeURIComponent(text)}` }) },
  { request: (text) => ({ query: `key=${encodeURIComponent(text)}` }) },
];

/** The server's own list: those that answer, and those that open a socket. */
async function routesOf(): Promise<{ readonly plain: readonly string[]; readonly sockets: readonly string[] }> {
  type Operation = { readonly responses: Readonly<Record<string, unknown>> };
  const { paths } = await askJson<{ paths: Record<string, Record<string, Operation>> }>(server, "", "/v1/openapi.json");
  const all = Object.entries(paths).flatMap(([path, methods]) => {
    return Object.entries(methods).map(([method, { responses }]) => {
      return { route: `${method.toUpperCase()} ${path}`, isSocket: "101" in responses };
    });
  });
  const those = (wanted: boolean) => all.filter(({ isSocket }) => isSocket === wanted).map(({ route }) => route);
  return { plain: those(false), sockets: those(true) };
}

/** A key or token that an answer gives away is a secret from here on. */
function learn(text: string): void {
  const given = JSON.parse(text) as { token?: string; secretKey?: string; publishableKey?: string };
  if (given.token !== undefined) needles.push(...tokenNeedles("given token", given.token));
  for (const key of [given.secretKey, given.publishableKey]) {
    if (key !== undefined) needles.push(...keyNeedles("given key", key));
  }
}

async function useRoute(route: string): Promise<boolean> {
  const uses = [...offers].flatMap(([name, text]) => PLACES.map((place) => useOnce(route, name, place.request(text))));
  return (await Promise.all(uses)).includes(true);
}

/** True when it did what was asked for. */
async function useOnce(route: string, name: string, { query, header = "" }: Said): Promise<boolean> {
  const [method = "", wanted = ""] = route.split(" ");
  // The project that stays: without it there is nothing to look for leaks in.
  const path = method === "DELETE" ? wanted.replace("{project}", "default") : wanted;
  const body = BODIES[route]?.();
  const answer = await ask(
    server,
    header,
    `${addressOf(path, DOCUMENT, gameRoom)}${query === undefined ? "" : `?${query}`}`,
    {
      method,
      // The operator has no web pages.
      headers: name === "operator" ? {} : { origin: ORIGIN },
      ...(body !== undefined && { body }),
    },
  );
  answers += 1;
  const isGood = answer.status < 300;
  if (isGood && path.startsWith("/matchmake/")) gameRoom ??= (JSON.parse(answer.text) as { roomId: string }).roomId;
  const where = `the answer of ${route} to ${name}`;
  leaks.push(...findNeedles(needles, `headers of ${where}`, JSON.stringify([...answer.headers])));
  if (isGood && GIVES.has(route)) learn(answer.text);
  else leaks.push(...findNeedles(needles, where, answer.text));
  return isGood;
}

async function useSockets(routes: readonly string[]): Promise<void> {
  expect(routes.toSorted()).toEqual(Object.keys(WAYS).toSorted());
  for (const [name, text] of offers) {
    const own = `roost.token.${offers.get("own token") ?? ""}`;
    const heard = Object.entries(WAYS).flatMap(([route, { protocols, said, token }]) => {
      const url = `${server.wsUrl}${addressOf(route.split(" ")[1] ?? "", DOCUMENT)}`;
      const query = encodeURIComponent(text);
      return [
        hear(url, ORIGIN, { protocols: [...protocols, `roost.token.${text}`], said }),
        hear(`${url}?token=${query}`, ORIGIN, { protocols, said }),
        hear(`${url}?key=${query}`, ORIGIN, { protocols, said }),
        hear(`${url}?_authToken=${query}`, ORIGIN, { protocols, said }),
        ...(token === undefined
          ? []
          : [hear(url, ORIGIN, { protocols: [...protocols, own], said: [...said, token(text)] })]),
      ];
    });
    sockets += heard.length;
    for (const bytes of await Promise.all(heard)) {
      leaks.push(...findNeedles(needles, `what a socket heard that offered ${name}`, bytes));
    }
  }
}

/** The queue has been worked off when D1 shows what came last. */
async function whenAudited(): Promise<void> {
  const list = async () =>
    (await askJson<{ entries: { action: string }[] }>(server, project.secretKey, "/v1/audit?limit=100")).entries;
  await expect
    .poll(async () => (await list()).map(({ action }) => action), { timeout: 40_000, interval: 100 })
    .toContain("delete-document");
}

async function searchState(when: string): Promise<number> {
  const files = await filesOf(stateDir);
  for (const { path, bytes } of files) leaks.push(...findNeedles(needles, `${path} ${when}`, bytes));
  // It is the right folder, and what is written is found.
  const whole = Buffer.concat(files.map(({ bytes }) => bytes));
  expect(whole.includes(MARKER)).toBe(true);
  expect(whole.includes(USER)).toBe(true);
  return files.length;
}

test(
  "[SD10] no log line, stored byte or answer holds a secret, a key's MAC, a token or a signing key",
  { timeout: 240_000 },
  async () => {
    const writer = await RawClient.join(server, DOCUMENT, { token: offers.get("own token") ?? "" });
    await writer.update(typed(writer.document(), MARKER));
    await writer.leave();
    const { plain: routes, sockets: socketRoutes } = await routesOf();
    await useSockets(socketRoutes);
    // What makes something is used before what reads it, and the document goes last. A room whose seats nobody takes is soon gone.
    const turns = [/^(PUT|PATCH) /, /^POST (?!.matchmake)/, /^POST /, /^GET .v1.games.rooms/, /^GET /, /^DELETE /];
    const turnOf = (route: string) => turns.findIndex((turn) => turn.test(route));
    const ordered = routes.toSorted((one, other) => turnOf(one) - turnOf(other));
    const useless: string[] = [];
    let files = 0;
    for (const route of ordered) {
      if (route.startsWith("DELETE")) files = await searchState("while it runs");
      if (!(await useRoute(route)) && !NEVER_GOOD.has(route)) useless.push(route);
    }
    expect(useless).toEqual([]);
    await whenAudited();
    await server.stop();
    await searchState("after the end");
    const log = server.logs.map(({ message }) => message);
    for (const line of log) leaks.push(...findNeedles(needles, `the log line ${line.slice(0, 200)}`, line));
    // What is logged is seen.
    expect(log.join("\n")).toContain(encodeURIComponent(DOCUMENT));
    // The first of them say enough.
    expect([...new Set(leaks)].slice(0, 20)).toEqual([]);
    recordResult("secrets", {
      promise: "P9",
      test: "secrets, keys and tokens where none may be",
      count: `${ordered.length} routes and ${sockets} sockets × ${offers.size} credentials, good and bad, in every place; ${needles.length} pieces looked for`,
      result: `none in ${log.length} log lines, ${files} files of state, ${answers} answers`,
    });
  },
);
