/**
 * Everybody moves all the time: which share of what was shown reaches everybody else in time.
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";
import { cpuMs } from "../../process-stats.ts";
import { FrameCache } from "../frame-cache.ts";
import { Histogram } from "../histogram.ts";
import { type LoadAddress, LoadClient, joinMany } from "../load-client.ts";
import { type Move, awarenessOf, movesIn } from "../moves.ts";
import { countOwnCpu } from "../own-cpu.ts";

export type PresenceParams = {
  readonly address: LoadAddress;
  readonly clients: number;
  /** Moves of one client. */
  readonly perSecond: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
  readonly serverPid: number;
};

export type PresenceResult = {
  /** Of all (move, receiver) pairs of the measured time: that move, or a newer one, was there within {@link IN_TIME_MS}. */
  readonly inTimeShare: number;
  /** Of all pairs: Infinity when more than the rest never came. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly framesPerSecond: number;
  readonly moves: number;
  readonly serverCpuMs: number;
  readonly loadCpuShare: number;
};

/** Ten of a fast client's moves: whoever sees a cursor later than that sees it jump. */
export const IN_TIME_MS = 1_000;
export async function presence(params: PresenceParams): Promise<PresenceResult> {
  const run = new PresenceRun(params);
  try {
    return await run.run();
  } finally {
    run.stop();
  }
}

class PresenceRun {
  readonly #params: PresenceParams;
  readonly #sockets: LoadClient[] = [];
  readonly #indexOf = new Map<LoadClient, number>();
  /** Per client: when each move was sent; moves count from 1. */
  readonly #sentMs: number[][];
  /** Move had last, receiver × client. */
  readonly #had: Int32Array;
  readonly #latencies = new Histogram();
  readonly #read = new FrameCache<readonly Move[]>();
  /** Moves sent inside this time count. */
  #fromMs = Infinity;
  #toMs = -Infinity;
  #inTime = 0;

  constructor(params: PresenceParams) {
    this.#params = params;
    this.#sentMs = Array.from({ length: params.clients }, () => []);
    this.#had = new Int32Array(params.clients * params.clients);
  }

  async run(): Promise<PresenceResult> {
    const { address, clients, perSecond, warmUpMs, measureMs, serverPid } = this.#params;
    const onFrame = (frame: Uint8Array, client: LoadClient): void => this.#heard(frame, client);
    await joinMany(clients, async (index) => {
      const client = new LoadClient(address, { onFrame });
      this.#sockets[index] = client;
      this.#indexOf.set(client, index);
      await client.whenSynced();
      return client;
    });
    await pause(500);
    const end = new AbortController();
    const moving = this.#moveAll(1_000 / perSecond, end.signal);
    await pause(warmUpMs);
    const framesBefore = this.#frames();
    const cpuBeforeMs = cpuMs(serverPid);
    const loadCpu = countOwnCpu();
    this.#fromMs = performance.now();
    await pause(measureMs);
    this.#toMs = performance.now();
    const serverCpuMs = cpuMs(serverPid) - cpuBeforeMs;
    const loadCpuShare = loadCpu();
    const frames = this.#frames() - framesBefore;
    end.abort();
    await moving;
    await pause(IN_TIME_MS);
    const closed = this.#sockets.find(({ closeReason }) => closeReason !== undefined);
    if (closed !== undefined) throw new Error(`a socket was closed: ${closed.closeReason}`);
    const moves = this.#sentMs.flat().filter((sentMs) => this.#counts(sentMs)).length;
    const pairs = moves * (clients - 1);
    this.#latencies.addNever(pairs - this.#latencies.count);
    return {
      inTimeShare: this.#inTime / pairs,
      p50Ms: this.#latencies.percentile(0.5),
      p99Ms: this.#latencies.percentile(0.99),
      framesPerSecond: frames / ((this.#toMs - this.#fromMs) / 1_000),
      moves,
      serverCpuMs,
      loadCpuShare,
    };
  }

  stop(): void {
    for (const client of this.#sockets) client.socket.terminate();
  }

  /** Each client at its own phase, as real ones are. */
  async #moveAll(intervalMs: number, signal: AbortSignal): Promise<void> {
    const { clients } = this.#params;
    const startMs = performance.now();
    for (let move = 0; !signal.aborted; move += 1) {
      const dueMs = startMs + (move * intervalMs) / clients;
      const leftMs = dueMs - performance.now();
      if (leftMs > 0) await pause(leftMs);
      this.#move(move % clients);
    }
  }

  #move(index: number): void {
    const sent = this.#sentMs[index];
    if (sent === undefined) return;
    sent.push(performance.now());
    const clock = sent.length;
    this.#sockets[index]?.sendAwareness(awarenessOf(index, clock));
  }

  #heard(frame: Uint8Array, client: LoadClient): void {
    const nowMs = performance.now();
    const receiver = this.#indexOf.get(client) ?? 0;
    for (const { sender, number } of this.#movesOf(frame, client)) {
      const sentMs = this.#sentMs[sender];
      if (sentMs === undefined || sender === receiver) continue;
      const cell = receiver * this.#params.clients + sender;
      const before = this.#had[cell] ?? 0;
      if (number <= before) continue;
      this.#had[cell] = number;
      // What a newer move replaced has come as late as that one.
      for (let had = before; had < number; had += 1) this.#count(sentMs[had], nowMs);
    }
  }

  #count(sentMs: number | undefined, nowMs: number): void {
    if (sentMs === undefined) throw new Error("a move was heard that was never made");
    if (!this.#counts(sentMs)) return;
    this.#latencies.add(nowMs - sentMs);
    if (nowMs - sentMs <= IN_TIME_MS) this.#inTime += 1;
  }

  #counts(sentMs: number): boolean {
    return sentMs >= this.#fromMs && (sentMs <= this.#toMs || this.#toMs < 0);
  }

  #movesOf(frame: Uint8Array, client: LoadClient): readonly Move[] {
    return this.#read.get(frame, () =>
      client.wire.read(frame).flatMap((heard) => (heard.type === "awareness" ? movesIn(heard.update) : [])),
    );
  }

  #frames(): number {
    return this.#sockets.reduce((sum, { framesReceived }) => sum + framesReceived, 0);
  }
}
