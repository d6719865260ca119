/**
 * Many documents with little to do: two clients each, of whom one types now and then.
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";
import { cpuMs, residentBytes } from "../../process-stats.ts";
import { Arrivals } from "../arrivals.ts";
import { type LoadAddress, LoadClient, joinMany } from "../load-client.ts";
import { typedUpdate } from "../typed-updates.ts";

export type DocumentsParams = {
  readonly addresses: readonly LoadAddress[];
  /** Opened first and not measured: the first document of all brings the code, its first save that of saving. */
  readonly warmUp: LoadAddress;
  /** So long it is left alone to be saved. */
  readonly warmUpMs: number;
  readonly seconds: number;
  readonly serverPid: number;
};

export type DocumentsResult = {
  readonly updates: number;
  readonly serverCpuMs: number;
  readonly seconds: number;
  /** Resident after the last update, over what it was before the documents were opened. */
  readonly growthBytes: number;
  /** The same when all are open and none has been typed in. */
  readonly openBytes: number;
};

/** Each update reaches the other client of its document, or this throws. */
export async function documents(params: DocumentsParams): Promise<DocumentsResult> {
  const { addresses, warmUp, warmUpMs, seconds, serverPid } = params;
  const pairs = addresses.map((address) => new Pair(address, seconds));
  const first = new Pair(warmUp, 1);
  const all = [first, ...pairs];
  try {
    await first.join();
    first.type();
    await arrived([first]);
    await pause(warmUpMs);
    const beforeBytes = residentBytes(serverPid);
    await joinMany(pairs.length * 2, (index) => pairOf(pairs, index).joinOne(index % 2), AT_ONCE);
    await pause(QUIET_MS);
    const openBytes = residentBytes(serverPid) - beforeBytes;
    const cpuBeforeMs = cpuMs(serverPid);
    const startedMs = performance.now();
    await typeEach(pairs, seconds);
    await arrived(pairs);
    const serverCpuMs = cpuMs(serverPid) - cpuBeforeMs;
    return {
      updates: pairs.reduce((sum, { delivered }) => sum + delivered, 0),
      serverCpuMs,
      seconds: (performance.now() - startedMs) / 1_000,
      growthBytes: residentBytes(serverPid) - beforeBytes,
      openBytes,
    };
  } finally {
    for (const pair of all) pair.stop();
  }
}

const FIRST_TYPIST = 1_000;
const AT_ONCE = 20;
const QUIET_MS = 1_000;
const DRAIN_MS = 20_000;

/** Every document once a second, each at its own phase. */
async function typeEach(pairs: readonly Pair[], seconds: number): Promise<void> {
  const startMs = performance.now();
  const gapMs = 1_000 / pairs.length;
  for (let index = 0; index < pairs.length * seconds; index += 1) {
    const leftMs = startMs + index * gapMs - performance.now();
    if (leftMs > 0) await pause(leftMs);
    pairOf(pairs, (index % pairs.length) * 2).type();
  }
  // The last one's second belongs to the time measured, like that of all others.
  await pause(Math.max(0, startMs + seconds * 1_000 - performance.now()));
}

async function arrived(pairs: readonly Pair[]): Promise<void> {
  const deadline = performance.now() + DRAIN_MS;
  for (const pair of pairs) {
    while (pair.delivered < pair.sent) {
      if (performance.now() > deadline) {
        throw new Error(`${pair.documentId}: ${pair.delivered} of ${pair.sent} updates arrived`);
      }
      await pause(1);
    }
    pair.assertWell();
  }
}

function pairOf(pairs: readonly Pair[], socket: number): Pair {
  const pair = pairs[Math.floor(socket / 2)];
  if (pair === undefined) throw new RangeError(`no document for socket ${socket}`);
  return pair;
}

class Pair {
  readonly #address: LoadAddress;
  readonly #sockets: (LoadClient | undefined)[] = [undefined, undefined];
  readonly #arrivals: Arrivals;
  #failure: Error | undefined;
  sent = 0;

  constructor(address: LoadAddress, maxUpdates: number) {
    this.#address = address;
    this.#arrivals = new Arrivals({
      typists: [{ client: FIRST_TYPIST, socket: () => this.#sockets[0] }],
      receivers: 1,
      maxUpdates,
      onComplete: () => undefined,
    });
  }

  get documentId(): string {
    return this.#address.documentId;
  }

  get delivered(): number {
    return this.#arrivals.delivered;
  }

  async join(): Promise<void> {
    await this.joinOne(0);
    await this.joinOne(1);
  }

  async joinOne(index: number): Promise<LoadClient> {
    const client = new LoadClient(this.#address, { onFrame: (frame, at) => this.#heard(frame, at) });
    this.#sockets[index] = client;
    await client.whenSynced();
    return client;
  }

  type(): void {
    this.#arrivals.sent(0, this.sent);
    this.#sockets[0]?.sendUpdate(typedUpdate(FIRST_TYPIST, this.sent));
    this.sent += 1;
  }

  assertWell(): void {
    if (this.#failure !== undefined) throw this.#failure;
    const closed = this.#sockets.find((socket) => socket?.closeReason !== undefined);
    if (closed !== undefined) throw new Error(`${this.documentId} was closed: ${closed.closeReason}`);
  }

  stop(): void {
    for (const socket of this.#sockets) socket?.socket.terminate();
  }

  #heard(frame: Uint8Array, client: LoadClient): void {
    try {
      this.#arrivals.heard(frame, client);
    } catch (error) {
      this.#failure ??= error instanceof Error ? error : new Error(String(error));
    }
  }
}
