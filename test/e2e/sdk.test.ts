/**
 * The client SDK against the real server: what its unit tests assume about the room holds.
 */
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { WebSocket } from "ws";
import * as Y from "yjs";
import type { CloseInfo, DocumentProvider, DocumentProviderOptions } from "../../client/index.ts";
import {
  destroyProviders,
  openProvider,
  textOf,
  type,
  whenDoc,
  whenPresence,
  whenSaveState,
  whenStatus,
} from "../support/client-providers.ts";
import { type TestServer, startServer } from "../support/server.ts";

/** Below the 15 s after which a stock client's state would be renewed. A busy machine may stand still for seconds. */
const AT_ONCE_MS = 10_000;
/** Who drops is shown for so long: what is seen at once does not wait for it. */
const BLIP_MS = 25_000;

let server: TestServer;

beforeAll(async () => {
  server = await startServer({ vars: { ROOST_BLIP_MS: String(BLIP_MS) } });
});
afterAll(async () => await server.stop());
afterEach(() => destroyProviders());

/** Sockets whose wire can be cut. */
class Wire {
  readonly sockets: WebSocket[] = [];
  readonly WebSocket = wireClass(this.sockets);

  /** No close frame: the network is gone. */
  cut(): void {
    this.sockets.at(-1)?.terminate();
  }
}

function wireClass(sockets: WebSocket[]) {
  return class extends WebSocket {
    constructor(url: string, protocols: string[]) {
      super(url, protocols);
      sockets.push(this);
    }
  };
}

function open(id: string, options: Partial<DocumentProviderOptions> = {}): DocumentProvider {
  return openProvider({ url: server.url, id, ...options });
}

function finalClose(provider: DocumentProvider): Promise<CloseInfo> {
  return new Promise((resolve) => {
    provider.on("closed", (info) => {
      if (info.final) resolve(info);
    });
  });
}

function names(provider: DocumentProvider): unknown[] {
  return [...provider.awareness.getStates().values()].flatMap(({ user }) => (user === undefined ? [] : [user.name]));
}

