import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import * as Y from "yjs";
import type { ProviderError } from "../../../client/index.ts";
import { ClientTestServer } from "../../support/client-test-server.ts";
import {
  destroyProviders,
  openProvider,
  textOf,
  type,
  whenDoc,
  whenSaveState,
  whenStatus,
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

function collectErrors(provider: ReturnType<typeof openProvider>): ProviderError[] {
  const errors: ProviderError[] = [];
  provider.on("error", (error) => errors.push(error));
  return errors;
}

describe("frames out of the ordinary", () => {
  test.each([
    ["bytes of no message", new Uint8Array([99, 1, 2])],
    ["a truncated update", new Uint8Array([2, 1, 200, 1])],
    ["an update that Yjs cannot read", new Uint8Array([2, 1, 3, 7, 7, 7])],
    ["an awareness update that is none", new Uint8Array([4, 2, 9, 9])],
    ["nothing at all", new Uint8Array()],
  ])("[CL6] %s is an error, and a fresh socket brings the document", async (_name, frame) => {
    const provider = openProvider({ url: server.url });
    const errors = collectErrors(provider);
    await provider.whenSynced;
    const peer = await server.peer();
    peer.sendRaw(frame);
    await whenStatus(provider, "offline");
    expect(errors.map(({ kind }) => kind)).toEqual(["frame"]);
    type(server.doc, "meanwhile");
    await whenStatus(provider, "synced");
    expect(textOf(provider.doc)).toBe("meanwhile");
    expect(server.livePeers).toHaveLength(1);
  });

  test("[CL6] an observer of the page that throws costs no socket and no update", async () => {
    const provider = openProvider({ url: server.url });
    const errors = collectErrors(provider);
    await provider.whenSynced;
    const reported = vi.spyOn(console, "error").mockImplementation(() => undefined);
    provider.doc.getText("content").observe(() => {
      throw new Error("a bug of the page");
    });
    const other = openProvider({ url: server.url });
    await other.whenSynced;
    type(other.doc, "hello");
    await whenDoc(provider.doc, () => textOf(provider.doc) === "hello");
    await (await server.peer()).drained();
    expect(reported).toHaveBeenCalledOnce();
    reported.mockRestore();
    expect(errors).toEqual([]);
    expect(server.peers).toHaveLength(2);
  });

  test("[CL7] a change larger than a frame is refused here and the socket lives", async () => {
    const provider = openProvider({ url: server.url });
    const errors = collectErrors(provider);
    await provider.whenSynced;
    provider.doc.getMap("files").set("big", new Uint8Array(17 * 1024 * 1024));
    await whenSaveState(provider, "refused");
    expect(errors.map(({ kind }) => kind)).toEqual(["too-large"]);
    await (await server.peer()).drained();
    expect(provider.status).toBe("synced");
  });

  test("[CL8] what lacks a dependency is asked for once", async () => {
    const provider = openProvider({ url: server.url });
    await provider.whenSynced;
    const peer = await server.peer();
    const updates: Uint8Array[] = [];
    server.doc.on("update", (update: Uint8Array) => updates.push(update));
    type(server.doc, "a");
    type(server.doc, "b");
    type(server.doc, "c");
    const last = updates[2];
    if (last === undefined) throw new Error("three updates were made");
    // The answer is withheld, so that a client that asks in circles shows it.
    server.behaviour.isRoom = false;
    peer.send({ type: "update", seq: 3, update: last });
    await peer.received("sync-step-1", 2);
    peer.send({ type: "sync-step-2", seq: 3, update: last });
    await peer.drained();
    expect(peer.of("sync-step-1")).toHaveLength(2);
    peer.send({ type: "sync-step-2", seq: 3, update: Y.encodeStateAsUpdate(server.doc) });
    await whenDoc(provider.doc, () => textOf(provider.doc) === "abc");
  });

  test("[CL8] a gap that the server sees is closed by the step 2 that answers its second step 1", async () => {
    const provider = openProvider({ url: server.url });
    await provider.whenSynced;
    const peer = await server.peer();
    server.behaviour.isRoom = false;
    type(provider.doc, "held");
    const { number } = await peer.received("update");
    server.welcome(peer);
    const answer = await peer.received("sync-step-2", 2);
    expect(answer.number).toBe(number + 1);
    Y.applyUpdate(server.doc, answer.update);
    peer.send({ type: "ack", number: answer.number });
    await provider.whenSaved();
    expect(textOf(server.doc)).toBe("held");
  });

  test("[CL9] a long state vector follows hello in a frame of its own", async () => {
    const doc = new Y.Doc();
    const updates = Array.from({ length: 6_000 }, (_value, index) => {
      const author = new Y.Doc();
      author.clientID = 4_000_000_000 - index;
      author.getMap("m").set(`${index}`, 1);
      return Y.encodeStateAsUpdate(author);
    });
    Y.applyUpdate(doc, Y.mergeUpdates(updates));
    const provider = openProvider({ url: server.url, doc });
    provider.setPresence({ user: { name: "Alice" } });
    const peer = await server.peer();
    await provider.whenSaved();
    expect(peer.frames[0]?.map((message) => message.type)).toEqual(["hello"]);
    expect(peer.frames[1]?.map((message) => message.type)).toEqual(["sync-step-1", "awareness"]);
    expect(server.doc.getMap("m").size).toBe(6_000);
  });
});
