import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { PresenceClient, PresenceClientOptions } from "../../../client/index.ts";
import { Target } from "../../support/client-page.ts";
import { CLIENT_TIMERS, advanceUntil, pass } from "../../support/client-providers.ts";
import { destroyPresence, openPresence, synced, whenClient } from "../../support/presence-clients.ts";
import { FULL_PACE, type PresencePeer, PresenceTestServer, person } from "../../support/presence-test-server.ts";

let server: PresenceTestServer;
let page: { readonly window: Target; readonly document: Target };
let stored: Map<string, string>;

beforeEach(async () => {
  server = await PresenceTestServer.start();
  server.greeting = [{ type: "pace", pace: FULL_PACE }];
  page = { window: new Target(), document: new Target() };
  stored = new Map();
  vi.stubGlobal("window", page.window);
  vi.stubGlobal("document", page.document);
  useStorage(stored);
  vi.useFakeTimers({ toFake: [...CLIENT_TIMERS] });
});
afterEach(async () => {
  destroyPresence();
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  await server.stop();
});

/** The storage of one tab. */
function useStorage(storage: Map<string, string>): void {
  vi.stubGlobal("sessionStorage", {
    getItem: (name: string) => storage.get(name) ?? null,
    setItem: (name: string, value: string) => storage.set(name, value),
  });
}

async function joined(
  options: Partial<PresenceClientOptions> = {},
): Promise<{ readonly client: PresenceClient; readonly peer: PresencePeer }> {
  const number = server.peers.length + 1;
  const client = openPresence({ url: server.url, ...options });
  await advanceUntil(synced(client));
  return { client, peer: await server.peer(number) };
}

function show(visibilityState: string): void {
  page.document.visibilityState = visibilityState;
  page.window.fire("visibilitychange");
}

const since = (peer: PresencePeer, frames: number) => peer.frames.slice(frames);
const personOf = async (peer: PresencePeer) => (await peer.received("hello")).hello.person;

describe("a page that nobody looks at", () => {
  test("[CP12] is away, and does not point or type, in one frame at whatever pace; nor does it until it is seen", async () => {
    const { client, peer } = await joined();
    client.setCursor({ x: 0, y: 0 });
    client.setTyping("chat");
    await advanceUntil(peer.received("typing"));
    const before = peer.frames.length;
    show("hidden");
    await pass(0);
    await peer.drained();
    expect(since(peer, before)).toEqual([
      [{ type: "status", status: "away" }, { type: "gone" }, { type: "typing", where: "" }],
    ]);
    client.setCursor({ x: 1, y: 1 });
    client.setTyping("chat");
    client.setView(0, 1);
    await pass(600_000);
    await peer.drained();
    expect(since(peer, before)).toHaveLength(1);
    // What the application has to say is said.
    client.setState("song", "next");
    await advanceUntil(peer.received("state"));
    show("visible");
    await advanceUntil(peer.received("status", 3));
    client.setCursor({ x: 0.5, y: 0.5 });
    await advanceUntil(peer.received("cursor", 2));
    expect(peer.of("status").map(({ status }) => status)).toEqual(["active", "away", "active"]);
    expect(peer.of("cursor").at(-1)?.x).toBe(32_768);
  });

  test("[CP12] a page that opens in the background is away from its first frame", async () => {
    page.document.visibilityState = "hidden";
    const { peer } = await joined();
    await peer.received("hello");
    expect(peer.frames[0]?.slice(1)).toEqual([{ type: "status", status: "away" }]);
  });

  test("[CP12] without input for a minute it is idle, with the first input active again", async () => {
    const { peer } = await joined();
    await pass(59_000);
    page.window.fire("pointermove");
    await pass(59_900);
    await peer.drained();
    expect(since(peer, 1)).toEqual([]);
    await pass(200);
    expect((await peer.received("status", 2)).status).toBe("idle");
    page.window.fire("keydown");
    await pass(0);
    expect((await peer.received("status", 3)).status).toBe("active");
    expect(peer.frames).toHaveLength(3);
  });
});

