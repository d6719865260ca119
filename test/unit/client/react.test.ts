import { createElement } from "react";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { ActorId, PresenceClient } from "../../../client/presence/index.ts";
import {
  type Other,
  type PresenceSource,
  RoostProvider,
  useBroadcast,
  useConnectionStatus,
  useCount,
  useCursors,
  useEventListener,
  useOthers,
  usePresence,
  useSelf,
} from "../../../client/react/index.ts";
import type { PresenceServerMessage } from "../../../src/protocol/presence-messages.ts";
import { openPresence, destroyPresence, synced } from "../../support/presence-clients.ts";
import { FULL_PACE, type PresencePeer, PresenceTestServer, person } from "../../support/presence-test-server.ts";
import { ReactRoot, change } from "../../support/react-root.ts";

let server: PresenceTestServer;
let root: ReactRoot;

beforeEach(async () => {
  server = await PresenceTestServer.start();
  server.greeting = [{ type: "pace", pace: FULL_PACE }];
  root = await ReactRoot.open();
});
afterEach(async () => {
  await root.unmount();
  destroyPresence();
  vi.unstubAllGlobals();
  await server.stop();
});

/** A component that keeps what a hook returns at each committed look at it, strict mode's second ones included. */
function probe<T>(use: () => T): { readonly seen: T[]; readonly Probe: () => null } {
  const seen: T[] = [];
  return {
    seen,
    Probe: () => {
      seen.push(use());
      return null;
    },
  };
}

async function mount<T>(
  use: () => T,
  client: PresenceSource,
): Promise<{ readonly seen: T[]; readonly last: () => T | undefined }> {
  const { seen, Probe } = probe(use);
  await root.render(createElement(RoostProvider, { client }, createElement(Probe)));
  return { seen, last: () => seen.at(-1) };
}

async function joined(): Promise<{ readonly client: PresenceClient; readonly peer: PresencePeer }> {
  const client = openPresence({ url: server.url });
  await synced(client);
  return { client, peer: await server.peer() };
}

/** Lets the client hear messages, and React render. */
async function hear(peer: PresencePeer, ...messages: readonly PresenceServerMessage[]): Promise<void> {
  await change(async () => {
    peer.send(...messages);
    await peer.drained();
  });
}

describe("useOthers", () => {
  test("[CP30] renders again for who comes, changes and goes, and for nothing else", async () => {
    const { client, peer } = await joined();
    const { seen, last } = await mount(() => useOthers(), client);
    await hear(peer, person(2, { user: { name: "Bob" } }));
    expect(last()?.map(({ user }) => user.name)).toEqual(["Bob"]);
    const count = seen.length;
    const list = last();
    await hear(peer, { type: "cursor", actor: 2, anchor: 0, x: 1, y: 1 });
    await hear(peer, { type: "counts", people: 9, connections: 9 });
    await hear(peer, { type: "event", actor: 2, name: "wave", json: "" });
    expect(seen).toHaveLength(count);
    expect(last()).toBe(list);
    await hear(peer, { type: "left", actor: 2 });
    expect(last()).toEqual([]);
    expect(seen.length).toBeGreaterThan(count);
  });

  test("[CP31] with a selector renders only when what it makes is another, shallowly, and keeps the object", async () => {
    const { client, peer } = await joined();
    const select = (others: readonly Other[]) => others.map(({ user }) => user.name);
    const { seen, last } = await mount(() => useOthers(select), client);
    await hear(peer, person(2, { user: { name: "Bob" } }));
    const [count, names] = [seen.length, last()];
    expect(names).toEqual(["Bob"]);
    await hear(peer, { type: "typing", actor: 2, where: "chat" });
    await hear(peer, { type: "state", actor: 2, key: "a", json: "1" });
    expect([seen.length, last()]).toEqual([count, names]);
    await hear(peer, person(2, { user: { name: "Bobby" } }));
    expect(last()).toEqual(["Bobby"]);
  });

  test("[CP31] a selector made at every render, and one's own equality, work as well", async () => {
    const { client, peer } = await joined();
    const inline = await mount(() => useOthers((others) => ({ count: others.length })), client);
    await hear(peer, person(2));
    const count = inline.seen.length;
    await hear(peer, { type: "typing", actor: 2, where: "chat" });
    expect(inline.seen).toHaveLength(count);
    expect(inline.last()).toEqual({ count: 1 });
    const never = await mount(
      () =>
        useOthers(
          (others) => others.length,
          () => true,
        ),
      client,
    );
    await hear(peer, person(3));
    expect(new Set(never.seen).size).toBe(1);
  });

  test("[CP32] two components never show two states of one room in one commit", async () => {
    const { client, peer } = await joined();
    const commits: (readonly [number, number])[] = [];
    const Inner = ({ outer }: { readonly outer: number }) => {
      commits.push([outer, useOthers((others) => others.length)]);
      return null;
    };
    const Outer = () => createElement(Inner, { outer: useOthers().length });
    await root.render(createElement(RoostProvider, { client }, createElement(Outer)));
    for (let actor = 2; actor < 20; actor += 1) await hear(peer, person(actor), person(actor + 100));
    expect(commits.at(-1)).toEqual([36, 36]);
    expect(commits.filter(([outer, inner]) => outer !== inner)).toEqual([]);
  });
});

