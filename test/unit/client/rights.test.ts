import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import * as Y from "yjs";
import type { DocumentProvider, RightsInfo } from "../../../client/index.ts";
import type { TestPeer } from "../../support/client-test-peer.ts";
import { ClientTestServer, READER, WRITER } from "../../support/client-test-server.ts";
import {
  PATIENT,
  destroyProviders,
  errorsOf,
  openProvider,
  textOf,
  type,
  whenPresence,
  whenSaveState,
  whenStatus,
} from "../../support/client-providers.ts";

/** Held for so long, what is typed goes only when something else makes it go. */
const HOUR_MS = 3_600_000;
/** Long enough to go without waiting for company. */
const PASTE = "x".repeat(300_000);

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

function rightsOf(provider: DocumentProvider): readonly RightsInfo[] {
  const rights: RightsInfo[] = [];
  provider.on("rights", (info) => rights.push(info));
  return rights;
}

function lock(peer: TestPeer): void {
  peer.send({ type: "rights", rights: { scopes: READER, reason: "locked" } });
}

/** As a room does: the right to write comes with step 1. */
function unlock(peer: TestPeer): void {
  peer.send({ type: "rights", rights: { scopes: WRITER, reason: "unlocked" } }, server.question());
}

describe("without the right to write", () => {
  beforeEach(() => {
    server.behaviour.scopes = READER;
    server.behaviour.mayWrite = false;
  });

  test("[CL18] what a reader types stays here, unsaved, and leaves when the right comes", async () => {
    type(server.doc, "text");
    const provider = openProvider({ url: server.url });
    expect(provider.canWrite).toBe(true);
    const errors = errorsOf(provider);
    await provider.whenSynced;
    expect(provider.canWrite).toBe(false);
    expect(provider.saveState).toBe("saved");
    const peer = await server.peer();
    await peer.received("sync-step-2");
    type(provider.doc, PASTE);
    await peer.drained();
    expect(provider.saveState).toBe("unsaved");
    expect(peer.of("update")).toEqual([]);
    server.behaviour.mayWrite = true;
    unlock(peer);
    await provider.whenSaved();
    expect(textOf(server.doc)).toBe(`text${PASTE}`);
    expect(errors).toEqual([]);
  });

  test("[CL18] step 1 is answered by nothing where something is new, and what waits outlives the socket", async () => {
    const doc = new Y.Doc();
    type(doc, "brought along");
    const provider = openProvider({ url: server.url, doc });
    await provider.whenSynced;
    const { update } = await (await server.peer()).received("sync-step-2");
    expect(update).toEqual(new Uint8Array(2));
    await (await server.peer()).drained();
    expect(provider.saveState).toBe("unsaved");
    server.behaviour.mayWrite = true;
    server.behaviour.scopes = WRITER;
    (await server.peer()).kill();
    await whenStatus(provider, "offline");
    await provider.whenSaved();
    expect(textOf(server.doc)).toBe("brought along");
  });

  test("[CL18] deletions that a reader brings along are saved by the ack that shows the server knows them", async () => {
    type(server.doc, "text");
    server.doc.getText("content").delete(0, 1);
    const doc = new Y.Doc();
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(server.doc));
    const provider = openProvider({ url: server.url, doc });
    expect(provider.saveState).toBe("unsaved");
    await provider.whenSaved();
    doc.getText("content").delete(0, 1);
    server.behaviour.acks = false;
    (await server.peer()).kill();
    await whenStatus(provider, "offline");
    const peer = await server.peer(2);
    const { number } = await peer.received("sync-step-2");
    server.behaviour.isRoom = false;
    peer.send({ type: "refused", number, reason: "read-only" });
    await peer.drained();
    expect(provider.saveState).toBe("unsaved");
  });

  test("[CL53] a reader's tab leaves a change to the tab that made it", async () => {
    const reader = openProvider({ url: server.url, broadcast: true });
    await reader.whenSynced;
    const states: string[] = [];
    reader.on("save-state", (state) => states.push(state));
    server.behaviour.scopes = WRITER;
    server.behaviour.mayWrite = true;
    const writer = openProvider({ url: server.url, broadcast: true });
    await writer.whenSynced;
    type(writer.doc, "a");
    await writer.whenSaved();
    await vi.waitUntil(() => textOf(reader.doc) === "a", PATIENT);
    await (await server.peer()).drained();
    expect(states).toEqual([]);
  });
});

