import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { PresenceClient } from "../../../client/index.ts";
import { presenceUrl, resolvePresence } from "../../../client/presence/presence-options.ts";
import { isFinalCloseCode } from "../../../src/protocol/close-codes.ts";
import { CLIENT_TIMERS, advanceUntil, countedTokens, pass } from "../../support/client-providers.ts";
import { destroyPresence, eventsOf, openPresence, synced, whenClient } from "../../support/presence-clients.ts";
import { FULL_PACE, PresenceTestServer } from "../../support/presence-test-server.ts";

let server: PresenceTestServer;

beforeEach(async () => {
  server = await PresenceTestServer.start();
  server.greeting = [{ type: "pace", pace: FULL_PACE }];
  vi.useFakeTimers({ toFake: [...CLIENT_TIMERS] });
});
afterEach(async () => {
  destroyPresence();
  vi.useRealTimers();
  vi.restoreAllMocks();
  await server.stop();
});

describe("addresses", () => {
  test.each([
    ["https://roost.example.com", "wss://roost.example.com/v1/presence/a%2Fb%3F/connect"],
    ["http://localhost:8080/", "ws://localhost:8080/v1/presence/a%2Fb%3F/connect"],
    ["wss://example.com/api/roost/?x#y", "wss://example.com/api/roost/v1/presence/a%2Fb%3F/connect"],
  ])("[CP21] %s is reached at %s", (url, socketUrl) => {
    const resolved = resolvePresence({ url, room: "a/b?" });
    expect(resolved.socketUrl).toBe(socketUrl);
    expect(resolved.httpUrl).toBe(`${presenceUrl(url, "a/b?")}/count`);
    expect(resolved.httpUrl).toBe(socketUrl.replace(/^ws/, "http").replace("connect", "count"));
  });

  test.each([
    { url: "ftp://example.com" },
    { url: "localhost:8080" },
    { url: "no address" },
    { url: "https://example.com", key: "sk_demo.a.1.mac" },
  ])("[CP21] %o throws TypeError", (options) => {
    expect(() => new PresenceClient({ room: "lobby", connect: false, ...options })).toThrow(TypeError);
  });
});

describe("close codes", () => {
  test.each([1000, 1006, 1011, 1012, 1013, 4400, 4401, 4403, 4404, 4413, 4501, 4508, 4529])(
    "[CP16] after %i a client retries, or does not, as one of documents",
    async (code) => {
      vi.spyOn(Math, "random").mockReturnValue(0);
      const client = openPresence({ url: server.url });
      await advanceUntil(synced(client));
      const closes = eventsOf(client, "closed");
      const peer = await server.peer();
      if (code === 1006) peer.kill();
      else peer.close(code, "told so");
      await advanceUntil(whenClient(client, () => closes.length > 0));
      const final = isFinalCloseCode(code);
      expect(closes).toEqual([["closed", { code, reason: code === 1006 ? "" : "told so", final }]]);
      await pass([1013, 4508, 4529].includes(code) ? 4_900 : 0);
      if (!final) return void (await advanceUntil(synced(client)));
      await pass(600_000);
      expect(server.peers).toHaveLength(1);
      expect(client.status).toBe("offline");
      client.connect();
      await advanceUntil(synced(client));
    },
  );
});

describe("refusals", () => {
  test("[CP15] a room that is full says how many are in it, and is tried again slowly", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    server.refusal = [429, "room-limit"];
    server.summary = { people: 5_000, connections: 5_100, size: "count" };
    const client = openPresence({ url: server.url, key: "pk_demo.a.1.mac" });
    const errors = eventsOf(client, "error");
    await advanceUntil(whenClient(client, () => client.counts.people > 0));
    expect(client.counts).toEqual({ people: 5_000, connections: 5_100 });
    expect(errors.map(([, { kind, message }]) => [kind, message])).toEqual([["unavailable", "the room is full"]]);
    expect(server.asked).toEqual(["/v1/presence/lobby/count Bearer pk_demo.a.1.mac"]);
    const closed = eventsOf(client, "closed");
    await advanceUntil(whenClient(client, () => closed.length === 1));
    expect(await advanceUntil(whenClient(client, () => closed.length === 2))).toBeGreaterThanOrEqual(4_990);
    server.refusal = undefined;
    await advanceUntil(synced(client));
  });

  test.each([
    [400, "bad-id", 4400],
    [401, "unauthorized", 4401],
    [403, "origin-refused", 4403],
  ])("[CP16] %i %s ends the attempts", async (status, problem, code) => {
    server.refusal = [status, problem];
    const client = openPresence({ url: server.url });
    const closes = eventsOf(client, "closed");
    await advanceUntil(whenClient(client, () => closes.some(([, { final }]) => final)));
    expect(closes.at(-1)).toEqual(["closed", { code, reason: "As told", final: true }]);
    const count = closes.length;
    await pass(600_000);
    expect(closes).toHaveLength(count);
  });

  test("[CP15] a room that is locked is tried again, and a room of any size says how many are in it", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    server.refusal = [503, "unavailable"];
    server.summary = { people: 3, connections: 3, size: "full" };
    const client = openPresence({ url: server.url });
    const errors = eventsOf(client, "error");
    await advanceUntil(server.until(() => server.asked.length === 1));
    await pass(5);
    expect([errors, client.counts]).toEqual([[], { people: 3, connections: 3 }]);
    server.summary = { lock: "closed" };
    await advanceUntil(server.until(() => server.asked.length === 2));
    await pass(5);
    expect(errors.map(([, { message }]) => message)).toEqual(["the room is locked"]);
  });
});

describe("tokens", () => {
  test("[CP17] a function is asked for each attempt and when the server wants a fresh one", async () => {
    const { token, count } = countedTokens();
    const client = openPresence({ url: server.url, token });
    await advanceUntil(synced(client));
    const first = await server.peer();
    expect(first.protocols).toEqual(["roost.presence.v1", "roost.token.t1"]);
    first.send({ type: "token-wanted", seconds: 60 });
    expect(await first.received("token")).toEqual({ type: "token", token: "t2" });
    first.close(4501, "token needs refreshing");
    await advanceUntil(server.peer(2));
    expect((await server.peer(2)).protocols).toContain("roost.token.t3");
    expect(count()).toBe(3);
  });

  test("[CP17] one that fails is an error, and asked again", async () => {
    let isDown = true;
    const token = () => {
      if (isDown) throw new Error("no token today");
      return "t";
    };
    const client = openPresence({ url: server.url, token });
    const errors = eventsOf(client, "error");
    // Two attempts are at most a second apart.
    for (let turn = 0; turn < 25; turn += 1) await pass(100);
    expect(errors.length).toBeGreaterThanOrEqual(2);
    expect(errors[0]?.[1]).toMatchObject({ kind: "token", message: "no token today" });
    expect(server.peers).toHaveLength(0);
    isDown = false;
    await advanceUntil(synced(client));
    isDown = true;
    (await server.peer()).send({ type: "token-wanted", seconds: 60 });
    await pass(100);
    expect([client.status, (await server.peer()).of("token")]).toEqual(["synced", []]);
  });

  test("[CP17] a text is the same each time", async () => {
    const client = openPresence({ url: server.url, token: "t" });
    await advanceUntil(synced(client));
    const peer = await server.peer();
    peer.send({ type: "token-wanted", seconds: 60 });
    await peer.drained();
    await pass(100);
    expect(peer.of("token")).toEqual([]);
  });
});
