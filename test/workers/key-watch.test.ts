/**
 * Sockets that are open when their key is rotated away, or their user is revoked where nobody told the room.
 */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import { WATCH_MS } from "../../src/rooms/key-watch.ts";
import { forgetProject } from "../../src/router/project-cache.ts";
import { DEFAULT_PROJECT, type ProjectId } from "../../src/protocol/room-id.ts";
import { Projects } from "../../src/storage/d1/projects.ts";
import { Revocations } from "../../src/storage/d1/revocations.ts";
import { PresencePeer } from "./presence-peer.ts";
import { PROMPT, alarmOf, stubOf, typed } from "./room-peer.ts";
import { enter, makeDocument } from "./room-tickets.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

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
