/**
 * P8 in a presence room of a real server: sockets that read nothing of a flood, though their heartbeats go on, and those that read slowly.
 */
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ASK_BYTES, MAX_ROOM_UNREAD_BYTES } from "../../src/core/people/readers.ts";
import { type Closed, RawPresence } from "../support/raw-presence.ts";
import { residentBytes } from "../support/resident-bytes.ts";
import { recordResult } from "../support/results.ts";
import { type TestServer, startServer } from "../support/server.ts";

const MIB = 1024 * 1024;
const SPEAKERS = 15;
const NON_READERS = 80;
const TICK_MS = 100;
const BEAT_MS = 3_000;
/** It ends when it was one: so much more was sent than may lie unread. */
const FLOOD_BYTES = 3 * MAX_ROOM_UNREAD_BYTES;
const MAX_FLOOD_MS = 90_000;
/** Everything that the bounds allow, and what a runtime that was idle before takes for a flood whoever reads it. */
const MAX_GROWTH_BYTES = 2 * MAX_ROOM_UNREAD_BYTES + 64 * MIB;
/** A slow one reads now and then. */
const DOZE_MS = 1_000;
/** The last one has read that it is closed by then, on a busy machine too. */
const CLOSED_MS = 30_000;
/** Nobody else is closed for so long: those were all. */
const QUIET_MS = 3_000;

let server: TestServer;

beforeAll(async () => {
  server = await startServer();
});
afterAll(async () => await server.stop());

async function join(count: number, isMute: boolean): Promise<readonly RawPresence[]> {
  const clients: RawPresence[] = [];
  for (let index = 0; index < count; index += 1) clients.push(await RawPresence.join(server, "page", { isMute }));
  return clients;
}

function speak(speaker: RawPresence, turn: number): void {
  speaker.messages.length = 0;
  speaker.send(
    { type: "event", name: `e${turn % 3}`, json: JSON.stringify("x".repeat(900)) },
    { type: "state", key: "k", json: JSON.stringify(`${turn} ${"s".repeat(1_500)}`) },
  );
}

async function connectionsOf(id: string): Promise<number> {
  const answer: unknown = await (await fetch(`${server.url}/v1/presence/${id}/count`)).json();
  return Number(Object(answer)["connections"]);
}

test(
  "[PP30] of eighty sockets that read nothing of a flood few are left, before they fill the memory; who reads slowly is, and who speaks",
  { timeout: 240_000 },
  async () => {
    const speakers = await join(SPEAKERS, false);
    const [slow, swift] = await join(2, false);
    if (slow === undefined || swift === undefined) throw new Error("there are two");
    const stuck = await join(NON_READERS, true);
    for (const { socket } of stuck) socket.pause();
    const heard = { bytes: 0, asks: 0 };
    swift.socket.on("message", (data: Buffer) => (heard.bytes += data.length));
    const beating = setInterval(() => stuck.forEach((one) => one.socket.readyState === 1 && one.ping()), BEAT_MS);
    const dozing = setInterval(() => {
      if (slow.socket.isPaused) slow.socket.resume();
      else slow.socket.pause();
    }, DOZE_MS);
    const before = await residentBytes(server.workerdPid());
    let most = 0;
    let left = NON_READERS;
    const startMs = performance.now();
    let firstMs = Infinity;
    const isFlood = () => heard.bytes * NON_READERS > FLOOD_BYTES && heard.bytes > ASK_BYTES && left < NON_READERS;
    for (let turn = 0; !isFlood() && performance.now() - startMs < MAX_FLOOD_MS; turn += 1) {
      for (const speaker of speakers) speak(speaker, turn);
      await delay(TICK_MS);
      if (turn % 10 > 0) continue;
      most = Math.max(most, (await residentBytes(server.workerdPid())) - before);
      left = (await connectionsOf("page")) - SPEAKERS - 2;
      if (left < NON_READERS) firstMs = Math.min(firstMs, performance.now() - startMs);
    }
    const { bytes } = heard;
    clearInterval(beating);
    clearInterval(dozing);
    slow.socket.resume();
    for (const { socket } of [...speakers, slow, swift]) expect(socket.readyState).toBe(1);
    // They were asked, and it was a flood.
    heard.asks = swift.messages.filter((message) => message.type === "pace" && message.pace.ask !== undefined).length;
    expect(heard.asks).toBeGreaterThan(0);
    expect(bytes).toBeGreaterThan(ASK_BYTES);
    expect(bytes * NON_READERS).toBeGreaterThan(FLOOD_BYTES);
    expect(most).toBeLessThan(MAX_GROWTH_BYTES);
    for (const { socket } of stuck) socket.resume();
    const closed: Closed[] = [];
    for (const one of stuck) void one.closed.then((how) => closed.push(how));
    // They read what lies there and then that they are closed. The room's own count is some seconds old.
    const isBounded = () => (NON_READERS - closed.length) * bytes < 1.1 * MAX_ROOM_UNREAD_BYTES;
    await expect.poll(isBounded, { timeout: CLOSED_MS }).toBe(true);
    let counted = -1;
    for (; counted !== closed.length; await delay(QUIET_MS)) counted = closed.length;
    left = NON_READERS - closed.length;
    // Together they have what all may have, and those who had more are gone.
    expect(left * bytes).toBeLessThan(1.1 * MAX_ROOM_UNREAD_BYTES);
    expect(new Set(closed.map(({ code, reason }) => `${code} ${reason}`))).toEqual(
      new Set(["1013 try again later: it does not read what it is sent"]),
    );
    recordResult("presence-non-readers", {
      promise: "P8",
      test: "a presence room with sockets that read nothing, though they send heartbeats, while others flood it",
      count: `${NON_READERS} of ${NON_READERS + SPEAKERS + 2} sockets`,
      result: `${NON_READERS - left} closed with 1013, from ${Math.round(firstMs / 1_000)} s on, nobody else; the runtime grew by ${Math.round(most / MIB)} MiB where they were sent ${Math.round((bytes * NON_READERS) / MIB)}`,
    });
    for (const { socket } of [...speakers, ...stuck, slow, swift]) socket.terminate();
  },
);
