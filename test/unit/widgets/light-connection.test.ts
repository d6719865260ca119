/**
 * The widget's connection beside the one that it stands in for: the same server, the same words.
 */
import { type Server, type Socket as TcpSocket, createServer } from "node:net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { WebSocket } from "ws";
import type { CloseInfo } from "../../../client/connection.ts";
import { openRoomConnection as openLight } from "../../../client/light-connection.ts";
import { type RoomConnection, openRoomConnection } from "../../../client/presence/room-connection.ts";
import { encodeFrame } from "../../../client/presence/wire.ts";
import { CLIENT_TIMERS, advanceUntil, pass } from "../../support/client-providers.ts";
import { PresenceTestServer } from "../../support/presence-test-server.ts";

/** As browsers have it: a failure is no exception. */
class BrowserSocket extends WebSocket {
  constructor(url: string, protocols: string[]) {
    super(url, protocols);
    this.on("error", () => undefined);
  }
}

let server: PresenceTestServer;
const opened: RoomConnection[] = [];

beforeEach(async () => {
  server = await PresenceTestServer.start();
  vi.stubGlobal("WebSocket", BrowserSocket);
  vi.spyOn(Math, "random").mockReturnValue(0.5);
  vi.useFakeTimers({ toFake: [...CLIENT_TIMERS] });
});
afterEach(async () => {
  for (const connection of opened.splice(0)) connection.close();
  vi.useRealTimers();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  await server.stop();
});