describe("the SDK and a real room", () => {
  test("[P1] what the SDK calls saved survives kill -9, and what it calls unsaved arrives after the restart", async () => {
    const alice = open("sdk/killed");
    const bob = open("sdk/killed");
    await Promise.all([alice.whenSynced, bob.whenSynced]);
    type(alice.doc, "saved. ");
    await alice.whenSaved();
    const killed = server.kill9();
    await whenStatus(alice, "offline");
    type(alice.doc, "typed while the server is down.");
    expect(alice.saveState).toBe("unsaved");
    await killed;
    await alice.whenSaved();
    await whenDoc(bob.doc, () => textOf(bob.doc) === "saved. typed while the server is down.");
    const fresh = open("sdk/killed");
    await fresh.whenSynced;
    expect(textOf(fresh.doc)).toBe("saved. typed while the server is down.");
  });

  test("[P4] three people type at once and end with the same text", async () => {
    const people = ["Alice", "Bob", "Carol"].map((user) => open("sdk/typing", { user }));
    await Promise.all(people.map(({ whenSynced }) => whenSynced));
    for (let round = 0; round < 50; round++) {
      for (const [index, { doc }] of people.entries()) {
        doc.getText("content").insert(0, `${index}`);
        if (round % 10 === 9) doc.getText("content").delete(1, 1);
      }
      await new Promise((resolve) => setImmediate(resolve));
    }
    await Promise.all(people.map((person) => person.whenSaved()));
    const fresh = open("sdk/typing");
    await fresh.whenSynced;
    await Promise.all(people.map(({ doc }) => whenDoc(doc, () => textOf(doc) === textOf(fresh.doc))));
    expect(people.map(({ saveState }) => saveState)).toEqual(["saved", "saved", "saved"]);
  });

  test("[P4] a deletion made offline, that no state vector shows, is saved by its ack", async () => {
    const alice = open("sdk/deletion");
    await alice.whenSynced;
    type(alice.doc, "keep drop");
    await alice.whenSaved();
    alice.disconnect();
    alice.doc.getText("content").delete(4, 5);
    alice.connect();
    await alice.whenSaved();
    const fresh = open("sdk/deletion");
    await fresh.whenSynced;
    expect(textOf(fresh.doc)).toBe("keep");
  });

  test("[P4] a document that is all on the server becomes saved by itself", async () => {
    const alice = open("sdk/known");
    await alice.whenSynced;
    type(alice.doc, "known");
    alice.doc.getText("content").delete(0, 1);
    await alice.whenSaved();
    const doc = new Y.Doc();
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(alice.doc));
    const reloaded = open("sdk/known", { doc, connect: false });
    expect(reloaded.saveState).toBe("unsaved");
    reloaded.connect();
    await whenSaveState(reloaded, "saved");
  });

  test("[P5] a blip costs nobody their presence for longer than the reconnect takes", { timeout: 40_000 }, async () => {
    const wire = new Wire();
    const alice = open("sdk/blip", { WebSocket: wire.WebSocket, user: "alice" });
    const bob = open("sdk/blip", { user: "bob" });
    alice.setPresence({ user: { name: "Alice" } });
    bob.setPresence({ user: { name: "Bob" } });
    await whenPresence(alice, () => names(alice).includes("Bob"));
    await whenPresence(bob, () => names(bob).includes("Alice"));
    wire.cut();
    await whenStatus(alice, "offline");
    expect(names(alice)).toEqual(["Alice"]);
    const cutAtMs = performance.now();
    await whenPresence(alice, () => names(alice).includes("Bob"));
    await whenPresence(bob, () => names(bob).includes("Alice"));
    // Alice's next state is not lost behind a clock she does not know.
    alice.setPresence({ user: { name: "Alice 2" } });
    await whenPresence(bob, () => names(bob).includes("Alice 2"));
    expect(performance.now() - cutAtMs).toBeLessThan(AT_ONCE_MS);
  });

  test("[P5] goodbye is seen at once, and a null state too", async () => {
    const alice = open("sdk/goodbye", { user: "alice" });
    const bob = open("sdk/goodbye", { user: "bob" });
    alice.setPresence({ user: { name: "Alice" } });
    await whenPresence(bob, () => names(bob).includes("Alice"));
    alice.awareness.setLocalState(null);
    await whenPresence(bob, () => !names(bob).includes("Alice"));
    alice.setPresence({ user: { name: "Alice" } });
    await whenPresence(bob, () => names(bob).includes("Alice"));
    const leftAtMs = performance.now();
    alice.disconnect();
    await whenPresence(bob, () => !names(bob).includes("Alice"));
    expect(performance.now() - leftAtMs).toBeLessThan(AT_ONCE_MS);
    alice.connect();
    await whenPresence(bob, () => names(bob).includes("Alice"));
  });

  test("[P6] a deleted document closes with 4404, and a client that comes later learns the same", async () => {
    const alice = open("sdk/deleted");
    await alice.whenSynced;
    type(alice.doc, "mine");
    await alice.whenSaved();
    const closed = finalClose(alice);
    const response = await fetch(`${server.url}/v1/documents/sdk%2Fdeleted`, { method: "DELETE" });
    expect(response.ok).toBe(true);
    expect(await closed).toMatchObject({ code: 4404, final: true });
    expect(textOf(alice.doc)).toBe("mine");
    const late = open("sdk/deleted");
    expect(await finalClose(late)).toMatchObject({ code: 4404, final: true });
    expect(late.status).toBe("offline");
  });

  test("[P4] a document of several answers arrives whole, and one megabyte typed at once is saved", async () => {
    const alice = open("sdk/large");
    await alice.whenSynced;
    for (let index = 0; index < 5; index++) type(alice.doc, `${index}`.repeat(500_000));
    await alice.whenSaved();
    const fresh = open("sdk/large");
    await fresh.whenSynced;
    expect(textOf(fresh.doc)).toBe(textOf(alice.doc));
  });
});
