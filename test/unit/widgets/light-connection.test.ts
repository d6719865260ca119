/**
 * The widget's connection beside the one that it stands in for: the same server, the same words.
 */
import { type Server, type Socket as TcpSocket, createServer } from "node:net";
import { describe, expect, test, vi } from "vitest";
import { encodeFrame } from "../../../client/presence/wire.ts";
import { PATIENT, advanceUntil, pass } from "../../support/client-providers.ts";
import { BOTH, until, useConnections } from "../../support/room-connections.ts";

const { server, connect } = useConnections();

describe.each(BOTH)("a connection: %s", (_what, open) => {
  test("[CP16] says what it is and hears frames", async () => {
    const { heard } = connect(open, "pk_demo.a.1.mac");
    await until(() => heard.frames === 1);
    expect(server().peers[0]?.protocols).toEqual(["roost.presence.v1", "roost.token.pk_demo.a.1.mac"]);
    connect(open);
    await advanceUntil(server().peer(2));
    expect(server().peers[1]?.protocols).toEqual(["roost.presence.v1"]);
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
    const { heard } = connect(open);
    await until(() => heard.frames === 1);
    if (code === 1006) server().peers[0]?.kill();
    else server().peers[0]?.close(code, "told so");
    await until(() => heard.closes.length === 1);
    expect(heard.closes).toEqual([{ code, reason: code === 1006 ? "" : "told so", final: false }]);
    await pass(Math.max(0, withinMs - 100));
    if (withinMs > 1) expect(server().peers).toHaveLength(1);
    await pass(100);
    // The clock stands: the attempt was made.
    await server().until(() => server().peers.length === 2);
  });

  test("[CP16] after a second 4501 in a row it does not try at once", async () => {
    const { heard } = connect(open);
    await until(() => heard.frames === 1);
    for (const turn of [1, 2]) {
      server().peers[turn - 1]?.close(4501, "again");
      await until(() => heard.closes.length === turn);
      if (turn === 1) await until(() => heard.opens === 2);
    }
    await pass(350);
    expect(server().peers).toHaveLength(2);
    await pass(100);
    await server().until(() => server().peers.length === 3);
  });

  test.each([4400, 4401, 4403, 4404, 4413])("[CP16] after %i it does not", async (code) => {
    const { connection, heard } = connect(open);
    await until(() => heard.frames === 1);
    server().peers[0]?.close(code, "told so");
    await until(() => heard.closes.length === 1);
    await pass(600_000);
    connection.hurry();
    await pass(1_000);
    expect([heard.closes, heard.opens]).toEqual([[{ code, reason: "told so", final: true }], 1]);
  });

  test("[CP16] delays grow, and start anew after 5 s in sync", async () => {
    const { heard } = connect(open);
    const waits: number[] = [];
    server().mustGreet = false;
    for (let turn = 1; turn <= 4; turn += 1) {
      await until(() => heard.opens === turn);
      if (turn === 4) await until(() => heard.frames === 1);
      if (turn === 4) await pass(5_000);
      if (turn === 3) server().mustGreet = true;
      server().peers[turn - 1]?.kill();
      await until(() => heard.closes.length === turn);
      const atMs = performance.now();
      await until(() => heard.opens === turn + 1);
      waits.push(Math.round((performance.now() - atMs) / 100) * 100);
    }
    expect(waits).toEqual([500, 400, 700, 500]);
  });

  test("[CP16] that hears nothing is given up within 45 s; one whose answers are late is not", async () => {
    const { heard } = connect(open);
    await until(() => heard.frames === 1);
    for (let turn = 0; turn < 4; turn += 1) await pass(30_000);
    expect(heard.closes).toEqual([]);
    server().pongs = false;
    for (let turn = 0; turn < 9; turn += 1) await pass(5_000);
    await until(() => heard.closes.length === 1);
    expect(heard.closes[0]).toMatchObject({ code: 4000, final: false });
    expect(await advanceUntil(server().peers[0]?.closed() ?? Promise.reject(new Error("no peer")))).toBeDefined();
    expect(server().peers[0]?.closeCode).toBe(4000);
  });

  test("[CP16] in a hurry it asks for a sign of life, ends a wait, and keeps a pause that the server asked for", async () => {
    const { connection, heard } = connect(open);
    await until(() => heard.frames === 1);
    connection.hurry();
    for (let turn = 0; turn < 10; turn += 1) await pass(500);
    expect(heard.closes).toEqual([]);
    server().pongs = false;
    connection.hurry();
    await pass(2_900);
    expect(heard.closes).toEqual([]);
    await pass(100);
    expect(heard.closes.map(({ code }) => code)).toEqual([4000]);
    connection.hurry();
    await pass(1);
    await until(() => heard.opens === 2);
    server().peers[1]?.close(1013, "later");
    await until(() => heard.closes.length === 2);
    connection.hurry();
    await pass(4_900);
    expect(server().peers).toHaveLength(2);
  });

  test("[CP16] a handshake that nobody answers is given up after 10 s, and made again", async () => {
    const calls: TcpSocket[] = [];
    const silent: Server = createServer((call) => calls.push(call)).listen(0, "127.0.0.1");
    await new Promise((resolve) => silent.once("listening", resolve));
    const address = silent.address();
    if (address === null || typeof address === "string") throw new Error("a port");
    const { heard } = connect(open, "", `ws://127.0.0.1:${address.port}`);
    await vi.waitUntil(() => calls.length === 1, PATIENT);
    await pass(9_500);
    expect(heard.closes).toEqual([]);
    await pass(500);
    expect(heard.closes.map(({ code }) => code)).toEqual([1006]);
    await pass(1_000);
    await vi.waitUntil(() => calls.length === 2, PATIENT);
    for (const call of calls) call.destroy();
    silent.close();
  });

  test("[CP16] closed, it says so and makes no attempt, wherever it was", async () => {
    const early = connect(open);
    early.connection.close();
    const { connection, heard } = connect(open);
    await until(() => heard.frames === 1);
    connection.close();
    connection.send(encodeFrame([[9]]));
    await pass(600_000);
    expect([early.heard.opens, heard.opens, heard.closes]).toEqual([0, 1, []]);
    expect(server().peers.at(-1)?.closeCode).toBe(1000);
  });
});
