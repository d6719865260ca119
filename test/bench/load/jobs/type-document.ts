/**
 * Fills documents the way people do: each typist over a socket of their own, no faster than the server keeps up.
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";
import * as Y from "yjs";
import { type LoadAddress, LoadClient } from "../load-client.ts";

export type TypeDocumentParams = {
  /** Documents, filled one after the other with the same content. */
  readonly addresses: readonly LoadAddress[];
  /** All of them at once instead. */
  readonly isParallel: boolean;
  /** Updates of each typist, in order. */
  readonly typists: readonly (readonly Uint8Array[])[];
  /** Of the content: a document that says so has it all. */
  readonly stateVector: Uint8Array;
};

export type TypeDocumentResult = { readonly tookMs: number };

/** Unacknowledged updates of a typist, for families that acknowledge. */
const WINDOW = 20;
/** What lies in the sender's own buffer, for those that do not. */
const MAX_BUFFERED_BYTES = 64 * 1024;
const POLL_MS = 2;
const ARRIVAL_MS = 60_000;
const ARRIVAL_POLL_MS = 200;

/** Resolves when the server itself says that each document holds everything. */
export async function typeDocument(params: TypeDocumentParams): Promise<TypeDocumentResult> {
  const { addresses, isParallel } = params;
  const startedMs = performance.now();
  if (isParallel) await Promise.all(addresses.map((address) => fill(address, params)));
  else for (const address of addresses) await fill(address, params);
  return { tookMs: performance.now() - startedMs };
}

async function fill(address: LoadAddress, { typists, stateVector }: TypeDocumentParams): Promise<void> {
  const joined = await Promise.all(typists.map(async (updates) => ({ updates, typist: await Typist.join(address) })));
  await Promise.all(joined.map(({ typist, updates }) => typist.type(updates)));
  await untilThere(address, stateVector);
  await Promise.all(joined.map(({ typist }) => typist.leave()));
}

class Typist {
  readonly #client: LoadClient;
  #sent = 0;
  #acked = 0;
  #hasAcks = false;
  #wake: (() => void) | undefined;

  private constructor(address: LoadAddress) {
    this.#hasAcks = address.wire === "roost" || address.wire === "hocuspocus";
    this.#client = new LoadClient(address, {
      onHeard: (heard) => {
        if (heard.type !== "ack") return;
        this.#acked = heard.number ?? this.#acked + 1;
        this.#wake?.();
      },
    });
  }

  static async join(address: LoadAddress): Promise<Typist> {
    const typist = new Typist(address);
    await typist.#client.whenSynced();
    return typist;
  }

  async type(updates: readonly Uint8Array[]): Promise<void> {
    for (const update of updates) {
      this.#client.sendUpdate(update);
      this.#sent += 1;
      await this.#mayGoOn();
    }
  }

  async leave(): Promise<void> {
    await this.#client.leave();
  }

  async #mayGoOn(): Promise<void> {
    if (this.#hasAcks) {
      // The answer to the server's step 1 may count too, so this is one off at most.
      while (this.#sent - this.#acked > WINDOW) await this.#nextAck();
    } else {
      while (this.#client.socket.bufferedAmount > MAX_BUFFERED_BYTES) await pause(POLL_MS);
    }
    if (this.#client.closeReason !== undefined) throw new Error(`a typist was closed: ${this.#client.closeReason}`);
  }

  async #nextAck(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    this.#client.socket.once("close", resolve);
    await promise;
    this.#client.socket.off("close", resolve);
    if (this.#client.closeReason !== undefined) throw new Error(`a typist was closed: ${this.#client.closeReason}`);
  }
}

/** Asks the server what it has until that is everything. */
async function untilThere(address: LoadAddress, stateVector: Uint8Array): Promise<void> {
  const wanted = Y.decodeStateVector(stateVector);
  const deadline = performance.now() + ARRIVAL_MS;
  for (;;) {
    const had = await askFor(address, stateVector);
    const missing = [...wanted].find(([client, clock]) => (had.get(client) ?? 0) < clock);
    if (missing === undefined) return;
    if (performance.now() > deadline) {
      throw new Error(`of client ${missing[0]} the server has ${had.get(missing[0]) ?? 0} of ${missing[1]}`);
    }
    await pause(ARRIVAL_POLL_MS);
  }
}

/** The state vector of the server's own step 1. */
async function askFor(address: LoadAddress, stateVector: Uint8Array): Promise<Map<number, number>> {
  const { promise, resolve, reject } = Promise.withResolvers<Uint8Array>();
  const client = new LoadClient(address, {
    stateVector,
    onHeard: (heard) => heard.type === "step-1" && resolve(heard.stateVector),
  });
  client.whenSynced().catch(reject);
  const timer = setTimeout(() => reject(new Error("the server asked for nothing")), ARRIVAL_MS);
  try {
    return Y.decodeStateVector(await promise);
  } finally {
    clearTimeout(timer);
    await client.leave();
  }
}
