import { once } from "node:events";
import { type Socket as TcpSocket, createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { openPartySocket } from "../../../client/party-socket.ts";
import { openPlainSocket } from "../../../client/plain-socket.ts";
import type { OpenSocket, Socket } from "../../../client/socket.ts";
import { CLIENT_TIMERS, PATIENT, pass } from "../../support/client-providers.ts";

let server: WebSocketServer;
let url: string;
let socket: Socket | undefined;
const accepted: WebSocket[] = [];

beforeEach(async () => {
  server = new WebSocketServer({ port: 0, host: "127.0.0.1", handleProtocols: () => "roost" });
  await once(server, "listening");
  // SAFETY: listening on TCP, so an address with a port.
  url = `ws://127.0.0.1:${(server.address() as AddressInfo).port}`;
  server.on("connection", (peer) => accepted.push(peer));
});
afterEach(() => {
  socket?.close();
  accepted.length = 0;
  for (const peer of server.clients) peer.terminate();
  server.close();
  vi.useRealTimers();
});

function open(openSocket: OpenSocket, socketUrl = url) {
  const heard = { opens: 0, data: [] as unknown[], lost: [] as (readonly [number, string])[], asked: 0 };
  const opened = openSocket({
    socketUrl,
    WebSocket,
    protocols: async () => {
      heard.asked += 1;
      return await Promise.resolve(["roost"]);
    },
    onOpen: () => {
      heard.opens += 1;
    },
    onData: (data) => heard.data.push(data),
    onLost: (code, reason) => heard.lost.push([code, reason]),
  });
  socket = opened;
  return { socket: opened, heard };
}

describe.each([
  ["partysocket", openPartySocket],
  ["the platform's own", openPlainSocket],
])("a socket on %s", (_what, openSocket) => {
  test("[CP16] opens once, brings binary frames as buffers, and sends", async () => {
    const { socket: opened, heard } = open(openSocket);
    expect(opened.isOpen()).toBe(false);
    await vi.waitUntil(() => heard.opens === 1, PATIENT);
    expect(opened.isOpen()).toBe(true);
    const [peer] = accepted;
    if (peer === undefined) throw new Error("nobody came");
    const received = once(peer, "message");
    opened.send(new Uint8Array([1, 2]));
    // SAFETY: ws gives a Buffer.
    expect([...((await received)[0] as Buffer)]).toEqual([1, 2]);
    peer.send(new Uint8Array([3]));
    peer.send("pong");
    await vi.waitUntil(() => heard.data.length === 2, PATIENT);
    expect([heard.data[0] instanceof ArrayBuffer, heard.data[1]]).toEqual([true, "pong"]);
    expect(heard.lost).toEqual([]);
  });

  test("[CP16] tells of each end once, and asks again for protocols before the next attempt", async () => {
    const { heard } = open(openSocket);
    await vi.waitUntil(() => heard.opens === 1, PATIENT);
    accepted[0]?.close(1012, "restarting");
    await vi.waitUntil(() => heard.opens === 2, PATIENT);
    accepted[1]?.terminate();
    await vi.waitUntil(() => heard.opens === 3, PATIENT);
    expect(heard.lost).toEqual([
      [1012, "restarting"],
      [1006, ""],
    ]);
    expect(heard.asked).toBe(3);
  });

  test("[CP16] a final code is the last of it", async () => {
    const { heard } = open(openSocket);
    await vi.waitUntil(() => heard.opens === 1, PATIENT);
    accepted[0]?.close(4403, "not allowed here");
    await vi.waitUntil(() => heard.lost.length === 1, PATIENT);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect([heard.lost, heard.asked]).toEqual([[[4403, "not allowed here"]], 1]);
  });

  test("[CP16] that is given up is told of at once, in our words, and replaced", async () => {
    const { socket: opened, heard } = open(openSocket);
    await vi.waitUntil(() => heard.opens === 1, PATIENT);
    const closed = once(accepted[0] ?? server, "close");
    opened.reconnect(4000, "nothing heard");
    expect(heard.lost).toEqual([[4000, "nothing heard"]]);
    await vi.waitUntil(() => heard.opens === 2, PATIENT);
    expect((await closed)[0]).toBe(4000);
    expect(heard.lost).toHaveLength(1);
    expect(server.clients.size).toBe(1);
  });

  test("[CP16] that never answers is given up after 10 s, as one that failed", async () => {
    const silent = createServer();
    const calls: TcpSocket[] = [];
    silent.on("connection", (call) => calls.push(call));
    silent.listen(0, "127.0.0.1");
    await once(silent, "listening");
    vi.useFakeTimers({ toFake: [...CLIENT_TIMERS] });
    // SAFETY: listening on TCP, so an address with a port.
    const { heard } = open(openSocket, `ws://127.0.0.1:${(silent.address() as AddressInfo).port}`);
    await pass(0);
    // Moves the clock a little, too.
    await vi.waitUntil(() => calls.length === 1, PATIENT);
    await pass(9_500);
    expect(heard.lost).toEqual([]);
    await pass(500);
    expect(heard.lost.map(([code]) => code)).toEqual([1006]);
    await vi.waitUntil(() => calls.length === 2, PATIENT);
    socket?.close();
    for (const call of calls) call.destroy();
    silent.close();
  });

  test("[CP16] that nobody accepts is a failed attempt", async () => {
    const closed = createServer();
    closed.listen(0, "127.0.0.1");
    await once(closed, "listening");
    // SAFETY: listening on TCP, so an address with a port.
    const { port } = closed.address() as AddressInfo;
    closed.close();
    await once(closed, "close");
    const { heard } = open(openSocket, `ws://127.0.0.1:${port}`);
    await vi.waitUntil(() => heard.lost.length > 0, PATIENT);
    socket?.close();
    expect(heard.lost[0]?.[0]).toBe(1006);
  });

  test("[CP16] once closed it makes no attempt, wherever it was", async () => {
    const waiting = open(openSocket);
    waiting.socket.close();
    const used = open(openSocket);
    await vi.waitUntil(() => used.heard.opens === 1, PATIENT);
    used.socket.close();
    await once(accepted[0] ?? server, "close");
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect([waiting.heard.opens, used.heard.opens, accepted.length]).toEqual([0, 1, 1]);
  });
});
