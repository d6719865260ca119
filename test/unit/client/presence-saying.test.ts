import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { PresenceClient, PresenceClientOptions } from "../../../client/index.ts";
import { anchorHash } from "../../../client/presence/anchor.ts";
import { CLIENT_TIMERS, advanceUntil, pass } from "../../support/client-providers.ts";
import { destroyPresence, openPresence, synced } from "../../support/presence-clients.ts";
import { FULL_PACE, type PresencePeer, PresenceTestServer, pace } from "../../support/presence-test-server.ts";

let server: PresenceTestServer;

beforeEach(async () => {
  server = await PresenceTestServer.start();
  server.greeting = [{ type: "pace", pace: FULL_PACE }];
  vi.useFakeTimers({ toFake: [...CLIENT_TIMERS] });
});
afterEach(async () => {
  destroyPresence();
  vi.useRealTimers();
  await server.stop();
});

async function joined(
  options: Partial<PresenceClientOptions> = {},
): Promise<{ readonly client: PresenceClient; readonly peer: PresencePeer }> {
  const client = openPresence({ url: server.url, ...options });
  await advanceUntil(synced(client));
  await pass(0);
  return { client, peer: await server.peer(server.peers.length) };
}

const types = (peer: PresencePeer) => peer.frames.map((frame) => frame.map(({ type }) => type));

describe("the first frame", () => {
  test("[CP2] is a hello with the person, the user and the state", async () => {
    const person = "a-person-of-16-chars";
    const { peer } = await joined({ person, user: { name: "Alice" }, state: { mood: "fine" } });
    expect(peer.frames[0]?.[0]).toEqual({
      type: "hello",
      version: 1,
      hello: { person, user: { name: "Alice" }, state: { mood: "fine" } },
    });
    expect(peer.url).toBe("/v1/presence/lobby/connect");
    expect(peer.protocols).toEqual(["roost.presence.v1"]);
  });

  test("[CP2] says again, on a new socket, what else holds: status, view, cursor and typing", async () => {
    const { client, peer } = await joined();
    client.setState("mood", "fine");
    client.setUser({ name: "Alice" });
    client.setStatus("idle");
    client.setView(0, 0.5, 7);
    client.setCursor({ anchor: "board", x: 0, y: 1 });
    client.setTyping("chat");
    await pass(100);
    peer.kill();
    await advanceUntil(server.peer(2));
    await advanceUntil((await server.peer(2)).received("hello"));
    const [first = []] = (await server.peer(2)).frames;
    expect(first[0]).toMatchObject({ hello: { user: { name: "Alice" }, state: { mood: "fine" } } });
    expect(first.slice(1)).toEqual([
      { type: "status", status: "idle" },
      { type: "view", view: { top: 0, bottom: 32_768 }, follows: 7 },
      { type: "cursor", anchor: anchorHash("board"), x: 0, y: 65_535 },
      { type: "typing", where: "chat" },
    ]);
  });

  test("[CP2] what was said between hello and the first pace is not lost", async () => {
    server.mustGreet = false;
    const client = openPresence({ url: server.url });
    const peer = await server.peer();
    await advanceUntil(peer.received("hello"));
    client.setState("late", 1);
    client.setCursor({ x: 0.5, y: 0.5 });
    await pass(100);
    expect(types(peer)).toEqual([["hello"]]);
    const welcome = { version: 1, session: "s", actor: 1, scopes: ["read", "presence"] };
    peer.send({ type: "welcome", welcome }, { type: "pace", pace: FULL_PACE });
    await advanceUntil(peer.received("cursor"));
    expect(types(peer)).toEqual([["hello"], ["state", "cursor"]]);
  });
});