describe("rights that change", () => {
  test("[CL18] what waits for company when the right ends goes when it comes back, presence at once", async () => {
    const provider = openProvider({ url: server.url, mergeMs: HOUR_MS });
    const bob = openProvider({ url: server.url });
    await Promise.all([provider.whenSynced, bob.whenSynced]);
    const peer = await server.peer();
    type(provider.doc, "held");
    provider.setPresence({ user: { name: "Alice" } });
    // The presence is due at the end of this task, and then stands beside the update.
    await Promise.resolve();
    lock(peer);
    await whenPresence(bob, () => bob.awareness.getStates().has(provider.awareness.clientID));
    type(provider.doc, PASTE);
    await peer.drained();
    expect(peer.of("update")).toEqual([]);
    expect(provider.saveState).toBe("unsaved");
    unlock(peer);
    await provider.whenSaved();
    expect(textOf(server.doc)).toBe(`held${PASTE}`);
  });

  test("[CL18] a change refused because the right ended while it was on its way waits like any other", async () => {
    const provider = openProvider({ url: server.url });
    const errors = errorsOf(provider);
    await provider.whenSynced;
    const peer = await server.peer();
    server.onFrame = () => true;
    type(provider.doc, "on its way");
    const { number } = await peer.received("update");
    server.onFrame = () => false;
    lock(peer);
    peer.send({ type: "refused", number, reason: "locked" });
    await whenSaveState(provider, "unsaved");
    await peer.drained();
    expect([provider.saveState, errors]).toEqual(["unsaved", []]);
    unlock(peer);
    await provider.whenSaved();
    expect(textOf(server.doc)).toBe("on its way");
  });

  test("[CL12] refused ends when the right to write comes back", async () => {
    server.behaviour.mayWrite = false;
    const provider = openProvider({ url: server.url });
    const errors = errorsOf(provider);
    await provider.whenSynced;
    type(provider.doc, "too much");
    await whenSaveState(provider, "refused");
    expect(errors).toEqual(["refused: read only"]);
    const peer = await server.peer();
    lock(peer);
    server.behaviour.mayWrite = true;
    unlock(peer);
    await whenSaveState(provider, "saved");
    expect(textOf(server.doc)).toBe("too much");
  });

  test("[CL47] rights are told at the first welcome, when a later one differs, and whenever the server says so", async () => {
    const provider = openProvider({ url: server.url });
    expect(provider.scopes).toBeUndefined();
    const rights = rightsOf(provider);
    await provider.whenSynced;
    expect(provider.scopes).toEqual(WRITER);
    const peer = await server.peer();
    peer.send({ type: "rights", rights: { scopes: WRITER, reason: "token-renewed" } });
    lock(peer);
    await peer.drained();
    peer.kill();
    await whenStatus(provider, "offline");
    expect(provider.canWrite).toBe(false);
    await whenStatus(provider, "synced");
    (await server.peer(2)).kill();
    await whenStatus(provider, "offline");
    await whenStatus(provider, "synced");
    expect(rights).toEqual([
      { scopes: WRITER, reason: "welcome" },
      { scopes: WRITER, reason: "token-renewed" },
      { scopes: READER, reason: "locked" },
      { scopes: WRITER, reason: "welcome" },
    ]);
  });

  test("[CL19] a notice of the server is an event", async () => {
    const provider = openProvider({ url: server.url });
    const notices: unknown[] = [];
    provider.on("notice", (notice) => notices.push(notice));
    await provider.whenSynced;
    const notice = { kind: "document-size", percent: 80, bytes: 80, limitBytes: 100 } as const;
    const peer = await server.peer();
    peer.send({ type: "notice", notice });
    await peer.drained();
    expect(notices).toEqual([notice]);
  });

  test("[CL28] the name of the token is worn from the welcome on, and changes with the token", async () => {
    server.behaviour.profile = { name: "Alice" };
    const provider = openProvider({ url: server.url });
    provider.setPresence({ user: { name: "Mallory", color: "#7c3aed" } });
    await provider.whenSynced;
    expect(provider.awareness.getLocalState()).toEqual({ user: { name: "Alice", color: "#7c3aed" } });
    const peer = await server.peer();
    const rights = { scopes: WRITER, reason: "token-renewed", profile: { name: "Alice B." } } as const;
    peer.send({ type: "rights", rights });
    await peer.drained();
    expect(provider.awareness.getLocalState()).toEqual({ user: { name: "Alice B.", color: "#7c3aed" } });
  });
});
