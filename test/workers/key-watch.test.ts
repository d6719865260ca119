/**
 * Sockets that are open when their key is rotated away, or their user is revoked where nobody told the room.
 */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, describe, expect, test, vi } from "vitest";
import type { ConnectTicket } from "../../src/auth/connect-ticket.ts";
import type { SessionId } from "../../src/core/events.ts";
import { encodeAwareness } from "../../src/core/presence/awareness-codec.ts";
import { KeyWatch, WATCH_MS } from "../../src/rooms/key-watch.ts";
import { forgetProject } from "../../src/router/project-cache.ts";
import { DEFAULT_PROJECT, type ProjectId } from "../../src/protocol/room-id.ts";
import { Projects } from "../../src/storage/d1/projects.ts";
import { Revocations } from "../../src/storage/d1/revocations.ts";
import { PresencePeer } from "./presence-peer.ts";
import { HOST, PAGE, ask, makeProject, showing } from "./access-world.ts";
import { PROMPT, Peer, alarmOf, stubOf, typed } from "./room-peer.ts";
import { enter, makeDocument, ticketOf } from "./room-tickets.ts";

afterEach(async () => {
  vi.useRealTimers();
  vi.restoreAllMocks();
  await settle({ access: {}, origins: [], limits: {} });
});

/** Of the project of all these rooms; known at once in this isolate. */
async function settle(changes: Parameters<Projects["update"]>[1]): Promise<void> {
  await new Projects(env.DB).update(DEFAULT_PROJECT, changes, Date.now());
  forgetProject(env, DEFAULT_PROJECT);
}

/** The version that counts from now on, and no other; known at once in this isolate. */
async function rotate(project: ProjectId = DEFAULT_PROJECT): Promise<number> {
  const rotated = await new Projects(env.DB).rotate(project, { overlapMs: 0, force: true, nowMs: Date.now() });
  forgetProject(env, project);
  if (!rotated.ok || rotated.value === null) throw new Error("not rotated");
  return rotated.value.keyVersion;
}

async function versionNow(): Promise<number> {
  const found = await new Projects(env.DB).find(DEFAULT_PROJECT);
  if (!found.ok || found.value === null) throw new Error("no project");
  return found.value.keyVersion;
}

function later(ms: number): void {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + ms });
}

test("[RO52] keys that were rotated away, and tokens made with them, are out with the first thing that is said half a minute later", async () => {
  await makeDocument("watched");
  // As long as it takes to come in is no part of the half minute.
  later(0);
  const old = await versionNow();
  const back = await enter("watched", 1, { by: "server", user: "server", keyVersion: old });
  const page = await enter("watched", 2, { by: "page", user: "anonymous", keyVersion: old });
  const alice = await enter("watched", 3, { by: "token", keyVersion: old });
  const bob = await enter("watched", 4, { by: "token", user: "bob", keyVersion: await rotate() });
  later(WATCH_MS - 1_000);
  bob.send(typed("too soon"));
  await expect.poll(() => bob.messages.some(({ type }) => type === "ack"), PROMPT).toBe(true);
  expect([back.closed, page.closed, alice.closed]).toEqual([undefined, undefined, undefined]);
  later(2_000);
  bob.send(typed("now"));
  const codes = () => [back, page, alice, bob].map(({ closed }) => closed?.code);
  await expect.poll(codes, PROMPT).toEqual([4501, 4501, 4501, undefined]);
  bob.close(1000);
});

