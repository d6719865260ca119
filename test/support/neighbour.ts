/**
 * Somebody who types in another room at a steady pace, whatever happens elsewhere: how long until each keystroke is durable.
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import WebSocket from "ws";
import * as Y from "yjs";
import { RawClient, type Who, typed } from "./raw-client.ts";
import type { TestServer } from "./server.ts";

/** Milliseconds until the ack. */
export type Latency = { readonly p50: number; readonly p99: number };

const KEYSTROKE_MS = 15;
/** After the last keystroke of a window: one that is not acked by then counts as that late. */
const PATIENCE_MS = 5_000;

export class Neighbour {
  readonly #client: RawClient;
  readonly #doc = new Y.Doc();
  readonly #sentMs = new Map<number, number>();
  #number = 0;
  #latencies: number[] = [];

  private constructor(client: RawClient) {
    this.#client = client;
    client.socket.on("message", () => this.#read());
  }

  static async join(server: Pick<TestServer, "wsUrl">, id: string, who: Who): Promise<Neighbour> {
    return new Neighbour(await RawClient.join(server, id, who));
  }

  /** Sent when they are due, not when the one before was answered: a server that stands still is seen. */
  async type(forMs: number): Promise<Latency> {
    this.#latencies = [];
    // As every client does: silence is taken for absence.
    this.#client.ping();
    const startMs = performance.now();
    for (let stroke = 0; stroke * KEYSTROKE_MS < forMs; stroke++) {
      const dueMs = startMs + stroke * KEYSTROKE_MS;
      await delay(Math.max(0, dueMs - performance.now()));
      this.#number += 1;
      this.#sentMs.set(this.#number, performance.now());
      this.#client.send({ type: "update", number: this.#number, update: typed(this.#doc, ".") });
    }
    if (this.#client.socket.readyState !== WebSocket.OPEN) {
      const { code, reason } = await this.#client.closed;
      throw new Error(`the neighbour was closed: ${code} ${reason}`);
    }
    const endMs = performance.now() + PATIENCE_MS;
    while (this.#sentMs.size > 0 && performance.now() < endMs) await delay(5);
    for (const sentMs of this.#sentMs.values()) this.#latencies.push(performance.now() - sentMs);
    this.#sentMs.clear();
    const sorted = this.#latencies.toSorted((a, b) => a - b);
    const at = (share: number) => sorted[Math.ceil(sorted.length * share) - 1] ?? Infinity;
    return { p50: at(0.5), p99: at(0.99) };
  }

  leave(): void {
    this.#client.socket.terminate();
  }

  #read(): void {
    const nowMs = performance.now();
    for (const message of this.#client.messages.splice(0)) {
      if (message.type !== "ack") continue;
      for (const [number, sentMs] of this.#sentMs) {
        if (number > message.number) break;
        this.#latencies.push(nowMs - sentMs);
        this.#sentMs.delete(number);
      }
    }
  }
}
