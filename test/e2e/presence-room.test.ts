/**
 * Presence rooms of a real server, by its own clock: P2 and P5, every way of leaving, who is refused.
 */
import { json } from "node:stream/consumers";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import WebSocket from "ws";
import { PRESENCE_SUBPROTOCOL } from "../../src/protocol/presence-messages.ts";
import { type ClosedServer, createProject, startClosedServer } from "../support/closed-server.ts";
import { FAULTY_WORKER, readProbe } from "../support/faults.ts";
import { RawPresence } from "../support/raw-presence.ts";
import { recordResult } from "../support/results.ts";
import { type TestServer, startServer } from "../support/server.ts";

const isLong = process.env["ROOST_LONG"] === "1";
const SOCKETS = 100;
/** The runtime evicts after 10 s without an event, a timer or a pending promise. */
const EVICTED_AFTER_MS = 14_000;
const HOLD_MS = 5_000;
/** In the long run the default, which is what clients are built for. */
const SILENCE_MS = isLong ? 90_000 : 24_000;
/** Sooner than by default, so that a test sees some: after 5, 10, 20 and 40 s, then every 20 s. */
const SWEEP_FIRST_MS = 5_000;
const SWEEP_MAX_MS = 20_000;
const BEAT_MS = SILENCE_MS / 6;
/** Made when the first one joined, and woken at least so often by sweeps before the silence was over. */
const MIN_WAKES = isLong ? 3 : 2;
const POLL_MS = 10;
const PAGE = "https://shop.example";

let server: TestServer;
let closed: ClosedServer;

beforeAll(async () => {
  const vars = {
    ROOST_SWEEP_FIRST_MS: String(SWEEP_FIRST_MS),
    ROOST_SWEEP_MAX_MS: String(SWEEP_MAX_MS),
    ...(isLong ? {} : { ROOST_HEARTBEAT_SILENCE_MS: String(SILENCE_MS) }),
  };
  [server, closed] = await Promise.all([startServer({ entry: FAULTY_WORKER, vars }), startClosedServer()]);
});
afterAll(async () => await Promise.all([server.stop(), closed.stop()]));

async function wakesOf(id: string): Promise<number> {
  return (await readProbe(server.url)).wakes[`default/presence/${id}`] ?? 0;
}

async function joinAll(id: string, count: number): Promise<readonly RawPresence[]> {
  const peers: RawPresence[] = [];
  for (let index = 0; index < count; index += 1) {
    peers.push(await RawPresence.join(server, id, { hello: { user: { name: `visitor ${index}` } } }));
  }
  await knowEachOther(peers);
  return peers;
}

async function knowEachOther(peers: readonly RawPresence[]): Promise<void> {
  await until("all know each other", () => peers.every(({ people }) => people.size === peers.length));
}

function at<T>(list: readonly T[], index: number): T {
  const found = list[index];
  if (found === undefined) throw new Error(`there is no ${index}`);
  return found;
}

/** A machine that is busy may do everything so much later. */
const BUSY_MS = 3_500;

/** The tests run side by side, where `expect.poll` loses its test. */
async function until(what: string, isSo: () => boolean, withinMs = 30_000): Promise<void> {
  const endMs = performance.now() + withinMs;
  while (!isSo()) {
    if (performance.now() > endMs) throw new Error(`not in ${withinMs} ms: ${what}`);
    await delay(POLL_MS);
  }
}

/** The problem with which a socket is refused before there is one. */
async function refusalOf(address: string, origin: string): Promise<unknown> {
  const socket = new WebSocket(address, PRESENCE_SUBPROTOCOL, { origin });
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  socket.once("open", () => reject(new Error("it was let in")));
  socket.once("unexpected-response", (_request, response) => void json(response).then(resolve, reject));
  return await promise;
}

