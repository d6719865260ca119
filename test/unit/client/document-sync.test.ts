import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Awareness, encodeAwarenessUpdate } from "y-protocols/awareness";
import * as Y from "yjs";
import { ClientTestServer } from "../../support/client-test-server.ts";
import {
  destroyProviders,
  openProvider,
  textOf,
  type,
  whenDoc,
  whenSaveState,
} from "../../support/client-providers.ts";

let server: ClientTestServer;

beforeEach(async () => {
  // The least of every random delay: retries come at once.
  vi.spyOn(Math, "random").mockReturnValue(0);
  server = await ClientTestServer.start();
});
afterEach(async () => {
  vi.restoreAllMocks();
  destroyProviders();
  await server.stop();
});

describe("a document and its room", () => {
  test("[CL1] the first frame is hello, step 1 and the own presence, in one", async () => {
    const provider = openProvider({ url: server.url, connect: false });
    provider.setPresence({ user: { name: "Alice" } });
    type(provider.doc, "typed before connecting");
    provider.connect();
    const peer = await server.peer();
    await peer.received("awareness");
    expect(peer.frames[0]?.map((message) => message.type)).toEqual(["hello", "sync-step-1", "awareness"]);
    expect(peer.url).toBe("/v1/documents/team%2Fnotes/connect");
  });

  test("[CL2] changes of a few milliseconds are one numbered update", async () => {
    const provider = openProvider({ url: server.url, mergeMs: 20 });
    await provider.whenSynced;
    const peer = await server.peer();
    for (const letter of "hello") type(provider.doc, letter);
    await provider.whenSaved();
    expect(peer.of("update")).toHaveLength(1);
    expect(textOf(server.doc)).toBe("hello");
    type(provider.doc, "!");
    await provider.whenSaved();
    const numbers = [...peer.of("sync-step-2"), ...peer.of("update")].map(({ number }) => number);
    expect(numbers).toEqual([1, 2, 3]);
  });

  test("[CL2] a large paste does not wait", async () => {
    const provider = openProvider({ url: server.url, mergeMs: 3_600_000 });
    await provider.whenSynced;
    type(provider.doc, "x".repeat(300_000));
    await provider.whenSaved();
    expect(textOf(server.doc)).toHaveLength(300_000);
  });

  test("[CL16] thousands of changes of one task are merged without freezing the page", async () => {
    const provider = openProvider({ url: server.url, mergeMs: 3_600_000 });
    await provider.whenSynced;
    const peer = await server.peer();
    await peer.received("sync-step-2");
    const updates: Uint8Array[] = [];
    provider.doc.on("update", (update: Uint8Array) => updates.push(update));
    for (let count = 0; count < 8_000; count++) type(provider.doc, "x");
    const startMs = performance.now();
    Y.mergeUpdates(updates);
    const flatMs = performance.now() - startMs;
    const flushMs = performance.now();
    provider.disconnect();
    expect(performance.now() - flushMs).toBeLessThan(flatMs / 3);
    await peer.received("update");
    expect(peer.of("update")).toHaveLength(1);
    expect(textOf(server.doc)).toHaveLength(8_000);
  });

  test("[CL3] the updates of a frame are one transaction of the provider's, and stay here", async () => {
    const provider = openProvider({ url: server.url });
    await provider.whenSynced;
    const peer = await server.peer();
    const origins: unknown[] = [];
    provider.doc.on("afterTransaction", (transaction: Y.Transaction) => origins.push(transaction.origin));
    const updates: Uint8Array[] = [];
    server.doc.on("update", (update: Uint8Array) => updates.push(update));
    for (const letter of "abc") type(server.doc, letter);
    peer.send(...updates.map((update, index) => ({ type: "update" as const, seq: index + 1, update })));
    await whenDoc(provider.doc, () => textOf(provider.doc) === "abc");
    expect(origins).toEqual([provider]);
    await peer.drained();
    expect(peer.of("update")).toEqual([]);
    expect(provider.saveState).toBe("saved");
  });

  test("[CL4] nothing typed before the server's step 1 runs ahead of the step 2 that answers it", async () => {
    server.behaviour.isRoom = false;
    const provider = openProvider({ url: server.url });
    const peer = await server.peer();
    await peer.received("sync-step-1");
    type(provider.doc, "early");
    await peer.drained();
    expect(peer.of("update")).toEqual([]);
    server.welcome(peer);
    const { update, number } = await peer.received("sync-step-2");
    expect(number).toBe(1);
    Y.applyUpdate(server.doc, update);
    expect(textOf(server.doc)).toBe("early");
    expect(provider.saveState).toBe("saving");
    peer.send({ type: "ack", number });
    await whenSaveState(provider, "saved");
  });

  test("[CL5] a socket killed in the middle of typing loses and doubles nothing", async () => {
    const provider = openProvider({ url: server.url });
    const other = openProvider({ url: server.url });
    await Promise.all([provider.whenSynced, other.whenSynced]);
    server.onFrame = (peer, messages) => {
      const isUpdate = messages.some((message) => message.type === "update");
      // The second update dies with its socket, before anything is stored.
      if (isUpdate && server.peers.length === 2 && peer.of("update").length === 2) peer.kill();
      return !peer.isOpen;
    };
    type(provider.doc, "one ");
    await provider.whenSaved();
    type(provider.doc, "two ");
    await whenSaveState(provider, "unsaved");
    type(provider.doc, "three");
    await provider.whenSaved();
    expect(textOf(server.doc)).toBe("one two three");
    await whenDoc(other.doc, () => textOf(other.doc) === "one two three");
  });

  test("[CL5] what waits for company leaves once when the server asks meanwhile", async () => {
    const provider = openProvider({ url: server.url, mergeMs: 20 });
    await provider.whenSynced;
    const peer = await server.peer();
    await peer.received("sync-step-2");
    type(provider.doc, "once");
    server.welcome(peer);
    await peer.received("sync-step-2", 2);
    type(provider.doc, ", twice");
    await provider.whenSaved();
    expect(peer.of("update")).toHaveLength(1);
    const last = new Y.Doc();
    for (const { update } of peer.of("update")) Y.applyUpdate(last, update);
    expect(textOf(last)).toBe("");
    expect(textOf(server.doc)).toBe("once, twice");
  });

  test("[CL5] edits made offline, deletions alone too, arrive after the reconnect", async () => {
    const provider = openProvider({ url: server.url });
    await provider.whenSynced;
    type(provider.doc, "keep drop");
    await provider.whenSaved();
    provider.disconnect();
    provider.doc.getText("content").delete(4, 5);
    expect(provider.saveState).toBe("unsaved");
    provider.connect();
    await provider.whenSaved();
    expect(textOf(server.doc)).toBe("keep");
  });

  test("[CL26] a cursor that moves with the text leaves in the text's frame, after it", async () => {
    const provider = openProvider({ url: server.url, mergeMs: 20 });
    await provider.whenSynced;
    const peer = await server.peer();
    type(provider.doc, "a");
    provider.setPresence({ cursor: 1 });
    await peer.received("awareness");
    expect(peer.frames.at(-1)?.map((message) => message.type)).toEqual(["update", "awareness"]);
  });

  test("[CL3] the cursor of a frame is shown after the text it points into", async () => {
    const provider = openProvider({ url: server.url });
    await provider.whenSynced;
    const peer = await server.peer();
    const bob = new Awareness(new Y.Doc());
    bob.setLocalState({ cursor: 3 });
    clearInterval(bob._checkInterval);
    type(server.doc, "abc");
    const seen = new Promise<string>((resolve) => {
      provider.awareness.on("change", () => resolve(textOf(provider.doc)));
    });
    peer.send(
      { type: "awareness", update: encodeAwarenessUpdate(bob, [bob.clientID]) },
      { type: "update", seq: 1, update: Y.encodeStateAsUpdate(server.doc) },
    );
    expect(await seen).toBe("abc");
  });
});
