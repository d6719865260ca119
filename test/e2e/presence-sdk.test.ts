/**
 * PresenceClient against real presence rooms: what its unit tests assume about the server holds.
 */
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import { type PresenceClient, type PresenceClientOptions, anchorHash } from "../../client/index.ts";
import { destroyPresence, eventsOf, openPresence, synced, whenClient } from "../support/presence-clients.ts";
import { type TestServer, startServer } from "../support/server.ts";

const HOLD_MS = 5_000;
/** Below a hold, far above a flush: a busy machine may take seconds. */
const AT_ONCE_MS = 4_000;

let server: TestServer;

beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => {
  destroyPresence();
  await server.stop();
});

async function join(room: string, options: Partial<PresenceClientOptions> = {}): Promise<PresenceClient> {
  const client = openPresence({ url: server.url, room, ...options });
  await synced(client);
  return client;
}

const names = (client: PresenceClient) =>
  [...client.others.values()].map(({ user }) => String(user.name)).toSorted((a, b) => a.localeCompare(b));
const sees = async (client: PresenceClient, ...expected: string[]) =>
  await whenClient(client, () => JSON.stringify(names(client)) === JSON.stringify(expected));

/** Sockets that can be cut. */
function wire(): { readonly WebSocket: unknown; readonly cut: () => void } {
  const sockets: WebSocket[] = [];
  const Cut = class extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      sockets.push(this);
    }
  };
  return { WebSocket: Cut, cut: () => sockets.at(-1)?.terminate() };
}

