/**
 * What a closed room tells over HTTP: nothing, but to administrators.
 */
import { beforeAll, expect, test } from "vitest";
import type { Scope } from "../../src/auth/grants.ts";
import { type World, ask, makeWorld, showing } from "./access-world.ts";
import { writeText } from "./router-requests.ts";

let world: World;

beforeAll(async () => {
  world = await makeWorld();
});

async function askAs(scopes: readonly Scope[], path: string, init: RequestInit = {}): Promise<Response> {
  const { headers } = showing({ bearer: await world.token({ "document:*": scopes, "presence:*": scopes }) });
  return await ask(path, { ...init, headers: { ...headers, ...init.headers } });
}

async function lock(room: string, mode: string): Promise<void> {
  const init = { method: "POST", body: JSON.stringify({ mode }), headers: { "content-type": "application/json" } };
  expect((await askAs(["read", "admin"], `/v1/rooms/${room}/lock`, init)).status).toBe(200);
}

test("[RO43] a closed document is read by administrators alone, whatever a reader knows of it already", async () => {
  const headers = { "content-type": "application/octet-stream" };
  const body = writeText("top secret");
  await askAs(["read", "write"], "/v1/documents/vault/updates", { method: "POST", headers, body });
  const paths = ["", "/content?format=text", "/content?format=json", "/content?format=update"];
  const answers = async (scopes: readonly Scope[], init: RequestInit = {}) =>
    await Promise.all(paths.map(async (path) => (await askAs(scopes, `/v1/documents/vault${path}`, init)).status));
  expect(await answers(["read"])).toEqual([200, 200, 200, 200]);
  await lock("document/vault", "closed");
  expect(await answers(["read", "write", "presence", "history"])).toEqual([423, 423, 423, 423]);
  expect(await answers(["read"], { headers: { "if-none-match": "*" } })).toEqual([423, 423, 423, 423]);
  expect(await answers(["read", "admin"])).toEqual([200, 200, 200, 200]);
  await lock("document/vault", "read");
  expect(await answers(["read"])).toEqual([200, 200, 200, 200]);
});

test("[PO12] a closed room of people tells who is there, and how many, to administrators alone, and keeps no count", async () => {
  const answers = async (scopes: readonly Scope[]) =>
    await Promise.all(["", "/count"].map(async (path) => (await askAs(scopes, `/v1/presence/vault${path}`)).status));
  expect(await answers(["read"])).toEqual([200, 200]);
  await lock("presence/vault", "closed");
  expect(await answers(["read", "presence"])).toEqual([423, 423]);
  // What an administrator is told is not kept for others.
  expect(await answers(["read", "admin"])).toEqual([200, 200]);
  expect(await answers(["read"])).toEqual([423, 423]);
  await lock("presence/vault", "open");
  expect(await answers(["read"])).toEqual([200, 200]);
});
