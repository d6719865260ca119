import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { CloseInfo, DocumentProvider } from "../../../client/index.ts";
import { ClientTestServer } from "../../support/client-test-server.ts";
import {
  CLIENT_TIMERS,
  advanceUntil,
  destroyProviders,
  openProvider,
  textOf,
  type,
  whenStatus,
} from "../../support/client-providers.ts";
import { Target } from "../../support/client-page.ts";

let server: ClientTestServer;
let page: { readonly window: Target; readonly document: Target };

beforeEach(async () => {
  server = await ClientTestServer.start();
  page = { window: new Target(), document: new Target() };
  vi.stubGlobal("window", page.window);
  vi.stubGlobal("document", page.document);
  vi.useFakeTimers({ toFake: [...CLIENT_TIMERS] });
});
afterEach(async () => {
  destroyProviders();
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  await server.stop();
});

async function connected(): Promise<DocumentProvider> {
  const provider = openProvider({ url: server.url });
  await advanceUntil(provider.whenSynced);
  return provider;
}

function nextClose(provider: DocumentProvider): Promise<CloseInfo> {
  return new Promise((resolve) => {
    provider.once("closed", resolve);
  });
}

async function turns(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

describe("the page around a provider", () => {
  test.each(["online", "visibilitychange"])("[CL33] %s ends a wait at once", async (name) => {
    vi.spyOn(Math, "random").mockReturnValue(0.999);
    const provider = await connected();
    (await server.peer()).kill();
    await nextClose(provider);
    await vi.advanceTimersByTimeAsync(10);
    (name === "online" ? page.window : page.document).fire(name);
    const tookMs = await advanceUntil(whenStatus(provider, "synced"));
    expect(tookMs).toBeLessThan(500);
  });

  test("[CL31] neither ends a pause that the server asked for", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0);
    const provider = await connected();
    (await server.peer()).close(1013, "try again later");
    await nextClose(provider);
    await vi.advanceTimersByTimeAsync(10);
    page.window.fire("online");
    page.document.fire("visibilitychange");
    provider.connect();
    await vi.advanceTimersByTimeAsync(4_900);
    await turns();
    expect(server.peers).toHaveLength(1);
    await advanceUntil(whenStatus(provider, "synced"));
  });

  test("[CL33] a page shown again asks a socket that slept for a sign of life, and replaces it after 3 s", async () => {
    const provider = await connected();
    // The last ack would be a sign of life too.
    await (await server.peer()).received("sync-step-2");
    await (await server.peer()).drained();
    server.behaviour.pongs = false;
    const closed = nextClose(provider);
    page.document.fire("visibilitychange");
    await vi.advanceTimersByTimeAsync(2_999);
    await turns();
    expect(provider.status).toBe("synced");
    expect((await server.peer()).pings).toBe(1);
    await vi.advanceTimersByTimeAsync(1);
    expect((await closed).final).toBe(false);
    await advanceUntil(whenStatus(provider, "synced"));
    expect(server.livePeers).toHaveLength(1);
  });

  test("[CL35] a socket stuck in closing is replaced, and its end is told once", async () => {
    const provider = await connected();
    const peer = await server.peer();
    // Says it closes, and never reads the answer.
    peer.stopReading();
    peer.close(1012, "restarting");
    await turns();
    const closes: CloseInfo[] = [];
    provider.on("closed", (info) => closes.push(info));
    page.document.fire("visibilitychange");
    await vi.advanceTimersByTimeAsync(3_000);
    expect(closes).toEqual([{ code: 4000, reason: "nothing heard", final: false }]);
    expect(provider.status).toBe("offline");
    await advanceUntil(whenStatus(provider, "synced"));
    expect(closes).toHaveLength(1);
  });

  test("[CL33] a page that is hidden asks nothing", async () => {
    await connected();
    page.document.visibilityState = "hidden";
    page.document.fire("visibilitychange");
    await turns();
    expect((await server.peer()).pings).toBe(0);
  });

  test("[CL37] a page that is left sends what waits, says bye and closes", async () => {
    const provider = await connected();
    const peer = await server.peer();
    type(provider.doc, "last words");
    page.window.fire("pagehide");
    await peer.until(() => peer.closeCode !== undefined);
    expect(peer.messages.map((message) => message.type).slice(-2)).toEqual(["update", "bye"]);
    expect(peer.closeCode).toBe(1000);
    expect(textOf(server.doc)).toBe("last words");
    await vi.advanceTimersByTimeAsync(600_000);
    await turns();
    expect(server.peers).toHaveLength(1);
  });

  test("[CL37] disconnect and destroy do the same", async () => {
    for (const leave of ["disconnect", "destroy"] as const) {
      const provider = await connected();
      const peer = await server.peer(server.peers.length);
      type(provider.doc, leave);
      provider[leave]();
      await peer.until(() => peer.closeCode !== undefined);
      expect(peer.messages.map((message) => message.type).slice(-2)).toEqual(["update", "bye"]);
      expect(peer.closeCode).toBe(1000);
    }
    expect(textOf(server.doc)).toContain("destroy");
  });

  test("[CL38] a page brought back from the bfcache reconnects and becomes saved", async () => {
    const provider = await connected();
    server.behaviour.acks = false;
    type(provider.doc, "a");
    page.window.fire("pagehide");
    expect(provider.status).toBe("offline");
    provider.connect();
    await vi.advanceTimersByTimeAsync(5_000);
    await turns();
    expect(server.peers).toHaveLength(1);
    server.behaviour.acks = true;
    page.window.fire("pageshow", { persisted: true });
    await advanceUntil(whenStatus(provider, "synced"));
    await advanceUntil(provider.whenSaved());
    expect(server.livePeers).toHaveLength(1);
  });

  test("[CL38] a first pageshow, and one after disconnect, connect nothing", async () => {
    const provider = await connected();
    page.window.fire("pageshow", { persisted: false });
    provider.disconnect();
    page.window.fire("pagehide");
    page.window.fire("pageshow", { persisted: true });
    await vi.advanceTimersByTimeAsync(60_000);
    await turns();
    expect(server.peers).toHaveLength(1);
  });

  test("[CL38] nor does it after a final close code", async () => {
    const provider = await connected();
    (await server.peer()).close(4403, "not allowed here");
    await nextClose(provider);
    page.window.fire("pagehide");
    page.window.fire("pageshow", { persisted: true });
    await vi.advanceTimersByTimeAsync(60_000);
    await turns();
    expect(server.peers).toHaveLength(1);
  });

  test("[CL15] closing is asked about only while something typed here is not saved", async () => {
    const provider = await connected();
    expect(page.window.live).not.toContain("beforeunload");
    type(provider.doc, "a");
    expect(page.window.fire("beforeunload")).toBe(false);
    await advanceUntil(provider.whenSaved());
    expect(page.window.live).not.toContain("beforeunload");
    provider.disconnect();
    type(provider.doc, "b");
    expect(page.window.fire("beforeunload")).toBe(false);
    provider.destroy();
    expect(page.window.fire("beforeunload")).toBe(true);
  });

  test("[CL15] guardUnload: false never asks", async () => {
    const provider = openProvider({ url: server.url, guardUnload: false, connect: false });
    type(provider.doc, "a");
    expect(provider.saveState).toBe("unsaved");
    expect(page.window.live).not.toContain("beforeunload");
  });

  test("[CL39] destroy leaves no timer, listener or socket, in any state", async () => {
    const { doc } = await connected();
    const waiting = await connected();
    (await server.peer(2)).kill();
    await nextClose(waiting);
    const typing = await connected();
    typing.setPresence({ x: 1 });
    typing.setPresence({ x: 2 });
    type(typing.doc, "a");
    openProvider({ url: server.url });
    const asleep = openProvider({ url: server.url, connect: false });
    type(asleep.doc, "b");
    destroyProviders();
    await turns();
    // partysocket's timer of 0 ms finds its socket closed and makes none.
    await vi.advanceTimersByTimeAsync(0);
    await turns();
    expect(vi.getTimerCount()).toBe(0);
    expect(page.window.live).toEqual([]);
    expect(page.document.live).toEqual([]);
    expect(server.livePeers).toEqual([]);
    const { size: left = 0 } = doc._observers.get("update") ?? {};
    expect(left).toBe(0);
  });

  test("[CL39] destroying the document destroys its provider, twice does nothing", async () => {
    const provider = await connected();
    provider.doc.destroy();
    provider.destroy();
    provider.connect();
    await vi.advanceTimersByTimeAsync(60_000);
    await turns();
    expect(server.livePeers).toEqual([]);
    expect(provider.status).toBe("offline");
  });
});
