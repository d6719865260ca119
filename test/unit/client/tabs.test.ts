import { once } from "node:events";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import * as Y from "yjs";
import type { DocumentProvider, DocumentProviderOptions } from "../../../client/index.ts";
import { ClientTestServer } from "../../support/client-test-server.ts";
import {
  CLIENT_TIMERS,
  advanceUntil,
  destroyProviders,
  openProvider,
  textOf,
  type,
  whenDoc,
  whenPresence,
  whenSaveState,
} from "../../support/client-providers.ts";

/** Hears everything the tabs say, as another tab would. */
let ear: BroadcastChannel;
let heard: ({ readonly kind?: string } | null)[];
let server: ClientTestServer;

beforeEach(async () => {
  vi.spyOn(Math, "random").mockReturnValue(0);
  server = await ClientTestServer.start();
  ear = new BroadcastChannel(`roost:http://127.0.0.1:${server.port}/v1/documents/team%2Fnotes`);
  heard = [];
  ear.addEventListener("message", ({ data }) => heard.push(data));
});
afterEach(async () => {
  ear.close();
  destroyProviders();
  vi.useRealTimers();
  vi.restoreAllMocks();
  await server.stop();
});

function openTab(options: Partial<DocumentProviderOptions> = {}): DocumentProvider {
  return openProvider({ url: server.url, broadcast: true, ...options });
}

/** Resolves after what was posted before, and the answers to it, were delivered: each channel has a queue of its own. */
async function channelIsQuiet(): Promise<void> {
  const voice = new BroadcastChannel(ear.name);
  for (let round = 0; round < 6; round++) {
    const arrived = once(ear, "message");
    voice.postMessage({ kind: "marker" });
    await arrived;
    await new Promise((resolve) => setImmediate(resolve));
  }
  voice.close();
}

function names(provider: DocumentProvider): unknown[] {
  return [...provider.awareness.getStates().values()]
    .map((state) => state["name"])
    .filter((name) => name !== undefined);
}

