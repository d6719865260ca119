import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { PresenceClient, PresenceClientOptions } from "../../../client/index.ts";
import { CLIENT_TIMERS, advanceUntil, pass } from "../../support/client-providers.ts";
import { destroyPresence, eventsOf, openPresence, synced, whenClient } from "../../support/presence-clients.ts";
import { FULL_PACE, type PresencePeer, PresenceTestServer, pace, person } from "../../support/presence-test-server.ts";

let server: PresenceTestServer;

beforeEach(async () => {
  server = await PresenceTestServer.start();
  server.greeting = [
    { type: "pace", pace: FULL_PACE },
    { type: "counts", people: 1, connections: 1 },
  ];
  vi.useFakeTimers({ toFake: [...CLIENT_TIMERS] });
});
afterEach(async () => {
  destroyPresence();
  vi.useRealTimers();
  vi.restoreAllMocks();
  await server.stop();
});

async function joined(
  options: Partial<PresenceClientOptions> = {},
): Promise<{ readonly client: PresenceClient; readonly peer: PresencePeer }> {
  const client = openPresence({ url: server.url, ...options });
  await advanceUntil(synced(client));
  return { client, peer: await server.peer(server.peers.length) };
}

const names = (client: PresenceClient) => [...client.others.values()].map(({ user }) => user.name);

describe("who is here", () => {
  test("[CP7] comes and goes in whole frames, each told once; what has not changed is the same object", async () => {
    const { client, peer } = await joined();
    expect(client.self).toEqual({ actor: 1, user: {}, state: {}, scopes: ["read", "presence"] });
    const events = eventsOf(client, "others", "cursor", "counts");
    peer.send(
      person(1, { user: { name: "me" } }),
      person(2, { user: { name: "Bob" }, state: { hand: true }, cursor: { anchor: 9, x: 0, y: 65_535 } }),
      person(3, { user: { name: "Carol" }, id: "carol" }),
      { type: "counts", people: 3, connections: 4 },
    );
    await peer.drained();
    expect(events).toEqual([
      ["counts", { people: 3, connections: 4 }],
      ["others", [2, 3]],
      ["cursor", { actor: 2, position: { anchor: 9, x: 0, y: 1 } }],
    ]);
    const [bob, carol] = [client.others.get(2), client.others.get(3)];
    expect(bob).toEqual({
      actor: 2,
      user: { name: "Bob" },
      state: { hand: true },
      status: "active",
      typing: "",
    });
    expect(carol?.id).toBe("carol");
    const { others, cursors } = client;
    peer.send({ type: "cursor", actor: 2, x: 65_535, y: 0 });
    await peer.drained();
    expect(client.others).toBe(others);
    expect(client.cursors).not.toBe(cursors);
    expect(client.cursors).toEqual(new Map([[2, { anchor: 9, x: 1, y: 0 }]]));
    peer.send(
      { type: "state", actor: 2, key: "mood", json: '"fine"' },
      { type: "state", actor: 2, key: "hand", json: "" },
      { type: "typing", actor: 2, where: "chat" },
      { type: "status", actor: 2, status: "idle" },
    );
    await peer.drained();
    expect(client.others.get(2)).toEqual({ ...bob, state: { mood: "fine" }, typing: "chat", status: "idle" });
    expect(client.others.get(3)).toBe(carol);
    expect(bob?.state).toEqual({ hand: true });
    expect(others.get(2)).toBe(bob);
    events.length = 0;
    peer.send({ type: "gone", actor: 2 }, { type: "left", actor: 3 });
    await peer.drained();
    expect(events).toEqual([
      ["others", [3]],
      ["cursor", { actor: 2, position: null }],
    ]);
    expect(client.cursors.size).toBe(0);
  });

  test("[CP7] what is said of somebody who is not here is ignored", async () => {
    const { client, peer } = await joined();
    const events = eventsOf(client, "others", "cursor");
    peer.send(
      { type: "cursor", actor: 8, anchor: 1, x: 1, y: 1 },
      { type: "state", actor: 8, key: "a", json: "1" },
      { type: "left", actor: 8 },
      { type: "cursor", actor: 1, anchor: 1, x: 1, y: 1 },
    );
    await peer.drained();
    expect(events).toEqual([]);
    expect(client.others.size).toBe(0);
  });

  test("[CP7] events and tallies are told after all else of their frame", async () => {
    const { client, peer } = await joined();
    const heard: unknown[] = [];
    client.on("event", ({ actor, name, data }) => heard.push([client.others.get(actor)?.user.name, name, data]));
    client.on("tally", (tally) => heard.push(tally));
    peer.send(
      { type: "event", actor: 2, name: "wave", json: '{"n":1}' },
      { type: "event", actor: 2, name: "nod", json: "" },
      { type: "tally", name: "wave", times: 40 },
      person(2, { user: { name: "Bob" } }),
    );
    await peer.drained();
    expect(heard).toEqual([["Bob", "wave", { n: 1 }], ["Bob", "nod", undefined], { name: "wave", times: 40 }]);
  });
});