test("[RO52] what a project takes from its pages, and limits that it lowers, reach open sockets too", async () => {
  await makeDocument("taken");
  const origins = ["https://shop.example", "https://old.example"];
  await settle({ access: { "document:taken": ["read", "write"] }, origins });
  const keyVersion = await versionNow();
  const limits = { syncBytesPerSecond: 2_048 };
  const page = { by: "page", user: "anonymous", keyVersion, origin: "https://shop.example", limits } as const;
  const reader = await enter("taken", 1, { ...page, scopes: ["read"] });
  const writer = await enter("taken", 2, { ...page, scopes: ["read", "write"] });
  const elsewhere = await enter("taken", 3, { ...page, scopes: ["read"], origin: "https://old.example" });
  const heavy = await enter("taken", 4, { by: "token", user: "carol", keyVersion });
  const light = await enter("taken", 5, { by: "token", keyVersion, limits });
  const lowered = { access: { "document:*": ["read"] }, origins: ["https://shop.example"] } as const;
  await settle({ ...lowered, limits: { syncBytesPerSecond: 4_096 } });
  later(WATCH_MS);
  light.send(typed("now"));
  const codes = () => [reader, writer, elsewhere, heavy, light].map(({ closed }) => closed?.code);
  await expect.poll(codes, PROMPT).toEqual([undefined, 4501, 4501, 4501, undefined]);
  for (const stays of [reader, light]) stays.close(1000);
});

test("[RO52] as the router lets pages in: one whose origin was taken away is out, the server's own page stays", async () => {
  const id = "pages-only" as ProjectId;
  const { pageKey, secretKey } = await makeProject(id);
  const join = async (origin: string, client: number) => {
    const { query, headers } = showing({ queryKey: pageKey, origin }, { protocols: ["roost.v1"] });
    const { webSocket, status } = await ask(`/v1/documents/shown/connect${query}`, { headers });
    if (webSocket === null) throw new Error(`refused with ${status}`);
    webSocket.accept();
    const peer = new Peer(webSocket);
    await peer.greet(client);
    return peer;
  };
  const made = await ask("/v1/documents/shown/updates", {
    method: "POST",
    body: Uint8Array.of(0, 0),
    headers: { authorization: `Bearer ${secretKey}`, "content-type": "application/octet-stream" },
  });
  expect(made.status).toBe(200);
  const [page, own] = [await join(PAGE, 1), await join(HOST, 2)];
  await new Projects(env.DB).update(id, { origins: ["https://new.example"] }, Date.now());
  forgetProject(env, id);
  later(WATCH_MS);
  own.send({ type: "awareness", update: encodeAwareness([{ client: 2, clock: 2, state: "{}" }]) });
  await expect.poll(() => page.closed?.code, PROMPT).toBe(4501);
  expect(own.closed).toBeUndefined();
  own.close(1000);
});

test("[RO52] somebody who comes back every 29 s postpones nothing for the others", async () => {
  await makeDocument("rejoined");
  const alice = await enter("rejoined", 1, { by: "token", keyVersion: await versionNow() });
  const keyVersion = await rotate();
  later(WATCH_MS - 1_000);
  const bob = await enter("rejoined", 2, { by: "token", user: "bob", keyVersion });
  later(1_000);
  bob.send(typed("hello"));
  await expect.poll(() => alice.closed?.code, PROMPT).toBe(4501);
  expect(bob.closed).toBeUndefined();
  bob.close(1000);
});

describe("when it asks", () => {
  const NOW_MS = 1_900_000_000_000;
  const answer = { ok: true, value: null } as const;

  /** Who is asked, how often, and what comes of it. */
  function watched(...by: readonly ConnectTicket["by"][]) {
    const asked: (() => void)[] = [];
    const ended: string[] = [];
    const socket = new WebSocketPair()[0];
    const entries = by.map((kind, index) => {
      // SAFETY: as rooms name sessions.
      const id = `s${index}` as SessionId;
      return { id, socket, ticket: ticketOf({ by: kind }), dialect: null, joinedMs: NOW_MS };
    });
    const watch = new KeyWatch({
      roomName: "default/document/asked",
      findProject: async () => await new Promise((resolve) => asked.push(() => resolve(answer))),
      sockets: { all: () => entries },
      end: ({ id }) => void ended.push(id),
    });
    return { watch, asked, ended };
  }

  test("[RO52] it asks every half minute while something happens, and never twice at a time", async () => {
    const { watch, asked, ended } = watched("token", "open");
    watch.notice(NOW_MS);
    for (let seconds = 1; seconds < 300; seconds += 1) watch.notice(NOW_MS + seconds * 1_000);
    expect(asked.length).toBe(1);
    asked[0]?.();
    await expect.poll(() => ended, PROMPT).toEqual(["s0"]);
    for (let seconds = 300; seconds < 330; seconds += 1) watch.notice(NOW_MS + seconds * 1_000);
    expect(asked.length).toBe(2);
  });

  test("[RO52] in a room of open mode it asks nothing", () => {
    const { watch, asked } = watched("open", "open");
    watch.notice(NOW_MS);
    expect(asked.length).toBe(0);
  });
});

