/**
 * What an administrator does to the people in a room, over HTTP.
 */
import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { SCOPES } from "../../src/auth/grants.ts";
import { AccessSocket, PROMPT } from "./access-sockets.ts";
import { type World, ask, makeWorld } from "./access-world.ts";
import { failureOf, readJson, readProblem, writeText } from "./router-requests.ts";

let world: World;
beforeAll(async () => {
  world = await makeWorld();
});

async function post(path: string, body: object | Uint8Array, token = world.keys.secretKey): Promise<Response> {
  const isUpdate = body instanceof Uint8Array;
  return await ask(path, {
    method: "POST",
    body: isUpdate ? body : JSON.stringify(body),
    headers: {
      authorization: `Bearer ${token}`,
      "content-type": isUpdate ? "application/octet-stream" : "application/json",
    },
  });
}

const roomPath = (id: string) => `/v1/rooms/document/${encodeURIComponent(id)}`;

async function makeDocument(id: string): Promise<void> {
  expect((await post(`/v1/documents/${encodeURIComponent(id)}/updates`, writeText("there"))).status).toBe(200);
}

async function join(id: string, user: string, client: number): Promise<AccessSocket> {
  const bearer = await world.token({ "document:*": ["read", "write", "presence"] }, { user });
  return await AccessSocket.open("roost", id, { bearer }, client);
}

async function connectedIn(id: string): Promise<readonly { readonly user: string; readonly session: string }[]> {
  const headers = { authorization: `Bearer ${world.keys.secretKey}` };
  const described = await ask(`/v1/documents/${encodeURIComponent(id)}`, { headers });
  return (await readJson<{ connected: { user: string; session: string }[] }>(described)).connected;
}

test("[RT87] a user's sockets are closed, the others' are not", async () => {
  const id = "kick/a b";
  await makeDocument(id);
  const [first, second, other] = [await join(id, "bob", 1), await join(id, "bob", 2), await join(id, "carol", 3)];
  const kicked = await post(`${roomPath(id)}/kick`, { user: "bob", reason: "time to go" });
  expect(await readJson(kicked)).toEqual({ closed: 2 });
  await expect.poll(() => [first.closed, second.closed], PROMPT).toEqual([4403, 4403]);
  expect(other.closed).toBeUndefined();
  expect((await connectedIn(id)).map(({ user }) => user)).toEqual(["carol"]);
  await other.close();
});

test("[RT87] one socket is closed by its session", async () => {
  await makeDocument("kick-one");
  const [first, second] = [await join("kick-one", "bob", 1), await join("kick-one", "bob", 2)];
  const [session] = (await connectedIn("kick-one")).map((peer) => peer.session);
  expect(await readJson(await post(`${roomPath("kick-one")}/kick`, { session }))).toEqual({ closed: 1 });
  await expect.poll(() => [first.closed, second.closed].filter((code) => code === 4403).length, PROMPT).toBe(1);
  await Promise.all([first.close(), second.close()]);
});

test("[RT87] a closed room lets administrators in only, and is opened again", async () => {
  await makeDocument("locked");
  const bob = await join("locked", "bob", 1);
  expect(await readJson(await post(`${roomPath("locked")}/lock`, { mode: "closed" }))).toEqual({ mode: "closed" });
  await expect.poll(() => bob.closed, PROMPT).toBe(4403);
  const token = await world.token({ "document:*": ["read", "write"] }, { user: "bob" });
  const headers = { upgrade: "websocket", "sec-websocket-protocol": `roost.v1, roost.token.${token}` };
  expect(await failureOf(await ask("/v1/documents/locked/connect", { headers }))).toBe("423 locked");
  expect(await failureOf(await post("/v1/documents/locked/updates", writeText("no"), token))).toBe("423 locked");
  const admin = await world.token({ "document:*": SCOPES });
  expect((await post("/v1/documents/locked/updates", writeText("yes"), admin)).status).toBe(200);
  const described = await ask("/v1/documents/locked", { headers: { authorization: `Bearer ${admin}` } });
  expect(await readJson(described)).toMatchObject({ lock: "closed" });
  expect(await readJson(await post(`${roomPath("locked")}/lock`, { mode: "open" }))).toEqual({ mode: "open" });
  expect((await post("/v1/documents/locked/updates", writeText("again"), token)).status).toBe(200);
});

test("[RT23] a room that is full, and a project that has all its rooms, are heard in the router's words", async () => {
  await makeDocument("full");
  const alice = await world.token({ "document:*": ["read"] }, { user: "alice", limits: { socketsPerRoom: 1 } });
  const first = await AccessSocket.open("roost", "full", { bearer: alice }, 0);
  const connect = async (id: string, token: string) => {
    const headers = { upgrade: "websocket", "sec-websocket-protocol": `roost.v1, roost.token.${token}` };
    return await ask(`/v1/documents/${id}/connect`, { headers });
  };
  const refused = await connect("full", alice);
  expect(refused.headers.get("retry-after")).toMatch(/^\d+$/);
  expect(await readProblem(refused.clone())).toMatchObject({ status: 429, limit: "socketsPerRoom" });
  expect(await failureOf(refused)).toBe("429 room-limit");
  await first.close();
  const poor = await world.token({ "document:*": ["read", "write"] }, { user: "bob", limits: { roomsPerProject: 0 } });
  expect(await failureOf(await connect("one-too-many", poor))).toBe("403 no-more-rooms");
  expect(await failureOf(await post("/v1/documents/one-too-many/updates", writeText("x"), poor))).toBe(
    "403 no-more-rooms",
  );
  expect((await post("/v1/documents/full/updates", writeText("x"), poor)).status).toBe(200);
});

test("[RT87] what does not exist is not made", async () => {
  expect(await failureOf(await post(`${roomPath("never")}/lock`, { mode: "read" }))).toBe("404 not-found");
  expect(await failureOf(await post("/v1/rooms/game/x/kick", { user: "bob" }))).toBe("404 not-found");
  expect(await failureOf(await post("/v1/rooms/game/x/lock", { mode: "open" }))).toBe("404 not-found");
  expect(await failureOf(await post("/v1/rooms/castle/x/kick", { user: "bob" }))).toBe("404 no-route");
});

test("[RT87] what makes no sense is 400", async () => {
  await makeDocument("senseless");
  const bodies = [
    {},
    { user: "" },
    { user: "bob", session: "s" },
    { user: "bob", reason: "é".repeat(61) },
    { usr: "bob" },
  ];
  for (const body of bodies) {
    expect([body, (await readProblem(await post(`${roomPath("senseless")}/kick`, body))).status]).toEqual([body, 400]);
  }
  expect(await failureOf(await post(`${roomPath("senseless")}/lock`, { mode: "shut" }))).toBe("400 bad-request");
});

test("[RT87] who did it is in the audit", async () => {
  await makeDocument("audited");
  await post(`${roomPath("audited")}/lock`, { mode: "read" });
  await post(`${roomPath("audited")}/kick`, { user: "dora" }, await world.token({ "document:audited": ["admin"] }));
  const rows = async () => {
    const sql = "SELECT actor, action FROM audit WHERE project = 'acme' AND target = ?1 ORDER BY action";
    return (await env.DB.prepare(sql).bind("acme/document/audited").all()).results;
  };
  const wanted = [
    { actor: "user:alice", action: "kick" },
    { actor: "server", action: "lock" },
  ];
  await expect.poll(rows, PROMPT).toEqual(wanted);
});
