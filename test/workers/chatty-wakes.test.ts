/**
 * Clients that renew themselves every 15 s, or every 2 s, wake a room for ever. What one such wake costs.
 */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { afterEach, expect, test, vi } from "vitest";
import * as Y from "yjs";
import { docsBuilt } from "../../src/core/document/hydrate.ts";
import { AccessSocket, frameOf } from "./access-sockets.ts";
import { encodeAwareness } from "../../src/core/presence/awareness-codec.ts";
import { PROMPT, stubOf } from "./room-peer.ts";
import { openSocket, postUpdate, readJson, send } from "./router-requests.ts";

/** As y-protocols renews. */
const RENEWAL_MS = 15_000;

afterEach(() => {
  vi.restoreAllMocks();
  vi.useRealTimers();
});

type Cursor = SqlStorageCursor<Record<string, SqlStorageValue>>;

/** Rows and alarms of every object from here on. */
class Meter {
  readonly #cursors: Cursor[] = [];
  #alarms = 0;

  static async install(id: string): Promise<Meter> {
    const meter = new Meter();
    await runInDurableObject(stubOf(id), (_room, { storage }) => meter.#watch(storage));
    return meter;
  }

  reset(): void {
    this.#cursors.length = 0;
    this.#alarms = 0;
  }

  get rows() {
    const sum = (of: "rowsRead" | "rowsWritten") => this.#cursors.reduce((total, cursor) => total + cursor[of], 0);
    return { read: sum("rowsRead"), written: sum("rowsWritten"), alarms: this.#alarms };
  }

  #watch(storage: DurableObjectStorage): void {
    // SAFETY: what `exec` answers.
    wrap(storage.sql, "exec", (result) => this.#cursors.push(result as Cursor));
    wrap(storage, "setAlarm", () => (this.#alarms += 1));
  }
}

/** Tells `seen` the result of each call of this method, of whatever object. */
function wrap<T extends object>(object: T, method: keyof T & string, seen: (result: unknown) => void): void {
  const prototype = Object.getPrototypeOf(object) as Record<string, (...args: unknown[]) => unknown>;
  const original: unknown = Reflect.get(prototype, method);
  if (typeof original !== "function") throw new Error(`${method} is no method`);
  vi.spyOn(prototype, method).mockImplementation(function (this: unknown, ...args) {
    const result: unknown = Reflect.apply(original, this, args);
    seen(result);
    return result;
  });
}

async function open(path: string): Promise<AccessSocket> {
  const { webSocket, status } = await openSocket(path);
  if (webSocket === null) throw new Error(`refused with ${status}`);
  return new AccessSocket("y-websocket", webSocket);
}

function show(client: number, clock: number): Uint8Array {
  return frameOf("y-websocket", "awareness", encodeAwareness([{ client, clock, state: `{"n":${client}}` }]));
}

/** A document of so many rows with two such clients in it; what the renewal costs that wakes it. */
async function wakeCost(id: string, rows: number): Promise<Meter["rows"]> {
  const doc = new Y.Doc();
  for (let row = 0; row < rows; row += 1) {
    doc.once("update", (update: Uint8Array) => void typed.push(update));
    const typed: Uint8Array[] = [];
    doc.getText("notes").insert(0, `row ${row} `);
    for (const update of typed) await postUpdate(id, update);
  }
  const alice = await open(`/yjs/${id}?user=alice`);
  const bob = await open(`/yjs/${id}?user=bob`);
  for (const [index, socket] of [alice, bob].entries()) {
    socket.send(frameOf("y-websocket", "sync-step-1", Uint8Array.of(0)));
    socket.send(show(index + 1, 1));
    await expect.poll(() => socket.words(), PROMPT).toContain("sync-step-2");
  }
  await expect.poll(() => alice.peers().has(2) && bob.peers().has(1), PROMPT).toBe(true);
  await alice.isHandled();
  const { health } = await readJson<{ health: { chatty: boolean } }>(await send(`/v1/documents/${id}`));
  expect(health.chatty).toBe(true);
  const meter = await Meter.install(id);
  await evictDurableObject(stubOf(id));
  meter.reset();
  const heard = alice.heard.length;
  const built = docsBuilt();
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() + RENEWAL_MS });
  alice.send(show(1, 2));
  await expect.poll(() => alice.heard.length, PROMPT).toBeGreaterThan(heard);
  expect(docsBuilt()).toBe(built);
  const cost = meter.rows;
  vi.restoreAllMocks();
  vi.useRealTimers();
  await Promise.all([alice, bob].map((socket) => socket.close()));
  return cost;
}

test("[RT153] a renewal that wakes a room reads a few rows, as many of any document, writes none and builds none", async () => {
  const small = await wakeCost("chatty-small", 3);
  const large = await wakeCost("chatty-large", 120);
  expect(small).toEqual({ read: expect.any(Number), written: 0, alarms: 0 });
  expect(large).toEqual(small);
  expect(small.read).toBeLessThan(30);
});