/** Side by side, the longest first: most of it is waiting, and a silence and a sweep are what it all takes. */
describe.concurrent("a presence room of a real server", () => {
  test.each([
    ["awake", true],
    ["asleep", false],
  ] as const)(
    `[PO5] a socket that says nothing for ${SILENCE_MS / 1_000} s is gone a sweep later, in a room that is %s`,
    { timeout: 180_000 },
    async (name, isAwake) => {
      const id = `vanished-${name}`;
      const earliestMs = performance.now();
      const peers = await joinAll(id, 3);
      const startMs = performance.now();
      const [watcher, mover, frozen] = [at(peers, 0), at(peers, 1), at(peers, 2)];
      const beating = setInterval(() => [watcher, mover].forEach((peer) => peer.ping()), BEAT_MS);
      const moving = setInterval(() => isAwake && mover.send({ type: "cursor", anchor: 1, x: 1, y: 1 }), 1_000);
      const boundMs = SILENCE_MS + (isAwake ? SWEEP_FIRST_MS : SWEEP_MAX_MS) + 2_000 + BUSY_MS;
      await until("the frozen one has left", () => watcher.leftMs.size === 1, boundMs + 10_000);
      clearInterval(beating);
      clearInterval(moving);
      const goneMs = watcher.leftMs.get(frozen.actor) ?? Infinity;
      expect(goneMs - earliestMs).toBeGreaterThan(SILENCE_MS);
      expect(goneMs - startMs).toBeLessThan(boundMs);
      expect(await frozen.closed).toMatchObject({ code: 1001, reason: "nothing was heard for too long" });
      if (isAwake) expect(await wakesOf(id)).toBe(1);
      else expect(await wakesOf(id)).toBeGreaterThanOrEqual(MIN_WAKES);
      for (const peer of [watcher, mover]) peer.socket.close();
    },
  );

  test(
    "[P2] [P5] a hundred quiet sockets: the room sleeps; one moves, all see it, nobody was asked for anything",
    { timeout: 180_000 },
    async () => {
      const id = "quiet";
      const peers = await joinAll(id, SOCKETS);
      const beating = setInterval(() => peers.forEach((peer) => peer.ping()), 3_000);
      const mover = at(peers, 0);
      const others = peers.slice(1);
      const moveOnce = async (y: number) => {
        // Three sweeps, one of which may wake it, and tell nobody anything; then it sleeps until the fourth.
        await delay(4 * SWEEP_FIRST_MS + EVICTED_AFTER_MS);
        const before = await wakesOf(id);
        for (const peer of peers) peer.messages.length = 0;
        const startMs = performance.now();
        mover.send({ type: "cursor", anchor: 7, x: 100, y });
        await until("all see the move", () => others.every(({ messages }) => messages.length > 0));
        return { y, seenMs: performance.now() - startMs, wakes: (await wakesOf(id)) - before };
      };
      let moved = await moveOnce(200);
      // On a busy machine that may be late, and the fourth sweep has woken it right before.
      for (let again = 0; moved.wakes !== 1 && again < 2; again += 1) moved = await moveOnce(201 + again);
      clearInterval(beating);
      expect(moved.wakes).toBe(1);
      await delay(500);
      const move = { type: "cursor", actor: mover.actor, anchor: 7, x: 100, y: moved.y };
      for (const peer of others) expect(peer.messages).toEqual([move]);
      // The anchor that it named is told to its other tabs as well.
      expect([[], [move]]).toContainEqual(mover.messages);
      const newcomer = await RawPresence.join(server, id);
      await until("the newcomer knows all", () => newcomer.people.size === SOCKETS + 1);
      expect([...newcomer.people.values()].filter(({ user }) => user.name?.startsWith("visitor")).length).toBe(SOCKETS);
      expect(newcomer.people.get(mover.actor)?.cursor).toEqual({ anchor: 7, x: 100, y: moved.y });
      for (const peer of [...peers, newcomer]) peer.socket.close();
      recordResult("presence-sleep", {
        promise: "P2 P5",
        test: "a presence room with open sockets, quiet until the runtime evicts it, then one cursor moves",
        count: `${SOCKETS} sockets, heartbeats going on`,
        result: `1 frame to each of the others after ${Math.round(moved.seenMs)} ms, 0 questions to clients, everybody still there`,
      });
    },
  );

  test(
    "[PO9] a goodbye is seen at once, a closed and a killed tab when the hold of 5 s is over",
    { timeout: 60_000 },
    async () => {
      const peers = await joinAll("leaving", 4);
      const [watcher, polite, closed, killed] = [at(peers, 0), at(peers, 1), at(peers, 2), at(peers, 3)];
      const startMs = performance.now();
      polite.send({ type: "bye" });
      closed.socket.close();
      killed.socket.terminate();
      await until("three have left", () => watcher.leftMs.size === 3);
      const afterMs = (peer: RawPresence) => (watcher.leftMs.get(peer.actor) ?? Infinity) - startMs;
      expect(afterMs(polite)).toBeLessThan(HOLD_MS - 1_000);
      for (const peer of [closed, killed]) {
        expect(afterMs(peer)).toBeGreaterThan(HOLD_MS - 200);
        expect(afterMs(peer)).toBeLessThan(HOLD_MS + BUSY_MS);
      }
      recordResult("presence-leaving", {
        promise: "P5",
        test: "leaving a presence room: with a goodbye, by a closed tab, by a killed one",
        count: "once each",
        result: `seen after ${[polite, closed, killed].map((peer) => `${Math.round(afterMs(peer))} ms`).join(", ")}; a hold of ${HOLD_MS} ms is in the last two`,
      });
      watcher.socket.close();
    },
  );

  test(
    "[P5] a navigation inside 5 s: nobody leaves, nobody appears, two tabs stay one person",
    { timeout: 60_000 },
    async () => {
      const id = "navigation";
      const person = "p".repeat(20);
      const watcher = await RawPresence.join(server, id);
      const hello = { person, user: { name: "Bob" }, state: { page: 1 } };
      const first = await RawPresence.join(server, id, { hello });
      const second = await RawPresence.join(server, id, { hello });
      await until("both are there", () => second.people.size === 2);
      watcher.messages.length = 0;
      for (const peer of [first, second]) peer.socket.close();
      await Promise.all([first.closed, second.closed]);
      await delay(300);
      const again = await RawPresence.join(server, id, { hello: { ...hello, state: { page: 2 } } });
      await until("the new page is seen", () => watcher.words().includes("state"));
      await delay(HOLD_MS);
      expect(watcher.words().filter((word) => word === "person" || word === "left")).toEqual([]);
      expect(again.actor).toBe(second.actor);
      const counts = await (await fetch(`${server.url}/v1/presence/${id}`)).json();
      expect(counts).toMatchObject({ counts: { people: 2, connections: 2 } });
      watcher.socket.close();
      again.socket.close();
    },
  );

  test("[RT123] a page key opens a room to its own pages; who finds it full is told where the count is", async () => {
    const { publishableKey } = await createProject(closed, "shop", {
      origins: [PAGE],
      access: { "presence:*": ["read", "presence"] },
      limits: { socketsPerRoom: 2 },
    });
    const query = `?key=${publishableKey}`;
    const path = "/v1/presence/aisle%2F7";
    const visitors = [
      await RawPresence.join(closed, "aisle/7", { query, origin: PAGE }),
      await RawPresence.join(closed, "aisle/7", { query, origin: PAGE }),
    ];
    await knowEachOther(visitors);
    const [full, foreign] = await Promise.all([
      refusalOf(`${closed.wsUrl}${path}/connect${query}`, PAGE),
      refusalOf(`${closed.wsUrl}${path}/connect${query}`, "https://evil.example"),
    ]);
    expect(full).toMatchObject({ status: 429, limit: "socketsPerRoom", instead: `${path}/count` });
    expect(foreign).toMatchObject({ status: 403, title: "Origin not allowed" });
    const counted = await fetch(`${closed.url}${path}/count${query}`, { headers: { origin: PAGE } });
    expect(await counted.json()).toEqual({ people: 2, connections: 2, size: "full" });
    expect(counted.headers.get("cache-control")).toBe("public, max-age=5");
    expect(counted.headers.get("access-control-allow-origin")).toBe(PAGE);
    for (const visitor of visitors) visitor.socket.close();
  });
});
