import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { CloseInfo, ConnectionStatus, DocumentProvider } from "../../../client/index.ts";
import { isBackOffCloseCode, isFinalCloseCode } from "../../../src/protocol/close-codes.ts";
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

let server: ClientTestServer;

beforeEach(async () => {
  server = await ClientTestServer.start();
  vi.useFakeTimers({ toFake: [...CLIENT_TIMERS] });
});
afterEach(async () => {
  destroyProviders();
  vi.useRealTimers();
  vi.restoreAllMocks();
  await server.stop();
});

function nextClose(provider: DocumentProvider): Promise<CloseInfo> {
  return new Promise((resolve) => {
    provider.once("closed", resolve);
  });
}

/** Lets the network and the client's timers of `ms` run, in one step. */
async function pass(ms: number): Promise<void> {
  await vi.advanceTimersByTimeAsync(ms);
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve));
}

async function connected(): Promise<DocumentProvider> {
  const provider = openProvider({ url: server.url });
  await advanceUntil(provider.whenSynced);
  return provider;
}

const ALL_CODES = [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 4000].concat([
  4100, 4400, 4401, 4403, 4404, 4413, 4499, 4500, 4501, 4508, 4529, 4999,
]);

describe("reconnecting", () => {
  test.each(ALL_CODES)("[CL32] a server that closes with %i", async (code) => {
    vi.spyOn(Math, "random").mockReturnValue(0.999);
    const provider = await connected();
    const closed = nextClose(provider);
    (await server.peer()).close(code, "told so");
    const info = await closed;
    expect(info).toEqual({ code, reason: "told so", final: isFinalCloseCode(code) });
    expect(provider.lastClose).toEqual(info);
    expect(provider.status).toBe("offline");
    await pass(isBackOffCloseCode(code) ? 4_999 : 0);
    // At once only where the token has ended.
    expect(server.peers).toHaveLength(code === 4501 ? 2 : 1);
    if (!info.final) return void (await advanceUntil(whenStatus(provider, "synced"), 30_000));
    await pass(600_000);
    expect(server.peers).toHaveLength(1);
  });

  test("[CL32] a document deleted under us keeps its text here, says why, and connects again only when asked", async () => {
    const provider = await connected();
    type(provider.doc, "mine");
    await advanceUntil(provider.whenSaved());
    (await server.peer()).close(4404, "document deleted");
    expect(await nextClose(provider)).toEqual({ code: 4404, reason: "document deleted", final: true });
    await pass(600_000);
    expect(server.peers).toHaveLength(1);
    expect(textOf(provider.doc)).toBe("mine");
    provider.connect();
    await advanceUntil(whenStatus(provider, "synced"));
    expect(server.peers).toHaveLength(2);
  });

  test.each([
    ["at once when asked for", 500],
    ["within a second by itself", 1_500],
  ])("[CL43] a socket that the server swept while the lid was closed comes back %s", async (_when, limitMs) => {
    vi.spyOn(Math, "random").mockReturnValue(0.999);
    const provider = await connected();
    await pass(5_000);
    (await server.peer()).close(1001, "nothing was heard");
    await nextClose(provider);
    await pass(10);
    // As a page that is shown again does.
    if (limitMs < 1_000) provider.connect();
    expect(await advanceUntil(whenStatus(provider, "synced"))).toBeLessThan(limitMs);
  });

  test("[CL30] a server that accepts and closes is asked ever more rarely", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.999);
    const atMs: number[] = [];
    server.onConnect = (peer) => {
      atMs.push(performance.now());
      peer.close(1012, "restarting");
    };
    openProvider({ url: server.url });
    await advanceUntil(
      server.until(() => atMs.length >= 9),
      200_000,
      20,
    );
    const gaps = atMs.slice(1).map((at, index) => Math.round((at - (atMs[index] ?? 0)) / 100) * 100);
    const expected = [1_000, 850, 1_445, 2_456, 4_176, 7_099, 10_000, 10_000];
    for (const [index, gap] of gaps.entries()) {
      expect(gap).toBeGreaterThanOrEqual((expected[index] ?? 0) - 100);
      // Real sockets open in real time, while the client's clock runs.
      expect(gap).toBeLessThanOrEqual((expected[index] ?? 0) + 1_500);
    }
  });

  test("[CL30] five seconds in sync start the count anew, a sync that is cut at once does not", async () => {
    vi.spyOn(Math, "random").mockReturnValue(0.999);
    const provider = await connected();
    for (let round = 2; round <= 4; round++) {
      (await server.peer(round - 1)).kill();
      await nextClose(provider);
      await advanceUntil(whenStatus(provider, "synced"), 200_000, 20);
    }
    (await server.peer(4)).kill();
    await nextClose(provider);
    // Fourth failure in a row: 2.45 s, not one.
    await pass(2_000);
    expect(server.peers).toHaveLength(4);
    await advanceUntil(whenStatus(provider, "synced"), 200_000, 20);
    await pass(5_000);
    (await server.peer(5)).kill();
    await nextClose(provider);
    await pass(1_000);
    await advanceUntil(whenStatus(provider, "synced"));
  });

  test("[CL30] 200 clients cut by a deploy come back spread over a second, not together", async () => {
    const delays: number[] = [];
    const all = Array.from({ length: 200 }, () => openProvider({ url: server.url }));
    await advanceUntil(Promise.all(all.map(({ whenSynced }) => whenSynced)));
    await pass(5_000);
    const closed = Promise.all(all.map(nextClose));
    const timer = vi.spyOn(globalThis, "setTimeout");
    for (const peer of server.livePeers) peer.close(1012, "deploy");
    await closed;
    // partysocket's own timer of 0 ms comes first, ours is the one that runs after it.
    await vi.advanceTimersByTimeAsync(0);
    for (const [, delayMs] of timer.mock.calls) if (delayMs !== undefined && delayMs > 0) delays.push(delayMs);
    timer.mockRestore();
    expect(delays.length).toBeGreaterThanOrEqual(200);
    const retries = delays.filter((delayMs) => delayMs <= 1_000);
    const perTenth = Array.from({ length: 10 }, (_value, tenth) => {
      return retries.filter((delayMs) => Math.floor(delayMs / 100) === tenth).length;
    });
    // 20 are expected in each; 45 would be 6 standard deviations away.
    expect(Math.max(...perTenth)).toBeLessThan(45);
    expect(Math.min(...perTenth)).toBeGreaterThan(0);
  });

  test("[CL35] connect and disconnect in any order leave one live socket, or none", async () => {
    const provider = await connected();
    for (let round = 0; round < 10; round++) {
      provider.disconnect();
      provider.connect();
      provider.connect();
    }
    await advanceUntil(whenStatus(provider, "synced"));
    await pass(30_000);
    expect(server.livePeers).toHaveLength(1);
    provider.disconnect();
    provider.connect();
    provider.disconnect();
    await pass(60_000);
    expect(server.livePeers).toHaveLength(0);
    expect(provider.status).toBe("offline");
  });

  test("[CL41] status: connecting, offline while nobody answers, connecting once open, synced", async () => {
    const { port } = server;
    await server.stop();
    const provider = openProvider({ url: `ws://127.0.0.1:${port}` });
    const seen: ConnectionStatus[] = [provider.status];
    provider.on("status", (status) => seen.push(status));
    await advanceUntil(nextClose(provider));
    await advanceUntil(nextClose(provider));
    expect(provider.lastClose).toMatchObject({ code: 1006, final: false });
    server = await ClientTestServer.start(port);
    await advanceUntil(provider.whenSynced);
    provider.disconnect();
    expect(seen).toEqual(["connecting", "offline", "connecting", "synced", "offline"]);
  });
});

describe("signs of life", () => {
  test("[CL34] a socket that went silent is replaced within 45 s and nothing typed is lost", async () => {
    const provider = await connected();
    server.onFrame = (peer) => peer === server.peers[0];
    server.behaviour.pongs = false;
    const closed = nextClose(provider);
    type(provider.doc, "into the void");
    await pass(44_000);
    expect(server.peers).toHaveLength(1);
    await pass(1_000);
    expect(await closed).toEqual({ code: 4000, reason: "nothing heard", final: false });
    server.behaviour.pongs = true;
    await advanceUntil(provider.whenSaved());
    expect(textOf(server.doc)).toBe("into the void");
    expect(server.livePeers).toHaveLength(1);
  });

  test("[CL34] pings go out every 20 s and their answers keep the socket", async () => {
    await connected();
    for (let beat = 0; beat < 10; beat++) await pass(20_000);
    expect(server.peers).toHaveLength(1);
    expect((await server.peer()).pings).toBe(10);
  });
});
