import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { PresenceClient, PresenceClientOptions } from "../../../client/index.ts";
import { CLIENT_TIMERS, advanceUntil, pass } from "../../support/client-providers.ts";
import { destroyPresence, eventsOf, openPresence, synced, whenClient } from "../../support/presence-clients.ts";
import { FULL_PACE, type PresencePeer, PresenceTestServer, person } from "../../support/presence-test-server.ts";

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

describe("what would end the socket for good", () => {
  test("[CP6] is neither said with the first hello nor later: keys beyond 32, what JSON does not have, more than 11 KB with the user", async () => {
    const warned = vi.spyOn(console, "warn").mockReturnValue(undefined);
    const state = Object.fromEntries(Array.from({ length: 33 }, (_, index) => [`k${index}`, index]));
    const { client, peer } = await joined({ state, user: { avatar: `data:image/png;base64,${"A".repeat(4_000)}` } });
    expect(warned).toHaveBeenCalledTimes(1);
    warned.mockRestore();
    const { k32: _left, ...said } = state;
    expect(peer.of("hello")[0]?.hello.state).toEqual(said);
    const events = eventsOf(client, "error");
    client.setState("k33", 1);
    client.setState("k0", "x".repeat(7_500));
    client.setUser({ name: "x".repeat(12_000) });
    expect(events).toHaveLength(3);
    client.setState("k1", () => 1);
    expect(client.broadcast("wave", Symbol("nothing"))).toBe(true);
    await advanceUntil(peer.received("event"));
    expect(peer.frames.slice(1)).toEqual([
      [
        { type: "state", key: "k1", json: "" },
        { type: "event", name: "wave", json: "" },
      ],
    ]);
    expect(client.self?.state).not.toHaveProperty("k1");
    expect(client.self?.user.name).toBeUndefined();
  });
});

describe("a final close", () => {
  test("[CP8] after a final close nobody is shown or counted at once", async () => {
    const { client, peer } = await joined();
    peer.send(person(2, { user: { name: "Bob" } }), { type: "counts", people: 2, connections: 2 });
    await peer.drained();
    peer.close(4403, "shown out");
    await advanceUntil(whenClient(client, () => client.counts.people === 0));
    expect([client.others.size, client.counts, client.self?.actor]).toEqual([0, { people: 0, connections: 0 }, 0]);
  });
});