describe("leaving a page", () => {
  test("[CP13] for another one says nothing: whoever comes back at once was never away", async () => {
    const { client, peer } = await joined();
    page.window.fire("pagehide");
    expect(await peer.closed()).toBe(1000);
    expect(peer.of("bye")).toEqual([]);
    expect(client.status).toBe("offline");
    client.connect();
    await pass(60_000);
    expect(server.peers).toHaveLength(1);
  });

  test.each(["disconnect", "destroy"] as const)("[CP13] %s says goodbye, and leaves nothing behind", async (leave) => {
    const { client, peer } = await joined();
    client.setCursor({ x: 0, y: 0 });
    peer.send(person(2));
    await peer.drained();
    client[leave]();
    expect(await peer.closed()).toBe(1000);
    expect(peer.messages.at(-1)).toEqual({ type: "bye" });
    expect(page.window.live).toEqual([]);
    // The close timer of ws ends with its socket.
    await pass(0);
    expect(vi.getTimerCount()).toBe(0);
    client.connect();
    if (leave === "disconnect") return void (await advanceUntil(synced(client)));
    await pass(60_000);
    expect(server.peers).toHaveLength(1);
  });

  test("[CP13] brought back from the bfcache it joins again, as the same person", async () => {
    const { client, peer } = await joined();
    page.window.fire("pagehide");
    await peer.closed();
    page.window.fire("pageshow", { persisted: true });
    await advanceUntil(synced(client));
    expect(await personOf(await server.peer(2))).toBe(await personOf(peer));
  });

  test("[CP13] nor does a first pageshow, or one after disconnect, join", async () => {
    const { client } = await joined();
    page.window.fire("pageshow", { persisted: false });
    client.disconnect();
    page.window.fire("pageshow", { persisted: true });
    await pass(60_000);
    expect(server.peers).toHaveLength(1);
  });

  test.each(["online", "visibilitychange"])("[CP16] %s ends a wait at once", async (name) => {
    vi.spyOn(Math, "random").mockReturnValue(0.999);
    const { client, peer } = await joined();
    peer.kill();
    await advanceUntil(whenClient(client, () => client.status === "offline"));
    await pass(10);
    page.window.fire(name);
    expect(await advanceUntil(synced(client))).toBeLessThan(500);
  });

  test("[CP16] a page shown again asks a socket that slept for a sign of life, and replaces it after 3 s", async () => {
    const { client, peer } = await joined();
    await peer.drained();
    server.pongs = false;
    show("visible");
    await pass(2_900);
    expect(client.status).toBe("synced");
    await pass(200);
    await advanceUntil(server.peer(2));
    await advanceUntil(synced(client));
  });
});

describe("tabs of one browser", () => {
  test("[CP14] are one person: a new tab asks, and keeps the answer over a reload", async () => {
    const first = await joined();
    const ofFirst = await personOf(first.peer);
    expect(ofFirst).toMatch(/^[\w-]{16,64}$/);
    expect([...stored.values()]).toEqual([ofFirst]);
    const tab = new Map<string, string>();
    useStorage(tab);
    const second = await joined();
    expect(await personOf(second.peer)).toBe(ofFirst);
    destroyPresence();
    const reloaded = await joined();
    expect(await personOf(reloaded.peer)).toBe(ofFirst);
  });

  test("[CP14] that open together agree", async () => {
    const clients = [
      openPresence({ url: server.url }),
      openPresence({ url: server.url }),
      openPresence({ url: server.url }),
    ];
    await advanceUntil(Promise.all(clients.map(synced)));
    const people = await Promise.all([1, 2, 3].map(async (number) => await personOf(await server.peer(number))));
    expect(new Set(people).size).toBe(1);
  });

  test("[CP14] of other servers, and after all of them are gone, are other people", async () => {
    const other = await PresenceTestServer.start();
    const here = await joined();
    const there = openPresence({ url: other.url });
    await advanceUntil(synced(there));
    expect(await personOf(await other.peer())).not.toBe(await personOf(here.peer));
    destroyPresence();
    useStorage(new Map());
    const later = await joined();
    expect(await personOf(later.peer)).not.toBe(await personOf(here.peer));
    await other.stop();
  });

  test("[CP14] nothing that another script says on the channel, or stored, is told to the server but an id", async () => {
    stored.set(`roost:person:${server.url}`, "<script>");
    const channel = new BroadcastChannel(`roost:person:${server.url}`);
    const client = openPresence({ url: server.url });
    for (const message of ["short", "?", { id: "x" }, null, "<".repeat(20)]) channel.postMessage(message);
    await advanceUntil(synced(client));
    expect(await personOf(await server.peer())).toMatch(/^\d+(-\d+){3}$/);
    channel.close();
  });

  test("[CP14] a frame without storage is a person of its own, and a token needs none", async () => {
    const fail = () => {
      throw new Error("SecurityError");
    };
    vi.stubGlobal("sessionStorage", { getItem: fail, setItem: fail });
    expect(await personOf((await joined()).peer)).toMatch(/^[\w-]{16,64}$/);
    expect(await personOf((await joined({ token: "t" })).peer)).toBeUndefined();
    expect(await personOf((await joined({ person: "said-by-the-page-1" })).peer)).toBe("said-by-the-page-1");
  });
});