describe("tabs of one browser", () => {
  test("[CL52] changes and presence go between tabs without a server, in both directions, to late tabs too", async () => {
    const alice = openTab({ connect: false });
    alice.setPresence({ name: "Alice" });
    type(alice.doc, "a");
    const bob = openTab({ connect: false });
    bob.setPresence({ name: "Bob" });
    await whenDoc(bob.doc, () => textOf(bob.doc) === "a");
    await whenPresence(alice, () => names(alice).includes("Bob"));
    await whenPresence(bob, () => names(bob).includes("Alice"));
    type(bob.doc, "b");
    await whenDoc(alice.doc, () => textOf(alice.doc) === "ab");
    bob.awareness.setLocalState(null);
    await whenPresence(alice, () => !names(alice).includes("Bob"));
  });

  test("[CL52] a late tab that brings content gives it to those who were there", async () => {
    const alice = openTab({ connect: false });
    const doc = new Y.Doc();
    type(doc, "from the disk");
    openTab({ connect: false, doc });
    await whenDoc(alice.doc, () => textOf(alice.doc) === "from the disk");
    expect(alice.saveState).toBe("unsaved");
  });

  test("[CL52] a tab that leaves is gone for the others at once", async () => {
    const alice = openTab({ connect: false });
    const bob = openTab({ connect: false });
    bob.setPresence({ name: "Bob" });
    await whenPresence(alice, () => names(alice).includes("Bob"));
    bob.destroy();
    await whenPresence(alice, () => !names(alice).includes("Bob"));
  });

  test("[CL52] tabs stay visible to each other when the socket goes", async () => {
    const alice = openTab();
    const bob = openTab();
    bob.setPresence({ name: "Bob" });
    await Promise.all([alice.whenSynced, bob.whenSynced]);
    await whenPresence(alice, () => names(alice).includes("Bob"));
    alice.disconnect();
    await whenPresence(alice, () => names(alice).includes("Bob"));
  });

  test("[CL52] other documents hear nothing", async () => {
    const elsewhere = openTab({ connect: false, id: "team/other" });
    type(openTab({ connect: false }).doc, "a");
    await channelIsQuiet();
    expect(textOf(elsewhere.doc)).toBe("");
  });

  test("[CL53] while the tab that typed gets it saved, no other tab sends it", async () => {
    const alice = openTab();
    const bob = openTab();
    await Promise.all([alice.whenSynced, bob.whenSynced]);
    vi.useFakeTimers({ toFake: [...CLIENT_TIMERS] });
    server.behaviour.relaysUpdates = false;
    for (const letter of "hello") {
      type(alice.doc, letter);
      await advanceUntil(alice.whenSaved());
    }
    alice.doc.getText("content").delete(0, 1);
    await advanceUntil(alice.whenSaved());
    await channelIsQuiet();
    expect(textOf(bob.doc)).toBe("ello");
    await vi.advanceTimersByTimeAsync(60_000);
    const [, second] = server.peers;
    await second?.drained();
    expect(second?.of("update")).toEqual([]);
    expect(second?.of("sync-step-2")).toHaveLength(1);
    expect(bob.saveState).toBe("saved");
  });

  test("[CL53] what a tab typed before it died reaches the server through another within 2 s, a deletion too", async () => {
    const alice = openTab();
    const bob = openTab();
    await Promise.all([alice.whenSynced, bob.whenSynced]);
    type(alice.doc, "ab");
    await alice.whenSaved();
    await whenDoc(bob.doc, () => textOf(bob.doc) === "ab");
    await channelIsQuiet();
    vi.useFakeTimers({ toFake: [...CLIENT_TIMERS] });
    // Her socket takes nothing any more; the channel does.
    server.onFrame = (peer) => peer === server.peers[0];
    alice.doc.getText("content").delete(0, 1);
    type(alice.doc, "c");
    await channelIsQuiet();
    expect(textOf(bob.doc)).toBe("bc");
    await vi.advanceTimersByTimeAsync(1_900);
    const [, second] = server.peers;
    await second?.drained();
    expect(second?.of("sync-step-2")).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(200);
    await second?.received("sync-step-2", 2);
    expect(textOf(server.doc)).toBe("bc");
    await advanceUntil(whenSaveState(bob, "saved"));
  });

  test("[CL53] heard while offline: unsaved here too, and sent with the next connect", async () => {
    const alice = openTab({ connect: false });
    const bob = openTab({ connect: false });
    await channelIsQuiet();
    type(alice.doc, "on a plane");
    await whenDoc(bob.doc, () => textOf(bob.doc) === "on a plane");
    expect(bob.saveState).toBe("unsaved");
    alice.destroy();
    bob.connect();
    await bob.whenSaved();
    expect(textOf(server.doc)).toBe("on a plane");
  });

  test("[CL53] content of a tab that has it saved is not unsaved here", async () => {
    const alice = openTab();
    await alice.whenSynced;
    type(alice.doc, "saved");
    await alice.whenSaved();
    const bob = openTab({ connect: false });
    await whenDoc(bob.doc, () => textOf(bob.doc) === "saved");
    expect(bob.saveState).toBe("saved");
  });

  test("[CL53] heard just before the own socket goes: unsaved, then sent with the next", async () => {
    const alice = openTab({ connect: false });
    const bob = openTab();
    await bob.whenSynced;
    type(alice.doc, "a");
    await whenDoc(bob.doc, () => textOf(bob.doc) === "a");
    expect(bob.saveState).toBe("saved");
    bob.disconnect();
    expect(bob.saveState).toBe("unsaved");
    bob.connect();
    await bob.whenSaved();
    expect(textOf(server.doc)).toBe("a");
  });

  test("[CL54] presence heard from a tab is repeated neither to tabs nor to the server", async () => {
    const tabs = [openTab(), openTab(), openTab()];
    await Promise.all(tabs.map(({ whenSynced }) => whenSynced));
    await channelIsQuiet();
    heard = [];
    tabs[0]?.setPresence({ name: "Alice" });
    await Promise.all(tabs.map((tab) => whenPresence(tab, () => names(tab).includes("Alice"))));
    await channelIsQuiet();
    for (const peer of server.peers) await peer.drained();
    expect(heard.filter((message) => message?.kind === "presence")).toHaveLength(1);
    expect(server.peers.flatMap((peer) => peer.of("awareness"))).toHaveLength(1);
  });

  test("[CL55] what is no message of ours is ignored, and what cannot be read is an error", async () => {
    const alice = openTab({ connect: false });
    const errors: string[] = [];
    alice.on("error", ({ kind }) => errors.push(kind));
    const voice = new BroadcastChannel(ear.name);
    for (const nonsense of [
      null,
      "text",
      7,
      {},
      { kind: "toString" },
      { kind: "update" },
      { kind: "query", from: 1 },
    ]) {
      voice.postMessage(nonsense);
    }
    await channelIsQuiet();
    expect(errors).toEqual([]);
    voice.postMessage({ kind: "update", from: "x", seq: 1, isSaved: false, update: new Uint8Array([9, 9, 9]) });
    await channelIsQuiet();
    voice.close();
    expect(errors).toEqual(["tabs"]);
  });

  test("[CL39] destroy closes the channel and its timer", async () => {
    const alice = openTab({ connect: false });
    const bob = openTab();
    await bob.whenSynced;
    vi.useFakeTimers({ toFake: [...CLIENT_TIMERS] });
    type(alice.doc, "a");
    await channelIsQuiet();
    expect(vi.getTimerCount()).toBe(1);
    destroyProviders();
    await channelIsQuiet();
    expect(vi.getTimerCount()).toBe(0);
    heard = [];
    const voice = new BroadcastChannel(ear.name);
    voice.postMessage({ kind: "query", from: "somebody", stateVector: new Uint8Array([0]) });
    await channelIsQuiet();
    voice.close();
    expect(heard.map((message) => message?.kind)).not.toContain("answer");
  });
});
