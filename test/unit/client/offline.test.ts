import "fake-indexeddb/auto";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { IndexeddbPersistence } from "y-indexeddb";
import * as Y from "yjs";
import type { DocumentProvider, DocumentProviderOptions, ProviderError } from "../../../client/index.ts";
import { ClientTestServer } from "../../support/client-test-server.ts";
import { destroyProviders, openProvider, textOf, type, whenSaveState } from "../../support/client-providers.ts";

let server: ClientTestServer;

beforeEach(async () => {
  vi.spyOn(Math, "random").mockReturnValue(0);
  server = await ClientTestServer.start();
});
afterEach(async () => {
  destroyProviders();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  await server.stop();
});

function open(options: Partial<DocumentProviderOptions> = {}): DocumentProvider {
  return openProvider({ url: server.url, offline: true, ...options });
}

/** Where the offline copy of a document is. */
function nameOf(id: string): string {
  return `roost:http://127.0.0.1:${server.port}/v1/documents/${encodeURIComponent(id)}`;
}

function firstError(provider: DocumentProvider): Promise<ProviderError> {
  return new Promise((resolve) => {
    provider.once("error", resolve);
  });
}

/** Resolves when the request is done, as IndexedDB says it. */
function done(request: IDBRequest): Promise<void> {
  return new Promise((resolve, reject) => {
    request.addEventListener("success", () => resolve());
    request.addEventListener("error", () => reject(request.error ?? new Error("failed")));
  });
}

/** Resolves when every write before it is on the disk: a transaction of its own waits its turn. */
async function written(name: string): Promise<number> {
  const request = indexedDB.open(name);
  await done(request);
  const count = request.result.transaction("updates", "readwrite").objectStore("updates").count();
  await done(count);
  request.result.close();
  return count.result;
}