describe("the other hooks", () => {
  test("[CP30] useSelf, useCount, useCursors and useConnectionStatus follow their events", async () => {
    const client = openPresence({ url: server.url, connect: false });
    const { seen, last } = await mount(
      () => ({
        name: useSelf((self) => self?.user.name),
        people: useCount().people,
        status: useConnectionStatus(),
        cursors: useCursors(),
        isSame: usePresence() === client,
      }),
      client,
    );
    expect(last()).toEqual({ name: undefined, people: 0, status: "offline", cursors: new Map(), isSame: true });
    await change(async () => {
      client.connect();
      await synced(client);
    });
    const peer = await server.peer();
    await hear(peer, person(1, { user: { name: "Alice" } }), person(2, { cursor: { anchor: 4, x: 0, y: 65_535 } }), {
      type: "counts",
      people: 2,
      connections: 3,
    });
    const cursors = new Map<ActorId, unknown>([[2, { anchor: 4, x: 0, y: 1 }]]);
    expect(last()).toEqual({ name: "Alice", people: 2, status: "synced", cursors, isSame: true });
    const count = seen.length;
    await hear(peer, { type: "state", actor: 1, key: "mood", json: "1" });
    expect(seen).toHaveLength(count);
  });

  test("[CP33] useBroadcast is one function, and useEventListener calls the latest listener of its name", async () => {
    const { client, peer } = await joined();
    const heard: unknown[] = [];
    let round = 0;
    const use = () => {
      round += 1;
      const now = round;
      useEventListener("wave", ({ actor, data }) => heard.push([now, actor, data]));
      useCount();
      return useBroadcast();
    };
    const { seen, last } = await mount(use, client);
    await hear(peer, { type: "counts", people: 2, connections: 2 });
    await hear(
      peer,
      { type: "event", actor: 2, name: "wave", json: "7" },
      { type: "event", actor: 2, name: "nod", json: "" },
    );
    expect(new Set(seen).size).toBe(1);
    expect(heard).toEqual([[expect.any(Number), 2, 7]]);
    expect(heard).not.toEqual([[1, 2, 7]]);
    expect(last()?.("wave", { n: 1 })).toBe(true);
    expect(await peer.received("event")).toEqual({ type: "event", name: "wave", json: '{"n":1}' });
    await root.unmount();
    await hear(peer, { type: "event", actor: 2, name: "wave", json: "8" });
    expect(heard).toHaveLength(1);
    root = await ReactRoot.open();
  });

  test("[CP33] without a provider, or events over a document, they say what is missing", async () => {
    const { client } = await joined();
    const failures: unknown[] = [];
    const attempt = (use: () => unknown) => () => {
      try {
        use();
      } catch (error) {
        failures.push(error instanceof Error && error.message);
      }
      return null;
    };
    await root.render(createElement(attempt(() => useOthers())));
    const { self, others, cursors, counts, status } = client;
    const document: PresenceSource = {
      ...{ self, others, cursors, counts, status },
      setState: () => undefined,
      setCursor: () => undefined,
      on: () => () => undefined,
    };
    const children = createElement(attempt(() => useBroadcast()));
    await root.render(createElement(RoostProvider, { client: document }, children));
    expect(new Set(failures)).toEqual(
      new Set([
        "This hook needs a <RoostProvider> above it.",
        "A document passes no events on: this hook needs the client of a presence room.",
      ]),
    );
  });
});