describe.each([
  ["the whole one", openRoomConnection],
  ["the widget's", openLight],
])("a connection: %s", (_what, open) => {
  function connect(source = "", socketUrl = `${server.url.replace("http", "ws")}/v1/presence/lobby/connect`) {
    const heard = { opens: 0, frames: 0, closes: [] as CloseInfo[], summaries: [] as object[] };
    const connection = open({
      socketUrl,
      httpUrl: `${server.url}/v1/presence/lobby/count`,
      source,
      sendToken: () => undefined,
      WebSocket: undefined,
      onOpen: () => {
        heard.opens += 1;
        connection.send(encodeFrame([[0, 1, "{}"]]));
      },
      onFrame: () => {
        heard.frames += 1;
        connection.synced();
      },
      onClose: (info) => heard.closes.push(info),
      onError: () => undefined,
      readSummary: (summary) => {
        heard.summaries.push(summary);
        return undefined;
      },
    });
    opened.push(connection);
    return { connection, heard };
  }
  const until = async (isTrue: () => boolean) => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const timer = setInterval(() => isTrue() && resolve(), 1);
    await advanceUntil(promise);
    clearInterval(timer);
  };

  test("[CP16] says what it is and hears frames", async () => {
    const { heard } = connect("pk_demo.a.1.mac");
    await until(() => heard.frames === 1);
    expect(server.peers[0]?.protocols).toEqual(["roost.presence.v1", "roost.token.pk_demo.a.1.mac"]);
    connect();
    await advanceUntil(server.peer(2));
    expect(server.peers[1]?.protocols).toEqual(["roost.presence.v1"]);
  });

  test.each([
    [1000, 501],
    [1001, 501],
    [1006, 501],
    [1012, 501],
    [1013, 7_501],
    [4501, 1],
    [4508, 7_501],
    [4529, 7_501],
  ])("[CP16] after %i it tries again, not before and not later", async (code, withinMs) => {
    const { heard } = connect();
    await until(() => heard.frames === 1);
    if (code === 1006) server.peers[0]?.kill();
    else server.peers[0]?.close(code, "told so");
    await until(() => heard.closes.length === 1);
    expect(heard.closes).toEqual([{ code, reason: code === 1006 ? "" : "told so", final: false }]);
    await pass(Math.max(0, withinMs - 100));
    if (withinMs > 1) expect(server.peers).toHaveLength(1);
    await pass(100);
    await until(() => heard.opens === 2);
  });

  test.each([4400, 4401, 4403, 4404, 4413])("[CP16] after %i it does not", async (code) => {
    const { connection, heard } = connect();
    await until(() => heard.frames === 1);
    server.peers[0]?.close(code, "told so");
    await until(() => heard.closes.length === 1);
    await pass(600_000);
    connection.hurry();
    await pass(1_000);
    expect([heard.closes, heard.opens]).toEqual([[{ code, reason: "told so", final: true }], 1]);
  });

  test("[CP16] delays grow, and start anew after 5 s in sync", async () => {
    const { heard } = connect();
    const waits: number[] = [];
    server.mustGreet = false;
    for (let turn = 1; turn <= 4; turn += 1) {
      await until(() => heard.opens === turn);
      if (turn === 4) await until(() => heard.frames === 1);
      if (turn === 4) await pass(5_000);
      if (turn === 3) server.mustGreet = true;
      server.peers[turn - 1]?.kill();
      await until(() => heard.closes.length === turn);
      const atMs = performance.now();
      await until(() => heard.opens === turn + 1);
      waits.push(Math.round((performance.now() - atMs) / 100) * 100);
    }
    expect(waits).toEqual([500, 400, 700, 500]);
  });

  test("[CP16] that hears nothing is given up within 45 s; one whose answers are late is not", async () => {
    const { heard } = connect();
    await until(() => heard.frames === 1);
    for (let turn = 0; turn < 4; turn += 1) await pass(30_000);
    expect(heard.closes).toEqual([]);
    server.pongs = false;
    for (let turn = 0; turn < 9; turn += 1) await pass(5_000);
    await until(() => heard.closes.length === 1);
    expect(heard.closes[0]).toMatchObject({ code: 4000, final: false });
    expect(await advanceUntil(server.peers[0]?.closed() ?? Promise.reject(new Error("no peer")))).toBeDefined();
    expect(server.peers[0]?.closeCode).toBe(4000);
  });

  test("[CP16] in a hurry it asks for a sign of life, ends a wait, and keeps a pause that the server asked for", async () => {
    const { connection, heard } = connect();
    await until(() => heard.frames === 1);
    connection.hurry();
    for (let turn = 0; turn < 10; turn += 1) await pass(500);
    expect(heard.closes).toEqual([]);
    server.pongs = false;
    connection.hurry();
    await pass(2_900);
    expect(heard.closes).toEqual([]);
    await pass(100);
    expect(heard.closes.map(({ code }) => code)).toEqual([4000]);
    connection.hurry();
    await pass(1);
    await until(() => heard.opens === 2);
    server.peers[1]?.close(1013, "later");
    await until(() => heard.closes.length === 2);
    connection.hurry();
    await pass(4_900);
    expect(server.peers).toHaveLength(2);
  });

  test.each([
    [400, 4400],
    [401, 4401],
    [403, 4403],
    [410, 4404],
  ])("[CP16] the answer %i to a plain request ends the attempts", async (status, code) => {
    server.refusal = [status, "as-told"];
    const { heard } = connect("key");
    await until(() => heard.closes.some(({ final }) => final));
    expect(heard.closes.at(-1)).toEqual({ code, reason: "As told", final: true });
    const { length } = heard.closes;
    await pass(600_000);
    expect([heard.closes.length, server.asked]).toEqual([length, ["/v1/presence/lobby/count Bearer key"]]);
  });

  test("[CP15] a room that is full says how many are in it, and is tried again slowly", async () => {
    server.refusal = [429, "room-limit"];
    server.summary = { people: 5_000, connections: 5_100, size: "count" };
    const { heard } = connect();
    await until(() => heard.summaries.length === 1);
    expect(heard.summaries).toEqual([server.summary]);
    const before = heard.closes.length;
    await until(() => heard.closes.length === before + 1);
    server.refusal = undefined;
    await pass(500);
    expect(heard.opens).toBe(0);
    await until(() => heard.opens === 1);
  });

  test("[CP16] a handshake that nobody answers is given up after 10 s, and made again", async () => {
    const calls: TcpSocket[] = [];
    const silent: Server = createServer((call) => calls.push(call)).listen(0, "127.0.0.1");
    await new Promise((resolve) => silent.once("listening", resolve));
    const address = silent.address();
    if (address === null || typeof address === "string") throw new Error("a port");
    const { heard } = connect("", `ws://127.0.0.1:${address.port}`);
    await vi.waitUntil(() => calls.length === 1);
    await pass(9_500);
    expect(heard.closes).toEqual([]);
    await pass(500);
    expect(heard.closes.map(({ code }) => code)).toEqual([1006]);
    await pass(1_000);
    await vi.waitUntil(() => calls.length === 2);
    for (const call of calls) call.destroy();
    silent.close();
  });

  test("[CP16] closed, it says so and makes no attempt, wherever it was", async () => {
    const early = connect();
    early.connection.close();
    const { connection, heard } = connect();
    await until(() => heard.frames === 1);
    connection.close();
    connection.send(encodeFrame([[9]]));
    await pass(600_000);
    expect([early.heard.opens, heard.opens, heard.closes]).toEqual([0, 1, []]);
    expect(server.peers.at(-1)?.closeCode).toBe(1000);
  });
});
