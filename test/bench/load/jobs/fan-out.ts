/**
 * Typists keep a number of keystrokes under way; everybody else hears them. How many arrive a second, and how late.
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";
import { cpuMs } from "../../process-stats.ts";
import { Arrivals } from "../arrivals.ts";
import { Histogram } from "../histogram.ts";
import { type LoadAddress, LoadClient, joinMany } from "../load-client.ts";
import { countOwnCpu } from "../own-cpu.ts";
import { typedUpdate } from "../typed-updates.ts";

export type FanOutParams = {
  readonly address: LoadAddress;
  readonly clients: number;
  readonly typists: number;
  /** Keystrokes a typist has under way: sent, and not yet with every other client. */
  readonly window: number;
  readonly warmUpMs: number;
  readonly measureMs: number;
  /** Whose CPU is counted. */
  readonly serverPid: number;
};

export type FanOutResult = {
  readonly deliveredPerSecond: number;
  readonly framesPerSecond: number;
  /** To the last receiver. */
  readonly p50Ms: number;
  readonly p99Ms: number;
  readonly sent: number;
  /** Deliveries inside the measured time. */
  readonly delivered: number;
  readonly serverCpuMs: number;
  /** Of one core: near 1 it is the load generator that is measured. */
  readonly loadCpuShare: number;
};

const FIRST_TYPIST = 1_000;
/** Of one typist, encoded before the clock starts; a run that gets to their end says so. */
const MAX_UPDATES = 100_000;
const DRAIN_MS = 30_000;

export async function fanOut(params: FanOutParams): Promise<FanOutResult> {
  const run = new FanOutRun(params);
  try {
    return await run.run();
  } finally {
    run.stop();
  }
}

class FanOutRun {
  readonly #params: FanOutParams;
  readonly #arrivals: Arrivals;
  readonly #sockets: LoadClient[] = [];
  readonly #updates: readonly (readonly Uint8Array[])[];
  readonly #sent: number[];
  readonly #complete: number[];
  readonly #latencies = new Histogram();
  #isSending = false;
  #isMeasuring = false;
  #failure: Error | undefined;

  constructor(params: FanOutParams) {
    this.#params = params;
    const typists = Array.from({ length: params.typists }, (_, index) => ({
      client: FIRST_TYPIST + index,
      socket: () => this.#sockets[index],
    }));
    this.#updates = typists.map(({ client }) =>
      Array.from({ length: MAX_UPDATES }, (_, clock) => typedUpdate(client, clock)),
    );
    this.#sent = typists.map(() => 0);
    this.#complete = typists.map(() => 0);
    this.#arrivals = new Arrivals({
      typists,
      receivers: params.clients - 1,
      maxUpdates: MAX_UPDATES,
      onComplete: (typist, latencyMs) => this.#completed(typist, latencyMs),
    });
  }

  async run(): Promise<FanOutResult> {
    const { address, clients, measureMs, warmUpMs, serverPid } = this.#params;
    const onFrame = (frame: Uint8Array, client: LoadClient): void => {
      try {
        this.#arrivals.heard(frame, client);
      } catch (error) {
        this.#failure ??= asError(error);
      }
    };
    const joined = await joinMany(clients, (index) => {
      const client = new LoadClient(address, { onFrame });
      this.#sockets[index] = client;
      return client.whenSynced().then(() => client);
    });
    // Nobody goes on before everybody is there: a relay has no first sync that would bring what was missed.
    await pause(200);
    this.#isSending = true;
    for (const typist of this.#sent.keys()) this.#refill(typist);
    await pause(warmUpMs);
    const before = { delivered: this.#arrivals.delivered, frames: framesOf(joined) };
    const cpuBeforeMs = cpuMs(serverPid);
    const loadCpu = countOwnCpu();
    const fromMs = performance.now();
    this.#isMeasuring = true;
    await pause(measureMs);
    this.#isMeasuring = false;
    const toMs = performance.now();
    const serverCpuMs = cpuMs(serverPid) - cpuBeforeMs;
    const loadCpuShare = loadCpu();
    const delivered = this.#arrivals.delivered - before.delivered;
    const frames = framesOf(joined) - before.frames;
    this.#isSending = false;
    await this.#drain();
    const seconds = (toMs - fromMs) / 1_000;
    return {
      deliveredPerSecond: delivered / seconds,
      framesPerSecond: frames / seconds,
      p50Ms: this.#latencies.percentile(0.5),
      p99Ms: this.#latencies.percentile(0.99),
      sent: this.#sent.reduce((sum, count) => sum + count, 0),
      delivered,
      serverCpuMs,
      loadCpuShare,
    };
  }

  stop(): void {
    for (const client of this.#sockets) client.socket.terminate();
  }

  #completed(typist: number, latencyMs: number): void {
    if (this.#isMeasuring) this.#latencies.add(latencyMs);
    this.#complete[typist] = (this.#complete[typist] ?? 0) + 1;
    this.#refill(typist);
  }

  #refill(typist: number): void {
    const client = this.#sockets[typist];
    while (this.#isSending && client !== undefined) {
      const sent = this.#sent[typist] ?? 0;
      const underWay = sent - (this.#complete[typist] ?? 0);
      if (underWay >= this.#params.window) return;
      const update = this.#updates[typist]?.[sent];
      if (update === undefined) {
        this.#failure ??= new Error("the run was longer than its updates");
        return;
      }
      this.#arrivals.sent(typist, sent);
      client.sendUpdate(update);
      this.#sent[typist] = sent + 1;
    }
  }

  /** Every update that was sent has to reach every other client. */
  async #drain(): Promise<void> {
    const wanted = this.#sent.reduce((sum, count) => sum + count, 0) * (this.#params.clients - 1);
    const deadline = performance.now() + DRAIN_MS;
    while (this.#arrivals.delivered < wanted && this.#failure === undefined) {
      const closed = this.#sockets.find(({ closeReason }) => closeReason !== undefined);
      if (closed !== undefined) throw new Error(`a socket was closed: ${closed.closeReason}`);
      if (performance.now() > deadline) throw new Error(`${this.#arrivals.delivered} of ${wanted} were delivered`);
      await pause(20);
    }
    if (this.#failure !== undefined) throw this.#failure;
  }
}

function framesOf(clients: readonly LoadClient[]): number {
  return clients.reduce((sum, { framesReceived }) => sum + framesReceived, 0);
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error));
}