test("[RO52] a room that slept asks when something is said, whoever says it, and sets nothing before", async () => {
  await makeDocument("slept");
  const old = await versionNow();
  const alice = await enter("slept", 1, { by: "token", keyVersion: old });
  const bob = await enter("slept", 2, { by: "token", user: "bob", keyVersion: await rotate() });
  await evictDurableObject(stubOf("slept"), { webSockets: "hibernate" });
  const alarmMs = await alarmOf("slept");
  expect(alice.closed).toBeUndefined();
  alice.send(typed("before it is known"));
  await expect.poll(() => alice.closed?.code, PROMPT).toBe(4501);
  expect([bob.closed, (await alarmOf("slept")) !== null]).toEqual([undefined, alarmMs !== null]);
  bob.close(1000);
});

test("[RO52] an edit over REST counts as something that is said", async () => {
  await makeDocument("rested");
  const alice = await enter("rested", 1, { by: "token", keyVersion: await versionNow() });
  await rotate();
  later(WATCH_MS);
  await makeDocument("rested");
  await expect.poll(() => alice.closed?.code, PROMPT).toBe(4501);
});

test("[RO52] a revoked user goes with 4403 where the room was never told", async () => {
  await makeDocument("revoked");
  vi.spyOn(env.EVENTS, "send").mockRejectedValue(new Error("the queue is away"));
  const keyVersion = await versionNow();
  const eve = await enter("revoked", 1, { by: "token", user: "eve", keyVersion });
  const bob = await enter("revoked", 2, { by: "token", user: "bob", keyVersion });
  const untilMs = Date.now() + 10 * WATCH_MS;
  await new Revocations(env.DB).put(DEFAULT_PROJECT, { user: "eve", untilMs }, Date.now());
  forgetProject(env, DEFAULT_PROJECT);
  later(WATCH_MS);
  bob.send(typed("hello"));
  await expect.poll(() => eve.closed?.code, PROMPT).toBe(4403);
  expect(bob.closed).toBeUndefined();
  bob.close(1000);
});

test("[RO52] where the project cannot be asked everybody stays", async () => {
  await makeDocument("unasked");
  const alice = await enter("unasked", 1, { by: "token", keyVersion: await versionNow() });
  await rotate();
  vi.spyOn(env.DB, "prepare").mockImplementation(() => {
    throw new Error("D1 is away");
  });
  later(WATCH_MS);
  alice.send(typed("still here"));
  await expect.poll(() => alice.messages.some(({ type }) => type === "ack"), PROMPT).toBe(true);
  alice.send(typed("and here"));
  await expect.poll(() => alice.messages.filter(({ type }) => type === "ack").length, PROMPT).toBe(2);
  expect(alice.closed).toBeUndefined();
  alice.close(1000);
});

test("[RO52] presence rooms do the same", async () => {
  const old = await versionNow();
  const alice = await PresencePeer.join("watched", {}, { by: "token", user: "alice", keyVersion: old });
  const bob = await PresencePeer.join("watched", {}, { by: "token", user: "bob", keyVersion: await rotate() });
  later(WATCH_MS);
  bob.send({ type: "typing", where: "here" });
  await expect.poll(() => alice.closed?.code, PROMPT).toBe(4501);
  expect(bob.closed).toBeUndefined();
  bob.close();
});