/** Side by side, in rooms of their own: most of it is waiting. */
describe.concurrent("the SDK and a real room", () => {
  test("[CP2] [CP7] people, states, cursors, typing, events and counts reach the others, and who comes later", async () => {
    const alice = await join("sdk", { user: { name: "Alice", color: "#123456" }, state: { role: "host" } });
    const bob = await join("sdk", { user: { name: "Bob" } });
    await Promise.all([sees(alice, "Bob"), sees(bob, "Alice")]);
    expect(alice.self?.actor).not.toBe(bob.self?.actor);
    expect([...bob.others.values()]).toEqual([
      {
        actor: alice.self?.actor,
        user: { name: "Alice", color: "#123456" },
        state: { role: "host" },
        status: "active",
        typing: "",
      },
    ]);
    const heard = eventsOf(bob, "event");
    alice.setState("mood", "fine");
    alice.setCursor({ anchor: "board", x: 0.5, y: 1 });
    alice.setTyping("chat");
    alice.setStatus("idle");
    expect(alice.broadcast("wave", [1, "two"])).toBe(true);
    const actor = alice.self?.actor ?? 0;
    await whenClient(bob, () => {
      const of = bob.others.get(actor);
      return of?.typing === "chat" && of.status === "idle" && heard.length === 1 && bob.cursors.size === 1;
    });
    const cursor = { anchor: anchorHash("board"), x: 32_768 / 65_535, y: 1 };
    expect(bob.others.get(actor)).toMatchObject({ state: { role: "host", mood: "fine" }, status: "idle" });
    expect(bob.cursors).toEqual(new Map([[actor, cursor]]));
    expect(heard).toEqual([["event", { actor, name: "wave", data: [1, "two"] }]]);
    const carol = await join("sdk", { user: { name: "Carol" } });
    await sees(carol, "Alice", "Bob");
    await whenClient(carol, () => carol.cursors.size === 1 && carol.counts.people === 3);
    expect(carol.others.get(actor)).toEqual(bob.others.get(actor));
    expect(carol.cursors.get(actor)).toEqual(cursor);
    await whenClient(bob, () => bob.counts.people === 3);
    expect(carol.counts).toEqual({ people: 3, connections: 3 });
    alice.setUser({ name: "Alicia" });
    alice.setState("mood", undefined);
    alice.setCursor(null);
    await sees(bob, "Alicia", "Carol");
    await whenClient(bob, () => bob.cursors.size === 0 && bob.others.get(actor)?.state["mood"] === undefined);
    expect(alice.self).toMatchObject({ user: { name: "Alicia" }, state: { role: "host" } });
  });

  test("[CP10] [CP14] two tabs are one person: the first joins, the last leaves, and what one says the other shows", async () => {
    const person = "one-person-in-two-tabs";
    const watcher = await join("tabs", { user: { name: "Carol" } });
    const first = await join("tabs", { person, user: { name: "Alice" }, state: { mood: "first" } });
    const second = await join("tabs", { person, user: { name: "Alice" } });
    await whenClient(watcher, () => watcher.counts.connections === 3);
    expect(watcher.counts).toEqual({ people: 2, connections: 3 });
    expect(second.self?.actor).toBe(first.self?.actor);
    await whenClient(second, () => second.self?.state["mood"] === "first");
    await delay(2_100);
    second.setState("mood", "second");
    await whenClient(first, () => first.self?.state["mood"] === "second");
    expect([names(first), names(second)]).toEqual([["Carol"], ["Carol"]]);
    const events = eventsOf(watcher, "others");
    first.disconnect();
    await whenClient(watcher, () => watcher.counts.connections === 2);
    expect(names(watcher)).toEqual(["Alice"]);
    const leftAtMs = performance.now();
    second.disconnect();
    await sees(watcher);
    expect(performance.now() - leftAtMs).toBeLessThan(AT_ONCE_MS);
    // What the first had said went with it or was overwritten: nobody ever left and joined again.
    expect(events.length).toBeLessThanOrEqual(3);
  });

  test("[CP8] a blip is nobody's leave, on neither side", async () => {
    const { WebSocket: Cut, cut } = wire();
    const alice = await join("blip", { person: "alice-before-and-after", user: { name: "Alice" }, WebSocket: Cut });
    const bob = await join("blip", { user: { name: "Bob" } });
    await Promise.all([sees(alice, "Bob"), sees(bob, "Alice")]);
    alice.setCursor({ x: 0.25, y: 0.25 });
    await whenClient(bob, () => bob.cursors.size === 1);
    const seen: string[][] = [];
    for (const client of [alice, bob]) client.on("others", () => seen.push(names(client)));
    cut();
    await whenClient(alice, () => alice.status === "offline");
    await synced(alice);
    await delay(HOLD_MS + 1_000);
    expect(seen.flat()).not.toContain("undefined");
    expect(new Set(seen.map((all) => all.length))).toEqual(new Set([1]));
    expect([names(alice), names(bob), bob.cursors.size]).toEqual([["Bob"], ["Alice"], 1]);
  });

  test("[CP8] a tab that is killed is gone after the hold", async () => {
    const { WebSocket: Cut, cut } = wire();
    const alice = await join("cut", { user: { name: "Alice" }, WebSocket: Cut });
    const bob = await join("cut", { user: { name: "Bob" } });
    await Promise.all([sees(alice, "Bob"), sees(bob, "Alice")]);
    const cutAtMs = performance.now();
    cut();
    alice.disconnect();
    await sees(bob);
    expect(performance.now() - cutAtMs).toBeGreaterThan(HOLD_MS - 500);
    expect(performance.now() - cutAtMs).toBeLessThan(HOLD_MS + AT_ONCE_MS);
  });

  test("[CP6] what the server would end a socket for is refused here first", async () => {
    const alice = await join("limits", { user: { name: "Alice" } });
    const bob = await join("limits");
    await whenClient(bob, () => bob.others.size === 1);
    const closes = eventsOf(alice, "closed", "error");
    const ofBob = eventsOf(bob, "closed", "error");
    alice.setState("large", "ü".repeat(4_090));
    alice.setState("larger", "x".repeat(9_000));
    alice.broadcast("e".repeat(64), "x".repeat(4_000));
    alice.setTyping("t".repeat(200));
    bob.setState("deep", JSON.parse("[".repeat(65) + "]".repeat(65)));
    bob.setState("as deep as may be", JSON.parse("[".repeat(64) + "]".repeat(64)));
    await whenClient(bob, () => [...bob.others.values()][0]?.typing.length === 64);
    await whenClient(alice, () => [...alice.others.values()].some(({ state }) => "as deep as may be" in state));
    await delay(500);
    expect(closes.map(([name, value]) => [name, "kind" in value ? value.kind : value])).toEqual([
      ["error", "too-large"],
    ]);
    expect(ofBob.map(([name]) => name)).toEqual(["error"]);
    expect(Object.keys([...alice.others.values()][0]?.state ?? {})).toEqual(["as deep as may be"]);
    expect(alice.status).toBe("synced");
  });
});

describe("the SDK and a server that dies", () => {
  // Whoever the others left behind would only come back too.
  beforeAll(() => destroyPresence());

  test("[CP16] a server that was killed is found again, with everybody in it", async () => {
    const alice = await join("killed", { user: { name: "Alice" }, state: { a: 1 } });
    const bob = await join("killed", { user: { name: "Bob" } });
    await Promise.all([sees(alice, "Bob"), sees(bob, "Alice")]);
    // Asked for before: it may be back by the time that the server is known to be.
    const lost = whenClient(alice, () => alice.status === "offline");
    await server.kill9();
    await lost;
    await Promise.all([synced(alice), synced(bob)]);
    await Promise.all([sees(alice, "Bob"), sees(bob, "Alice")]);
    await whenClient(bob, () => bob.counts.people === 2);
    expect([...bob.others.values()][0]?.state).toEqual({ a: 1 });
  });
});
