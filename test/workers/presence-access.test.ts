/**
 * Who is let into a presence room, who is put out again, and what its routes say to whom.
 */
import { env } from "cloudflare:workers";
import { beforeAll, expect, test } from "vitest";
import { PRESENCE_SUBPROTOCOL } from "../../src/protocol/presence-messages.ts";
import { type Caller, PAGE, type World, ask, makeWorld, showing } from "./access-world.ts";
import { PROMPT, PresencePeer, answerTo, countsOf, describePeople, fallAsleep, inPresence } from "./presence-peer.ts";
import { failureOf, readJson, readProblem } from "./router-requests.ts";

let world: World;
beforeAll(async () => {
  world = await makeWorld();
});

async function connectAs(id: string, caller: Caller): Promise<Response> {
  const { query, headers } = showing(caller, { protocols: [PRESENCE_SUBPROTOCOL] });
  return await ask(`/v1/presence/${encodeURIComponent(id)}/connect${query}`, { headers });
}

async function joinAs(id: string, caller: Caller): Promise<PresencePeer> {
  const { webSocket, status } = await connectAs(id, caller);
  if (webSocket === null) throw new Error(`refused with ${status}`);
  const peer = new PresencePeer(webSocket);
  await peer.greet();
  return peer;
}

async function countAs(id: string, caller: Caller): Promise<Response> {
  const { query, headers } = showing(caller);
  return await ask(`/v1/presence/${encodeURIComponent(id)}/count${query}`, { headers });
}

async function administer(id: string, verb: "kick" | "lock", body: object): Promise<Response> {
  return await ask(`/v1/rooms/presence/${encodeURIComponent(id)}/${verb}`, {
    method: "POST",
    body: JSON.stringify(body),
    headers: { authorization: `Bearer ${world.keys.secretKey}`, "content-type": "application/json" },
  });
}

const person = async (user: string) => ({
  bearer: await world.token({ "presence:*": ["read", "presence"] }, { user }),
});

test("[PO12] a closed room closes whoever is no admin and lets none in, after a sleep too, until it is opened", async () => {
  const id = "locked";
  const [bob, admin] = [await PresencePeer.join(id), await PresencePeer.join(id, {}, { scopes: ["read", "admin"] })];
  await inPresence(id, async (room) => await room.setLock("closed"));
  await expect.poll(() => bob.closed?.code, PROMPT).toBe(4403);
  await fallAsleep(id);
  expect(await answerTo(id, {})).toBe("423 locked");
  expect((await describePeople(id)).lock).toBe("closed");
  expect(admin.closed).toBeUndefined();
  await inPresence(id, async (room) => await room.setLock("open"));
  expect(await answerTo(id, {})).toBe("101");
});

test("[PO12] a kick closes all of a user, or one socket, with its reason, and the others see it leave at once", async () => {
  const id = "kicked";
  const [one, two] = [
    await PresencePeer.join(id, {}, { user: "bob" }),
    await PresencePeer.join(id, {}, { user: "bob" }),
  ];
  const carol = await PresencePeer.join(id, {}, { user: "carol", session: "carols" });
  const dora = await PresencePeer.join(id, {}, { user: "dora" });
  await expect.poll(() => dora.people.size, PROMPT).toBe(3);
  expect(await inPresence(id, async (room) => await room.kick({ user: "bob" }, "enough"))).toMatchObject({
    value: { closed: 2 },
  });
  expect(await inPresence(id, async (room) => await room.kick({ session: "carols" }, "enough"))).toMatchObject({
    value: { closed: 1 },
  });
  await expect.poll(() => [one, two, carol].map(({ closed }) => closed?.code), PROMPT).toEqual([4403, 4403, 4403]);
  expect(one.closed?.reason).toContain("enough");
  await expect.poll(() => dora.people.size, PROMPT).toBe(1);
  expect(await countsOf(id)).toEqual([1, 1]);
});

test("[PO12] a page that is refused a closed room reads why where it asks for the count, kept counts or not", async () => {
  const [id, page] = ["closed/count", { queryKey: world.keys.pageKey, origin: PAGE }];
  expect(await readJson(await countAs(id, page))).toMatchObject({ people: 0 });
  await administer(id, "lock", { mode: "closed" });
  const refused = await countAs(id, page);
  expect([refused.headers.get("content-type"), refused.headers.get("access-control-allow-origin")]).toEqual([
    "application/problem+json",
    PAGE,
  ]);
  expect([refused.headers.get("cache-control"), await readProblem(refused)]).toEqual([
    null,
    {
      type: "urn:roost:problem:locked",
      title: "Locked",
      status: 423,
      detail: expect.stringContaining("administrator"),
    },
  ]);
  expect(await failureOf(await connectAs(id, page))).toBe("423 locked");
  await administer(id, "lock", { mode: "open" });
  expect((await countAs(id, page)).status).toBe(200);
});