describe("a blip", () => {
  async function withBob(): Promise<{ readonly client: PresenceClient; readonly peer: PresencePeer }> {
    const both = await joined();
    const bob = person(2, { user: { name: "Bob" }, cursor: { anchor: 0, x: 1, y: 1 } });
    both.peer.send(bob, { type: "counts", people: 2, connections: 2 });
    await both.peer.drained();
    return both;
  }

  test("[CP8] who was here stays until the new socket tells who is, in one step", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.5);
    const { client, peer } = await withBob();
    const events = eventsOf(client, "others");
    peer.kill();
    await advanceUntil(whenClient(client, () => client.status === "offline"));
    expect(names(client)).toEqual(["Bob"]);
    await advanceUntil(synced(client));
    expect(names(client)).toEqual(["Bob"]);
    expect(events).toEqual([]);
    const second = await server.peer(2);
    second.send(person(1), person(3, { user: { name: "Carol" } }));
    await second.drained();
    expect(names(client)).toEqual(["Carol"]);
    expect(events.map(([, changed]) => [...changed].toSorted((a, b) => a - b))).toEqual([[2, 3]]);
    expect(client.cursors.size).toBe(0);
    await pass(10_000);
    expect(names(client)).toEqual(["Carol"]);
  });

  test("[CP8] after five seconds without one nobody is shown", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.999);
    const { client, peer } = await withBob();
    server.refusal = [503, "unavailable"];
    client.on("error", () => undefined);
    peer.kill();
    await advanceUntil(whenClient(client, () => client.status === "offline"));
    await pass(4_990);
    expect([names(client), client.counts.people, client.self?.actor]).toEqual([["Bob"], 2, 1]);
    await pass(20);
    expect([names(client), client.counts.people, client.self?.actor]).toEqual([[], 0, 0]);
  });

  test("[CP8] who leaves by itself sees nobody at once", async () => {
    const { client } = await withBob();
    client.disconnect();
    expect(names(client)).toEqual([]);
  });
});

describe("another size", () => {
  test.each([
    ["a reset", [{ type: "reset" } as const]],
    ["a room that only counts", [pace("count")]],
  ])("[CP9] %s forgets everybody, and shows who follows", async (_what, messages) => {
    const { client, peer } = await joined();
    peer.send(person(2), person(3));
    await peer.drained();
    const events = eventsOf(client, "others");
    peer.send(...messages, person(3, { user: { name: "Carol" } }));
    await peer.drained();
    expect(names(client)).toEqual(["Carol"]);
    expect(events).toEqual([["others", [2, 3]]]);
  });
});

describe("oneself", () => {
  test("[CP10] an echo does not undo what was said since; what another tab says later shows, and is not said again", async () => {
    const { client, peer } = await joined({ state: { kept: 1 } });
    client.setState("mood", "first");
    await advanceUntil(peer.received("state"));
    client.setState("mood", "second");
    peer.send({ type: "state", actor: 1, key: "mood", json: '"first"' });
    await peer.drained();
    expect(client.self?.state).toEqual({ kept: 1, mood: "second" });
    await pass(2_500);
    const events = eventsOf(client, "self");
    peer.send({ type: "state", actor: 1, key: "mood", json: '"second"' });
    await peer.drained();
    expect(events).toEqual([]);
    peer.send({ type: "state", actor: 1, key: "mood", json: '"of a tab"' });
    await peer.drained();
    expect(client.self?.state).toEqual({ kept: 1, mood: "of a tab" });
    expect(events).toHaveLength(1);
    peer.kill();
    await advanceUntil(server.peer(2));
    const { hello } = await (await server.peer(2)).received("hello");
    expect(hello.state).toEqual({ kept: 1 });
  });

  test("[CP10] all that the server knows of oneself comes with the first who are told", async () => {
    const { client, peer } = await joined({ state: { mine: 1 } });
    await pass(2_500);
    peer.send(person(1, { user: { name: "Alice" }, state: { mine: 1, other: 2 } }));
    await peer.drained();
    expect(client.self).toMatchObject({ user: { name: "Alice" }, state: { mine: 1, other: 2 } });
    expect(client.others.size).toBe(0);
  });

  test("[CP11] what a token says stands in place of what the page says, field by field", async () => {
    server.welcome = { actor: 4, scopes: ["read", "presence"], profile: { name: "Alice of HR" } };
    const { client, peer } = await joined({ user: { name: "alice", color: "#123" }, token: "t" });
    expect(client.self).toMatchObject({ actor: 4, user: { name: "Alice of HR", color: "#123" } });
    client.setUser({ name: "root", color: "#456" });
    expect(client.self?.user).toEqual({ name: "Alice of HR", color: "#456" });
    await advanceUntil(peer.received("hello", 2));
    expect(peer.of("hello")[1]?.hello).toEqual({ user: { name: "root", color: "#456" } });
    peer.send({ type: "rights", rights: { scopes: ["read"], reason: "token-renewed", profile: { name: "Alicia" } } });
    await peer.drained();
    expect(client.self).toMatchObject({ user: { name: "Alicia", color: "#456" }, scopes: ["read"] });
  });
});

describe("frames that cannot be read", () => {
  test("[CP20] are an error and a reconnect; a listener that throws is neither", async () => {
    const reported = vi.spyOn(console, "error").mockReturnValue(undefined);
    const { client, peer } = await joined();
    const events = eventsOf(client, "error");
    client.on("counts", () => {
      throw new Error("of the application");
    });
    peer.send({ type: "counts", people: 2, connections: 2 });
    await peer.drained();
    expect(reported).toHaveBeenCalledTimes(1);
    expect([client.status, events.length]).toEqual(["synced", 0]);
    peer.sendRaw(new Uint8Array([99]));
    await advanceUntil(whenClient(client, () => client.status === "offline"));
    expect(events.map(([, { kind, message }]) => [kind, message])).toEqual([
      ["frame", "unreadable frame: unknown message"],
    ]);
    await advanceUntil(synced(client));
    expect(server.peers).toHaveLength(2);
  });
});
