/**
 * Players who each send an input so many times a second, which all others have to hear: none left out, none twice, in order.
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";
import { cpuMs } from "../../process-stats.ts";
import { FrameCache } from "../frame-cache.ts";
import { said, whoSaid } from "../game-acts.ts";
import { Histogram } from "../histogram.ts";
import type { LoadAddress } from "../load-client.ts";
import { countOwnCpu } from "../own-cpu.ts";
import { type Talker, seatTalkers } from "../talkers.ts";

export type InputRelayParams = {
  readonly address: LoadAddress;
  readonly clients: number;
  /** Inputs of each. */
  readonly perSecond: number;
  /** Of one input. */
  readonly bytes: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
  readonly serverPid: number;
};

export type InputRelayResult = {
  /** Of every (input, receiver) pair of the measured time. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly delivered: number;
  readonly frames: number;
  readonly bytes: number;
  readonly serverCpuMs: number;
  readonly loadCpuShare: number;
};

type Input = ReturnType<typeof whoSaid>;

const QUOTES = 2;
const BUCKET_MS = 0.05;
const DRAIN_MS = 10_000;
/** Phases of clients: the same for every server and round. The fractional part of the golden ratio spreads them unevenly alike. */
const PHASE = 0.618_033_988_75;

export async function inputRelay(params: InputRelayParams): Promise<InputRelayResult> {
  const run = new InputRelayRun(params);
  try {
    return await run.run();
  } finally {
    run.stop();
  }
}

class InputRelayRun {
  readonly #params: InputRelayParams;
  #talkers: readonly Talker[] = [];
  readonly #sentMs: number[][];
  /** Inputs had so far, receiver × sender. */
  readonly #had: Int32Array;
  readonly #latencies = new Histogram(BUCKET_MS);
  readonly #read = new FrameCache<readonly Input[]>();
  #fromMs = Infinity;
  #toMs = Infinity;
  #delivered = 0;
  #failure: Error | undefined;

  constructor(params: InputRelayParams) {
    this.#params = params;
    this.#sentMs = Array.from({ length: params.clients }, () => []);
    this.#had = new Int32Array(params.clients * params.clients);
  }

  async run(): Promise<InputRelayResult> {
    const { address, clients, warmUpMs, measureMs, serverPid } = this.#params;
    this.#talkers = await seatTalkers(
      address,
      Array.from({ length: clients }, (_, index) => (frame: Uint8Array) => this.#heard(frame, index)),
    );
    await pause(500);
    const end = new AbortController();
    const talking = this.#talk(end.signal);
    await pause(warmUpMs);
    const before = { ...this.#traffic(), delivered: this.#delivered, cpuMs: cpuMs(serverPid) };
    const loadCpu = countOwnCpu();
    this.#fromMs = performance.now();
    await pause(measureMs);
    this.#toMs = performance.now();
    const serverCpuMs = cpuMs(serverPid) - before.cpuMs;
    const loadCpuShare = loadCpu();
    const { frames, bytes } = this.#traffic();
    const delivered = this.#delivered - before.delivered;
    end.abort();
    await talking;
    await this.#drain();
    return {
      p50Ms: this.#latencies.percentile(0.5),
      p99Ms: this.#latencies.percentile(0.99),
      delivered,
      frames: frames - before.frames,
      bytes: bytes - before.bytes,
      serverCpuMs,
      loadCpuShare,
    };
  }

  stop(): void {
    for (const talker of this.#talkers) talker.stop();
  }

  /** Each at its own phase; a late timer does not shift what follows. */
  async #talk(signal: AbortSignal): Promise<void> {
    const { clients, perSecond } = this.#params;
    const intervalMs = 1_000 / perSecond;
    const startMs = performance.now();
    const order = Array.from({ length: clients }, (_, index) => ({
      index,
      phaseMs: ((index * PHASE) % 1) * intervalMs,
    }));
    order.sort((one, other) => one.phaseMs - other.phaseMs);
    for (let turn = 0; !signal.aborted; turn += 1) {
      for (const { index, phaseMs } of order) {
        const leftMs = startMs + turn * intervalMs + phaseMs - performance.now();
        if (leftMs > 0) await pause(leftMs);
        if (signal.aborted) return;
        this.#say(index);
      }
    }
  }

  #say(index: number): void {
    const sent = this.#sentMs[index];
    if (sent === undefined) return;
    const text = said(index, sent.length, this.#params.bytes - QUOTES);
    sent.push(performance.now());
    this.#talkers[index]?.say(text);
  }

  #heard(frame: Uint8Array, receiver: number): void {
    const nowMs = performance.now();
    const talker = this.#talkers[receiver];
    // Nobody has said anything yet.
    if (talker === undefined) return;
    for (const { player: sender, number } of this.#read.get(frame, () => talker.read(frame).map(whoSaid))) {
      if (sender === receiver) continue;
      const cell = receiver * this.#params.clients + sender;
      const had = this.#had[cell] ?? 0;
      if (number !== had) this.#failure ??= new Error(`input ${number} of ${sender} came where ${had} was due`);
      this.#had[cell] = number + 1;
      this.#delivered += 1;
      const sentMs = this.#sentMs[sender]?.[number] ?? Number.NaN;
      if (sentMs >= this.#fromMs && sentMs <= this.#toMs) this.#latencies.add(nowMs - sentMs);
    }
  }

  async #drain(): Promise<void> {
    const sent = this.#sentMs.reduce((sum, { length }) => sum + length, 0);
    const wanted = sent * (this.#params.clients - 1);
    const deadline = performance.now() + DRAIN_MS;
    while (this.#delivered < wanted && this.#failure === undefined) {
      const closed = this.#talkers.find(({ closeReason }) => closeReason() !== undefined);
      if (closed !== undefined) throw new Error(`a socket was closed: ${closed.closeReason()}`);
      if (performance.now() > deadline) throw new Error(`${this.#delivered} of ${wanted} inputs were delivered`);
      await pause(20);
    }
    if (this.#failure !== undefined) throw this.#failure;
  }

  #traffic(): { readonly frames: number; readonly bytes: number } {
    let frames = 0;
    let bytes = 0;
    for (const talker of this.#talkers) {
      const own = talker.traffic();
      frames += own.frames;
      bytes += own.bytes;
    }
    return { frames, bytes };
  }
}
