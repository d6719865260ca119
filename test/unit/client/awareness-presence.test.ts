import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { type PresenceEvents, type PresenceSource, anchorHash, awarenessPresence } from "../../../client/index.ts";
import { ClientTestServer } from "../../support/client-test-server.ts";
import { destroyProviders, openProvider, whenPresence } from "../../support/client-providers.ts";

let server: ClientTestServer;

beforeEach(async () => {
  server = await ClientTestServer.start();
});
afterEach(async () => {
  destroyProviders();
  await server.stop();
});

function eventsOf(source: PresenceSource, names: readonly (keyof PresenceEvents)[]): unknown[][] {
  const events: unknown[][] = [];
  for (const name of names) source.on(name, (value) => events.push([name, value]));
  return events;
}

describe("a document's awareness as presence", () => {
  test("[CP40] tells the same as a room: others, cursors, counts, oneself, each object the same until it changes", async () => {
    const alice = openProvider({ url: server.url });
    const bob = openProvider({ url: server.url });
    await Promise.all([alice.whenSynced, bob.whenSynced]);
    const source = awarenessPresence(alice);
    expect(awarenessPresence(alice)).toBe(source);
    expect(source.status).toBe("synced");
    const events = eventsOf(source, ["others", "cursor", "counts"]);
    const actor = bob.awareness.clientID;
    bob.setPresence({ user: { name: "Bob", color: "#123", age: 9 }, mood: "fine" });
    await whenPresence(alice, () => source.others.has(actor));
    const other = source.others.get(actor);
    expect(other).toEqual({
      actor,
      user: { name: "Bob", color: "#123" },
      state: { mood: "fine" },
      status: "active",
      typing: "",
    });
    expect(events).toEqual([
      ["others", [actor]],
      ["counts", { people: 2, connections: 2 }],
    ]);
    events.length = 0;
    const { others, cursors } = source;
    awarenessPresence(bob).setCursor({ anchor: "board", x: 0.5, y: 0.25 });
    await whenPresence(alice, () => source.cursors.has(actor));
    expect(source.others).toBe(others);
    expect(source.cursors).not.toBe(cursors);
    const position = { anchor: anchorHash("board"), x: 0.5, y: 0.25 };
    expect(events).toEqual([["cursor", { actor, position }]]);
    events.length = 0;
    awarenessPresence(bob).setCursor(null);
    await whenPresence(alice, () => !source.cursors.has(actor));
    bob.disconnect();
    alice.awareness.emit("change", [{ added: [], updated: [], removed: [] }, "test"]);
    alice.disconnect();
    await whenPresence(alice, () => !source.others.has(actor));
    expect(source.others.size).toBe(0);
    expect(source.counts).toEqual({ people: 1, connections: 1 });
    expect(source.status).toBe("offline");
  });

  test("[CP40] says what a room would hear, and leaves an editor's own cursor alone", async () => {
    const alice = openProvider({ url: server.url });
    await alice.whenSynced;
    const source = awarenessPresence(alice);
    const events = eventsOf(source, ["self"]);
    alice.setPresence({ user: { name: "Alice" }, cursor: { anchor: "of the editor" } });
    source.setState("hand", true);
    source.setCursor({ x: 1, y: 0 });
    expect(alice.awareness.getLocalState()).toEqual({
      user: { name: "Alice" },
      cursor: { anchor: "of the editor" },
      hand: true,
      pointer: { anchor: 0, x: 1, y: 0 },
    });
    expect(source.self).toEqual({
      actor: alice.awareness.clientID,
      user: { name: "Alice" },
      state: { cursor: { anchor: "of the editor" }, hand: true },
      scopes: ["read", "write", "presence"],
    });
    expect(events.length).toBeGreaterThan(0);
    source.setState("hand", undefined);
    expect(source.self?.state).not.toHaveProperty("hand");
  });

  test("[CP40] states of other applications are read as far as they can be", async () => {
    const alice = openProvider({ url: server.url });
    const bob = openProvider({ url: server.url });
    await Promise.all([alice.whenSynced, bob.whenSynced]);
    const source = awarenessPresence(alice);
    const actor = bob.awareness.clientID;
    bob.setPresence({ user: { name: "x" }, pointer: { anchor: "one", x: 1 } });
    bob.awareness.setLocalState({ user: "a text", pointer: 7 });
    await whenPresence(alice, () => source.others.has(actor));
    expect(source.others.get(actor)).toMatchObject({ user: {}, state: {} });
    expect(source.cursors.size).toBe(0);
  });
});
