import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import * as Y from "yjs";
import type { SaveStateName } from "../../../client/index.ts";
import { ClientTestServer } from "../../support/client-test-server.ts";
import { destroyProviders, openProvider, textOf, type, whenSaveState } from "../../support/client-providers.ts";

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

function record(provider: ReturnType<typeof openProvider>): SaveStateName[] {
  const seen: SaveStateName[] = [];
  provider.on("save-state", (state) => seen.push(state));
  return seen;
}

describe("the save state", () => {
  test("[CL10] joining shows nothing, a change is saving and then saved", async () => {
    const provider = openProvider({ url: server.url });
    const seen = record(provider);
    await provider.whenSynced;
    await (await server.peer()).received("sync-step-2");
    expect(seen).toEqual([]);
    type(provider.doc, "a");
    await provider.whenSaved();
    expect(seen).toEqual(["saving", "saved"]);
  });

  test("[CL11] an ack lost with its socket: saving, unsaved, and saved only by the next socket's ack", async () => {
    const provider = openProvider({ url: server.url });
    const seen = record(provider);
    await provider.whenSynced;
    const peer = await server.peer();
    server.behaviour.acks = false;
    type(provider.doc, "a");
    await peer.received("update");
    expect(textOf(server.doc)).toBe("a");
    peer.kill();
    await whenSaveState(provider, "unsaved");
    const second = await server.peer(2);
    const { number } = await second.received("sync-step-2");
    expect(provider.saveState).toBe("saved" satisfies SaveStateName);
    expect(number).toBe(1);
    // Nothing was deleted, so the server's state vector alone shows that it has everything.
    expect(seen).toEqual(["saving", "unsaved", "saving", "saved"]);
  });

  test("[CL11] a deletion whose ack was lost waits for the ack: no state vector shows it", async () => {
    const provider = openProvider({ url: server.url });
    await provider.whenSynced;
    type(provider.doc, "ab");
    await provider.whenSaved();
    server.behaviour.acks = false;
    provider.doc.getText("content").delete(0, 1);
    await (await server.peer()).received("update", 2);
    (await server.peer()).kill();
    const second = await server.peer(2);
    const { number } = await second.received("sync-step-2");
    await second.drained();
    expect(provider.saveState).toBe("saving");
    second.send({ type: "ack", number });
    await provider.whenSaved();
  });

  test("[CL11] acks in the wrong order never say saved early", async () => {
    const provider = openProvider({ url: server.url });
    await provider.whenSynced;
    server.behaviour.acks = false;
    const peer = await server.peer();
    for (let count = 1; count <= 3; count++) {
      type(provider.doc, `${count}`);
      await peer.received("update", count);
    }
    peer.send({ type: "ack", number: 3 }, { type: "ack", number: 2 });
    await peer.drained();
    expect(provider.saveState).toBe("saving");
    peer.send({ type: "ack", number: 4 }, { type: "ack", number: 1 });
    await provider.whenSaved();
  });

  test("[CL12] what the server does not take is refused with a reason; who does not type is saved", async () => {
    server.behaviour.mayWrite = false;
    type(server.doc, "text");
    const provider = openProvider({ url: server.url });
    const reasons: string[] = [];
    provider.on("error", ({ message }) => reasons.push(message));
    await provider.whenSynced;
    await (await server.peer()).received("sync-step-2");
    expect(provider.saveState).toBe("saved");
    type(provider.doc, "!");
    await expect(provider.whenSaved()).rejects.toMatchObject({ kind: "refused" });
    expect(reasons).toEqual(["read only"]);
    server.behaviour.mayWrite = true;
    (await server.peer()).kill();
    await whenSaveState(provider, "saved");
    expect(textOf(server.doc)).toBe("text!");
  });

  test("[CL13] content the server has already becomes saved by itself, without an ack", async () => {
    type(server.doc, "known");
    const doc = new Y.Doc();
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(server.doc));
    server.behaviour.acks = false;
    const provider = openProvider({ url: server.url, doc, connect: false });
    expect(provider.saveState).toBe("unsaved");
    const seen = record(provider);
    provider.connect();
    await whenSaveState(provider, "saved");
    expect(seen).toEqual(["saving", "saved"]);
  });

  test("[CL13] content the server lacks is sent and saved with its ack", async () => {
    const doc = new Y.Doc();
    type(doc, "written before");
    const provider = openProvider({ url: server.url, doc });
    expect(provider.saveState).toBe("unsaved");
    await provider.whenSaved();
    expect(textOf(server.doc)).toBe("written before");
  });

  test("[CL14] whenSaved rejects when the provider is destroyed first", async () => {
    const provider = openProvider({ url: server.url, connect: false });
    type(provider.doc, "a");
    const saved = provider.whenSaved();
    provider.destroy();
    await expect(saved).rejects.toMatchObject({ kind: "destroyed" });
    await expect(provider.whenSynced).rejects.toMatchObject({ kind: "destroyed" });
  });
});
