/**
 * P2 and P3 through a socket that the router ends: its documents' objects sleep while it is open. And what the way through the router costs.
 */
import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import { HocuspocusProvider } from "hocuspocus-provider-2";
import { WebSocket } from "ws";
import { afterAll, beforeAll, expect, test } from "vitest";
import * as Y from "yjs";
import { HOCUSPOCUS } from "../../src/protocol/hocuspocus-address.ts";
import { FAULTY_WORKER, readProbe, setFaults } from "../support/faults.ts";
import { typed } from "../support/raw-client.ts";
import { authFrame, stepOneFrame, updateFrame } from "../support/hocuspocus-frames.ts";
import { recordResult } from "../support/results.ts";
import { type TestServer, startServer } from "../support/server.ts";
import { SharedClient } from "../support/shared-hocuspocus.ts";

/** The runtime evicts after 10 s without an event, a timer or a pending promise. */
const EVICTED_AFTER_MS = 14_000;
const PROMPT = { timeout: 20_000, interval: 20 };
const ROUNDS = 4;
const KEYSTROKES = 1_000;
/** Of one writer, on the way at once. */
const WINDOW = 10;
/** Linux counts CPU time in hundredths of a second. */
const TICK_MS = 10;

let server: TestServer;

beforeAll(async () => {
  server = await startServer({
    entry: FAULTY_WORKER,
    vars: { ROOST_SNAPSHOT_DELAY_MS: "600000", ROOST_SNAPSHOT_MAX_DELAY_MS: "600000" },
  });
});
afterAll(async () => await server.stop());

/** Acks of one address, on a socket without a provider. */
class Writer {
  readonly #socket: WebSocket;
  readonly #address: string;
  readonly #doc = new Y.Doc();
  readonly #acks: (() => void)[] = [];
  /** Of others, since its answer to step 1. */
  updates = 0;
  answers = 0;

  constructor(socket: WebSocket, address: string) {
    this.#socket = socket;
    this.#address = address;
    socket.on("message", (data) => {
      if (!Buffer.isBuffer(data) || data.toString("utf8", 1, 1 + address.length) !== address) return;
      const [type, second] = data.subarray(1 + address.length);
      if (type === HOCUSPOCUS.syncStatus) this.#acks.shift()?.();
      if (type === HOCUSPOCUS.sync && second === 1) this.answers += 1;
      if (type === HOCUSPOCUS.sync && second === 2) this.updates += 1;
    });
  }

  begin(): void {
    this.#socket.send(authFrame(this.#address, ""));
    this.#socket.send(stepOneFrame(this.#address));
  }

