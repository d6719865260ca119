import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { PresenceClient, PresenceClientOptions } from "../../../client/index.ts";
import { CLIENT_TIMERS, advanceUntil, pass } from "../../support/client-providers.ts";
import { destroyPresence, eventsOf, openPresence, synced } from "../../support/presence-clients.ts";
import { FULL_PACE, type PresencePeer, PresenceTestServer } from "../../support/presence-test-server.ts";

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

describe("what is too large", () => {
  test("[CP6] is an error, and neither set nor sent", async () => {
    const { client, peer } = await joined({ state: { kept: 1 } });
    const events = eventsOf(client, "error");
    client.setState("text", "ü".repeat(4_200));
    client.setState("k".repeat(65), 1);
    client.broadcast("e".repeat(65));
    for (const name of ["", "__proto__"]) {
      client.setState(name, 1);
      expect(client.broadcast(name)).toBe(false);
    }
    expect(events.map(([, { kind }]) => kind)).toEqual(Array.from({ length: 7 }, () => "too-large"));
    expect(client.self?.state).toEqual({ kept: 1 });
    await pass(1_000);
    await peer.drained();
    expect(types(peer)).toEqual([["hello"]]);
    client.setState("text", "x".repeat(8_000));
    await advanceUntil(peer.received("state"));
    client.setTyping("t".repeat(100));
    expect((await advanceTo(peer.received("typing"))).where).toHaveLength(64);
  });

  test("[CP6] JSON deeper than a server reads is an error; what JSON cannot say is nothing, and nothing is thrown", async () => {
    const { client, peer } = await joined({ state: { deep: nested(65), fine: nested(64) } });
    expect(client.self?.state).toEqual({ fine: nested(64) });
    const events = eventsOf(client, "error");
    client.setState("deep", nested(65));
    client.setState("deep", [`"${"[".repeat(100)}\\"`]);
    expect(client.broadcast("deep", nested(65))).toBe(false);
    expect(client.broadcast("deep", nested(64))).toBe(true);
    expect(events.map(([, { kind }]) => kind)).toEqual(["too-large", "too-large"]);
    const ring: unknown[] = [];
    ring.push(ring, ring);
    for (const odd of [ring, 1n, { n: 1n }]) {
      client.setState("fine", odd);
      client.broadcast("odd", odd);
    }
    await advanceUntil(peer.received("state"));
    await pass(1_000);
    await peer.drained();
    const said = new Map(peer.of("state").map(({ key, json }) => [key, json]));
    expect(said).toEqual(
      new Map([
        ["fine", ""],
        ["deep", JSON.stringify([`"${"[".repeat(100)}\\"`])],
      ]),
    );
    expect(peer.of("event").map(({ json }) => json)).toEqual([JSON.stringify(nested(64)), "", "", ""]);
  });
});

/** So many arrays in one another. */
function nested(levels: number): unknown {
  return JSON.parse("[".repeat(levels) + "]".repeat(levels));
}

/** What a promise brings while the client's clock runs. */
async function advanceTo<T>(promise: Promise<T>): Promise<T> {
  await advanceUntil(promise);
  return await promise;
}