test("[PO13] the first socket of a token's user is told to the queue, so that a revocation finds it; it is put out then", async () => {
  const eve = await joinAs("told", await person("eve-2"));
  const rooms = async () => {
    const sql = "SELECT room FROM user_rooms WHERE project = 'acme' AND user = 'eve-2'";
    return (await env.DB.prepare(sql).all<{ room: string }>()).results.map(({ room }) => room);
  };
  await expect.poll(rooms, PROMPT).toEqual(["acme/presence/told"]);
  const revoked = await ask("/v1/users/eve-2/revoke", {
    method: "POST",
    body: JSON.stringify({ forSeconds: 60 }),
    headers: { authorization: `Bearer ${world.keys.secretKey}`, "content-type": "application/json" },
  });
  expect(await readJson(revoked)).toMatchObject({ closedSockets: 1 });
  await expect.poll(() => eve.closed?.code, PROMPT).toBe(4403);
});

test("[RT120] without its sub-protocol or an upgrade there is no socket; with it the answer names it", async () => {
  const caller = await person("alice");
  const without = showing(caller, { protocols: ["roost.v1"] });
  expect(await failureOf(await ask("/v1/presence/x/connect", { headers: without.headers }))).toBe(
    "400 bad-subprotocol",
  );
  const plain = showing(caller);
  expect(await failureOf(await ask("/v1/presence/x/connect", { headers: plain.headers }))).toBe("426 upgrade-required");
  const answer = await connectAs("x", caller);
  expect(answer.headers.get("sec-websocket-protocol")).toBe(PRESENCE_SUBPROTOCOL);
  answer.webSocket?.accept();
});

test("[RT121] a count is served again without asking the room, to whoever may read there; a header's answer is private", async () => {
  const id = "counted/a b";
  const alice = await joinAs(id, await person("alice"));
  const server = { bearer: world.keys.secretKey };
  const first = await countAs(id, server);
  expect(await readJson(first)).toEqual({ people: 1, connections: 1, size: "full" });
  expect(first.headers.get("cache-control")).toBe("private, max-age=5");
  const bob = await joinAs(id, await person("bob"));
  await expect.poll(() => bob.people.size, PROMPT).toBe(2);
  const page = await countAs(id, { queryKey: world.keys.pageKey, origin: PAGE });
  expect(page.headers.get("cache-control")).toBe("public, max-age=5");
  expect(page.headers.get("access-control-allow-origin")).toBe(PAGE);
  expect(await readJson(page)).toEqual({ people: 1, connections: 1, size: "full" });
  expect(await failureOf(await countAs(id, {}))).toBe("401 unauthorized");
  expect(await readJson(await countAs(id, { bearer: world.rival.secretKey }))).toMatchObject({ people: 0 });
  await expect
    .poll(async () => await readJson(await countAs(id, server)), { ...PROMPT, interval: 200 })
    .toEqual({ people: 2, connections: 2, size: "full" });
  alice.close();
  bob.close();
});

test("[RT122] a room that is full says so before the upgrade, with the limit and where its count is", async () => {
  const poor = {
    bearer: await world.token({ "presence:*": ["read"] }, { user: "alice", limits: { socketsPerRoom: 1 } }),
  };
  const first = await joinAs("full/room", poor);
  const refused = await connectAs("full/room", poor);
  expect(refused.headers.get("retry-after")).toMatch(/^\d+$/);
  expect(await readProblem(refused)).toMatchObject({
    type: "urn:roost:problem:room-limit",
    limit: "socketsPerRoom",
    instead: "/v1/presence/full%2Froom/count",
    detail: "The limit socketsPerRoom is reached. GET /v1/presence/full%2Froom/count needs no socket.",
  });
  expect((await countAs("full/room", poor)).status).toBe(200);
  first.close();
});

test("[RT123] a publishable key opens count, people and socket to the pages of its project, and to no other", async () => {
  const page = { queryKey: world.keys.pageKey, origin: PAGE };
  const visitor = await joinAs("shop", page);
  const other = await joinAs("shop", page);
  await expect.poll(() => visitor.people.size, PROMPT).toBe(2);
  const { query, headers } = showing(page);
  const people = await ask(`/v1/presence/shop${query}`, { headers });
  expect(await readJson(people)).toMatchObject({ counts: { people: 2, connections: 2 }, lock: "open" });
  for (const caller of [{ ...page, origin: "https://evil.example" }, { queryKey: page.queryKey }]) {
    expect(await failureOf(await connectAs("shop", caller))).toBe("403 origin-refused");
    expect(await failureOf(await countAs("shop", caller))).toBe("403 origin-refused");
  }
  visitor.close();
  other.close();
});

test("[RT124] an administrator puts somebody out of a presence room, and locks it", async () => {
  const bob = await joinAs("admin/room", await person("bob"));
  expect(await readJson(await administer("admin/room", "kick", { user: "bob" }))).toEqual({ closed: 1 });
  await expect.poll(() => bob.closed?.code, PROMPT).toBe(4403);
  expect(await readJson(await administer("admin/room", "lock", { mode: "closed" }))).toEqual({ mode: "closed" });
  expect(await failureOf(await connectAs("admin/room", await person("bob")))).toBe("423 locked");
  const rows = async () =>
    (await env.DB.prepare("SELECT action FROM audit WHERE target = 'acme/presence/admin/room' ORDER BY action").all())
      .results;
  await expect.poll(rows, PROMPT).toEqual([{ action: "kick" }, { action: "lock" }]);
});