  async type(text: string): Promise<void> {
    const update = typed(this.#doc, text);
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#acks.push(resolve);
    this.#socket.send(updateFrame(this.#address, update));
    await promise;
  }
}

async function connect(path: string, addresses: readonly string[]): Promise<{ writers: Writer[]; socket: WebSocket }> {
  const socket = new WebSocket(`${server.wsUrl}${path}`);
  await new Promise((resolve, reject) => socket.on("open", resolve).on("error", reject));
  const writers = addresses.map((address) => new Writer(socket, address));
  for (const writer of writers) writer.begin();
  return { writers, socket };
}

test(
  "[RT137] [P2] [P3] rooms of a shared socket sleep while it is open, and its next frame wakes one of them",
  { timeout: 60_000 },
  async () => {
    const addresses = ["sleeper/1", "sleeper/2", "sleeper/3"];
    const { writers, socket } = await connect("/hocuspocus", addresses);
    const other = await connect("/hocuspocus", addresses);
    await expect.poll(() => other.writers.map(({ answers }) => answers), PROMPT).toEqual([1, 1, 1]);
    for (const [index, writer] of writers.entries()) await writer.type(`before ${index}. `);
    await expect.poll(() => other.writers.map(({ updates }) => updates), PROMPT).toEqual([1, 1, 1]);
    const rooms = addresses.map((address) => `default/document/${address}`);
    const awake = await readProbe(server.url);
    await delay(EVICTED_AFTER_MS);
    await writers[0]?.type("after it");
    await expect.poll(() => other.writers[0]?.updates, PROMPT).toBe(2);
    const woken = await readProbe(server.url);
    expect(rooms.map((room) => (woken.wakes[room] ?? 0) - (awake.wakes[room] ?? 0))).toEqual([1, 0, 0]);
    expect(woken.docsBuilt).toBe(0);
    expect([socket.readyState, other.socket.readyState]).toEqual([WebSocket.OPEN, WebSocket.OPEN]);
    socket.terminate();
    other.socket.terminate();
    recordResult("hocuspocus-shared-sleep", {
      promise: "P2 P3",
      test: "rooms whose clients share one Hocuspocus socket, quiet until the runtime evicts them, then one keystroke",
      count: `${addresses.length} documents, 2 sockets`,
      result: "1 wake, of the room that was typed in; 0 documents built; the sockets stay open",
    });
  },
);

test("[RT132] in open mode 2.15, which has no token and so says none, is let in by its first frame", async () => {
  const options = { url: `${server.wsUrl}/hocuspocus`, name: "of/2.15", WebSocketPolyfill: WebSocket };
  const [alice, bob] = [1, 2].map(() => new HocuspocusProvider({ ...options, document: new Y.Doc() }));
  await expect.poll(() => [alice, bob].map((one) => one?.synced), PROMPT).toEqual([true, true]);
  alice?.document.getText("text").insert(0, "hers");
  await expect
    .poll(() => [alice?.unsyncedChanges, bob?.document.getText("text").toString()], PROMPT)
    .toEqual([0, "hers"]);
  alice?.destroy();
  bob?.destroy();
});

test(
  "[RT136] a document whose storage is out of reach is waited for, the others go on",
  { timeout: 60_000 },
  async () => {
    await setFaults(server.url, [{ binding: "SNAPSHOTS", method: "list", match: "", action: "fail" }]);
    const client = new SharedClient("4.8", `${server.wsUrl}/hocuspocus`);
    const waits = client.open("out-of-reach");
    waits.type("kept");
    await delay(2_500);
    expect([waits.provider.synced, waits.denials, client.closes]).toEqual([false, [], []]);
    await setFaults(server.url, []);
    await expect.poll(() => waits.isSaved(), PROMPT).toBe(true);
    expect([client.sockets.length, waits.denials]).toEqual([1, []]);
    client.end();
  },
);

test("[RT130] what a keystroke costs through the router, beside one into its room", { timeout: 120_000 }, async () => {
  const ways = { native: "/hocuspocus/cpu-native", router: "/hocuspocus" } as const;
  const spent = { native: 0, router: 0 };
  for (let round = 0; round <= ROUNDS; round += 1) {
    for (const way of ["native", "router"] as const) {
      const { writers, socket } = await connect(ways[way], [`cpu-${way}`]);
      const beforeMs = await cpuMs();
      await Promise.all(
        Array.from({ length: WINDOW }, async () => {
          for (let typedSoFar = 0; typedSoFar < KEYSTROKES / WINDOW; typedSoFar += 1) await writers[0]?.type("x");
        }),
      );
      // The first round warms the code up.
      if (round > 0) spent[way] += (await cpuMs()) - beforeMs;
      socket.close();
    }
  }
  const perKeystroke = (way: keyof typeof spent) => (spent[way] * 1_000) / (ROUNDS * KEYSTROKES);
  const ratio = spent.router / spent.native;
  expect(ratio).toBeLessThan(3);
  recordResult("hocuspocus-shared-cpu", {
    promise: "RT130",
    test: "CPU of the runtime for one keystroke and its ack, one writer",
    count: `${ROUNDS * KEYSTROKES} keystrokes each way`,
    result: `${perKeystroke("native").toFixed(0)} µs into the room, ${perKeystroke("router").toFixed(0)} µs through the router, ${ratio.toFixed(2)} ×`,
  });
});

/** User and system time of the runtime so far. */
async function cpuMs(): Promise<number> {
  const stat = await readFile(`/proc/${server.workerdPid()}/stat`, "utf8");
  // proc(5): fields 14 and 15, counted behind the name, which may hold spaces.
  const [utime = 0, stime = 0] = stat
    .slice(stat.lastIndexOf(")") + 2)
    .split(" ")
    .slice(11, 13)
    .map(Number);
  return (utime + stime) * TICK_MS;
}