describe("the pace", () => {
  test("[CP3] of what is said faster the first and the last are sent, and never more often than the server says", async () => {
    const { client, peer } = await joined();
    const start = performance.now();
    const atMs: number[] = [];
    for (let step = 0; step <= 1_000; step += 4) {
      const before = peer.of("cursor").length;
      client.setCursor({ x: step / 1_000, y: 0 });
      await pass(4);
      await peer.drained();
      if (peer.of("cursor").length > before) atMs.push(performance.now() - start);
    }
    await pass(100);
    await peer.drained();
    const sent = peer.of("cursor");
    expect(sent[0]?.x).toBe(0);
    expect(sent.at(-1)?.x).toBe(65_535);
    expect(sent.length).toBeGreaterThanOrEqual(19);
    expect(sent.length).toBeLessThanOrEqual(22);
    for (const [index, at] of atMs.slice(1).entries()) expect(at - (atMs[index] ?? 0)).toBeGreaterThanOrEqual(48);
  });

  test("[CP3] what is said in one task is one frame, each key of the state once", async () => {
    const { client, peer } = await joined();
    client.setState("a", 1);
    client.setState("a", 2);
    client.setState("b", [1]);
    client.setState("c", undefined);
    client.setCursor({ x: 1, y: 1 });
    client.setTyping("chat");
    client.broadcast("wave", { big: true });
    client.broadcast("wave");
    await advanceUntil(peer.received("event", 2));
    expect(peer.frames.slice(1)).toEqual([
      [
        { type: "state", key: "a", json: "2" },
        { type: "state", key: "b", json: "[1]" },
        { type: "state", key: "c", json: "" },
        { type: "cursor", anchor: 0, x: 65_535, y: 65_535 },
        { type: "typing", where: "chat" },
        { type: "event", name: "wave", json: '{"big":true}' },
        { type: "event", name: "wave", json: "" },
      ],
    ]);
  });

  test("[CP3] each kind has its own rate, the application may ask for less, and the same word is not said twice", async () => {
    const { client, peer } = await joined({ maxCursorHz: 2 });
    for (let step = 0; step < 40; step += 1) {
      client.setCursor({ x: step / 40, y: 0 });
      client.setState("n", step);
      client.setTyping("chat");
      await pass(25);
    }
    await peer.drained();
    // At 0, 500 and 1,000 ms; and six times 200 ms apart.
    expect(peer.of("cursor")).toHaveLength(3);
    expect(peer.of("state")).toHaveLength(6);
    expect(peer.of("typing")).toEqual([{ type: "typing", where: "chat" }]);
  });

  test("[CP3] another pace counts from the moment it comes", async () => {
    const { client, peer } = await joined();
    client.setCursor({ x: 0, y: 0 });
    await advanceUntil(peer.received("cursor"));
    peer.send(pace("sampled", { cursor: 1 }));
    await peer.drained();
    client.setCursor({ x: 1, y: 0 });
    await pass(900);
    await peer.drained();
    expect(peer.of("cursor")).toHaveLength(1);
    peer.send(pace("full"));
    await advanceUntil(peer.received("cursor", 2), 100);
  });

  test("[CP4] where the pace is 0 nothing is sent of that kind, and without the right nothing at all", async () => {
    server.greeting = [pace("count", { state: 1, cursor: 0, typing: 0 })];
    const { client, peer } = await joined();
    client.setCursor({ x: 0, y: 0 });
    client.setTyping("chat");
    client.setState("a", 1);
    await advanceUntil(peer.received("state"));
    await pass(5_000);
    expect(types(peer)).toEqual([["hello"], ["state"]]);

    server.welcome = { actor: 0, scopes: ["read"] };
    server.greeting = [{ type: "pace", pace: FULL_PACE }];
    const onlooker = await joined();
    onlooker.client.setCursor({ x: 0, y: 0 });
    onlooker.client.setState("a", 1);
    onlooker.client.setStatus("idle");
    expect(onlooker.client.broadcast("wave")).toBe(false);
    await pass(5_000);
    expect(types(onlooker.peer)).toEqual([["hello"]]);
    onlooker.peer.send({ type: "rights", rights: { scopes: ["read", "presence"], reason: "unlocked" } });
    await advanceUntil(onlooker.peer.received("state"));
    expect(onlooker.client.self?.scopes).toEqual(["read", "presence"]);
  });
});

describe("events", () => {
  test("[CP5] above the pace, over 4 KB or without a socket they are not sent, nor later, and it is said", async () => {
    const { client, peer } = await joined();
    client.on("error", () => undefined);
    const heard = Array.from({ length: 30 }, (_, number) => client.broadcast("wave", number));
    expect(heard.filter(Boolean)).toHaveLength(10);
    await advanceUntil(peer.received("event", 10));
    expect(client.broadcast("large", "x".repeat(4_097))).toBe(false);
    await pass(1_000);
    expect(client.broadcast("wave")).toBe(true);
    client.disconnect();
    expect(client.broadcast("wave")).toBe(false);
    client.connect();
    await advanceUntil(server.peer(2));
    await advanceUntil(synced(client));
    await pass(1_000);
    expect((await server.peer(2)).of("event")).toEqual([]);
  });
});