describe("the offline copy", () => {
  test("[CL50] edits made offline survive a reload and reach the server when it is back", async () => {
    const name = nameOf("team/notes");
    const first = open({ connect: false });
    await first.offlineReady;
    type(first.doc, "on a plane");
    expect(await written(name)).toBeGreaterThan(0);
    first.destroy();
    const reloaded = open({ connect: false });
    await reloaded.offlineReady;
    expect(textOf(reloaded.doc)).toBe("on a plane");
    expect(reloaded.saveState).toBe("unsaved");
    reloaded.connect();
    await reloaded.whenSaved();
    expect(textOf(server.doc)).toBe("on a plane");
  });

  test("[CL13] after a reload what is on the server already becomes saved by itself", async () => {
    const first = open();
    await first.whenSynced;
    type(first.doc, "saved");
    await first.whenSaved();
    await written(nameOf("team/notes"));
    first.destroy();
    server.behaviour.acks = false;
    const reloaded = open();
    await reloaded.offlineReady;
    expect(reloaded.saveState).toBe("unsaved");
    await whenSaveState(reloaded, "saved");
    // And the stored copy made the join small: its state vector was known before the socket opened.
    const step1 = await (await server.peer(2)).received("sync-step-1");
    expect(step1.stateVector).toEqual(Y.encodeStateVector(server.doc));
  });

  test("[CL50] content that the disk brings after the sync is offered to the server too", async () => {
    const name = nameOf("team/notes");
    const first = open({ connect: false });
    await first.offlineReady;
    type(first.doc, "slow disk");
    await written(name);
    first.destroy();
    // A transaction that holds the store, as another tab's trimming does.
    const blocker = indexedDB.open(name);
    await done(blocker);
    const store = blocker.result.transaction("updates", "readwrite").objectStore("updates");
    let isHeld = true;
    const hold = () => {
      if (isHeld) store.count().addEventListener("success", hold);
    };
    hold();
    const reloaded = open();
    await reloaded.whenSynced;
    expect(textOf(reloaded.doc)).toBe("");
    isHeld = false;
    await reloaded.offlineReady;
    await reloaded.whenSaved();
    blocker.result.close();
    expect(textOf(server.doc)).toBe("slow disk");
  });

  test("[CL58] a copy of y-indexeddb is read, and read by it", async () => {
    const name = nameOf("team/notes");
    const doc = new Y.Doc();
    const theirs = new IndexeddbPersistence(name, doc);
    await theirs.whenSynced;
    type(doc, "theirs, ");
    await theirs.destroy();
    const provider = open({ connect: false });
    type(provider.doc, "early, ");
    await provider.offlineReady;
    type(provider.doc, "ours");
    await written(name);
    provider.destroy();
    const reader = new Y.Doc();
    const again = new IndexeddbPersistence(name, reader);
    await again.whenSynced;
    expect(textOf(reader)).toBe(textOf(provider.doc));
    expect([..."theirs, early, ours"].toSorted()).toEqual([...textOf(reader)].toSorted());
    await again.destroy();
  });

  test("[CL58] five hundred rows become one, with what another tab wrote", { timeout: 20_000 }, async () => {
    const name = nameOf("team/notes");
    const before = open({ connect: false });
    await before.offlineReady;
    type(before.doc, "before, ");
    await written(name);
    before.destroy();
    const first = open({ connect: false });
    const second = open({ connect: false });
    await Promise.all([first.offlineReady, second.offlineReady]);
    type(second.doc, "second");
    await written(name);
    for (let count = 0; count < 500; count++) type(first.doc, "x");
    await vi.waitUntil(async () => (await written(name)) === 1, { timeout: 10_000 });
    type(first.doc, "!");
    await written(name);
    const reloaded = open({ connect: false });
    await reloaded.offlineReady;
    expect(textOf(reloaded.doc)).toBe(textOf(first.doc));
    expect(textOf(reloaded.doc)).toContain("second");
    expect(textOf(reloaded.doc)).toHaveLength("before, second".length + 501);
  });

  test("[CL51] a browser that forbids IndexedDB is an error, and everything else works", async () => {
    const forbidden = new DOMException("denied", "SecurityError");
    vi.stubGlobal("indexedDB", {
      open: () => {
        throw forbidden;
      },
    });
    const provider = open();
    const error = await firstError(provider);
    expect(error).toMatchObject({ kind: "offline", cause: forbidden });
    await provider.offlineReady;
    await provider.whenSynced;
    type(provider.doc, "a");
    await provider.whenSaved();
  });

  test("[CL51] a database that is not ours is left alone", async () => {
    const name = nameOf("taken");
    const taken = indexedDB.open(name, 7);
    await done(taken);
    taken.result.close();
    const provider = open({ id: "taken" });
    expect((await firstError(provider)).message).toContain("belongs to something else");
    await provider.whenSynced;
  });

  test("[CL51] storage that is deleted under us is an error, and typing goes on", async () => {
    const provider = open();
    await provider.whenSynced;
    await provider.offlineReady;
    const failed = firstError(provider);
    await done(indexedDB.deleteDatabase(nameOf("team/notes")));
    type(provider.doc, "goes on");
    expect((await failed).kind).toBe("offline");
    await provider.whenSaved();
    expect(textOf(server.doc)).toBe("goes on");
  });

  test("[CL51] a full disk is an error, and typing goes on", async () => {
    const provider = open();
    await provider.whenSynced;
    await provider.offlineReady;
    const failed = firstError(provider);
    const full = vi.spyOn(IDBObjectStore.prototype, "add").mockImplementation(() => {
      throw new DOMException("disk full", "QuotaExceededError");
    });
    type(provider.doc, "goes on");
    expect((await failed).message).toContain("disk full");
    full.mockRestore();
    type(provider.doc, ", and on");
    await provider.whenSaved();
    expect(textOf(server.doc)).toBe("goes on, and on");
  });

  test("[CL39] destroyed while the disk still loads, nothing stays open", async () => {
    const provider = open();
    provider.destroy();
    await provider.offlineReady;
    await done(indexedDB.deleteDatabase(nameOf("team/notes")));
    expect(server.peers).toEqual([]);
  });
});
