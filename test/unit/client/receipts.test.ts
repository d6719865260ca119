import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { Awareness, encodeAwarenessUpdate } from "y-protocols/awareness";
import * as Y from "yjs";
import type { DocumentProvider } from "../../../client/index.ts";
import { CLIENT_TIMERS, advanceUntil, destroyProviders, openProvider, type } from "../../support/client-providers.ts";
import { ClientTestServer } from "../../support/client-test-server.ts";
import type { TestPeer } from "../../support/client-test-peer.ts";

const MEGABYTE = 1024 * 1024;
let server: ClientTestServer;
let provider: DocumentProvider;
let peer: TestPeer;

beforeEach(async () => {
  server = await ClientTestServer.start();
  vi.useFakeTimers({ toFake: [...CLIENT_TIMERS] });
  provider = openProvider({ url: server.url, mergeMs: 20 });
  await advanceUntil(provider.whenSynced);
  peer = await server.peer();
});
afterEach(async () => {
  destroyProviders();
  vi.useRealTimers();
  await server.stop();
});

/** Somebody inserts `bytes` letters, as row `seq`. */
function send(seq: number, bytes: number): void {
  const before = Y.encodeStateVector(server.doc);
  server.doc.getText("content").insert(0, "x".repeat(bytes));
  peer.send({ type: "update", seq, update: Y.encodeStateAsUpdate(server.doc, before) });
}

function reports(): readonly number[] {
  return peer.of("received").map(({ seq }) => seq);
}

async function pass(ms: number): Promise<void> {
  await peer.drained();
  await vi.advanceTimersByTimeAsync(ms);
  await peer.drained();
}

describe("what the server is told of reading", () => {
  test("[CL17] a room where people type hears no report, and no timer waits for one", async () => {
    const timers = vi.getTimerCount();
    for (let seq = 1; seq <= 500; seq++) send(seq, 20);
    await pass(0);
    expect(vi.getTimerCount()).toBe(timers);
    await pass(60_000);
    expect(reports()).toEqual([]);
  });

  test("[CL17] after a megabyte the last row is reported within a second, once", async () => {
    const timers = vi.getTimerCount();
    send(1, MEGABYTE);
    send(2, 10);
    await pass(999);
    expect(reports()).toEqual([]);
    await pass(1);
    expect(reports()).toEqual([2]);
    expect(vi.getTimerCount()).toBe(timers);
    await pass(60_000);
    expect(reports()).toEqual([2]);
  });

  test("[CL17] a flood is reported at most once a second", async () => {
    for (let seq = 1; seq <= 15; seq++) {
      send(seq, MEGABYTE);
      await pass(200);
    }
    expect(reports().length).toBeGreaterThanOrEqual(2);
    expect(reports().length).toBeLessThanOrEqual(3);
    await pass(1_000);
    expect(reports().at(-1)).toBe(15);
  });

  test("[CL17] a report that is due rides on a frame that goes anyway, not more often for that", async () => {
    send(1, MEGABYTE);
    await pass(0);
    type(provider.doc, "a");
    await pass(20);
    expect(peer.frames.at(-1)?.map((message) => message.type)).toEqual(["received", "update"]);
    send(2, MEGABYTE);
    await pass(0);
    type(provider.doc, "b");
    await pass(20);
    expect(peer.frames.at(-1)?.map((message) => message.type)).toEqual(["update"]);
    await pass(1_000);
    expect(reports()).toEqual([1, 2]);
  });

  test("[CL17] neither presence alone nor an answer to step 1 is reported", async () => {
    const bob = new Awareness(new Y.Doc());
    clearInterval(bob._checkInterval);
    for (let round = 0; round < 200; round++) {
      bob.setLocalState({ note: "n".repeat(8_000) });
      peer.send({ type: "awareness", update: encodeAwarenessUpdate(bob, [bob.clientID]) });
    }
    await pass(60_000);
    expect(reports()).toEqual([]);
    server.doc.getText("content").insert(0, "x".repeat(2 * MEGABYTE));
    provider.disconnect();
    provider.connect();
    await advanceUntil(server.until(() => server.peers.length === 2));
    peer = await server.peer(2);
    await advanceUntil(peer.received("sync-step-2"));
    await pass(60_000);
    expect(reports()).toEqual([]);
  });

  test("[CL17] a report that is due ends with its socket", async () => {
    send(1, MEGABYTE);
    await pass(0);
    peer.kill();
    await new Promise<void>((resolve) => provider.once("closed", () => resolve()));
    destroyProviders();
    // partysocket's own timer of 0 ms.
    await vi.advanceTimersByTimeAsync(0);
    expect(vi.getTimerCount()).toBe(0);
  });
});
