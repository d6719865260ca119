/**
 * Fills documents the way people do: each typist over a socket of their own, no faster than the server keeps up.
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";
import * as Y from "yjs";
import { type LoadAddress, LoadClient } from "../load-client.ts";
import type { Heard } from "../wire.ts";

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
/** Where nothing is acknowledged, a step 1 after so many updates is: its answer comes after them. */
const UPDATES_PER_QUESTION = 500;
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
  const joined = typists.map((updates) => ({ updates, typist: new Typist(address, stateVector) }));
  await Promise.all(joined.map(({ typist }) => typist.join()));
  await Promise.all(joined.map(({ typist, updates }) => typist.type(updates)));
  await untilThere(address, stateVector);
  await Promise.all(joined.map(({ typist }) => typist.leave()));
}

class Typist {
  readonly #client: LoadClient;
  readonly #stateVector: Uint8Array;
  readonly #hasAcks: boolean;
  #sent = 0;
  #acked = 0;
  #asked = 0;
  #wake: (() => void) | undefined;

  constructor(address: LoadAddress, stateVector: Uint8Array) {
    this.#stateVector = stateVector;
    this.#hasAcks = address.wire === "roost" || address.wire === "hocuspocus";
    this.#client = new LoadClient(address, { onHeard: (heard) => this.#heard(heard) });
    this.#client.socket.once("close", () => this.#wake?.());
  }

  async join(): Promise<void> {
    await this.#client.whenSynced();
  }

  async type(updates: readonly Uint8Array[]): Promise<void> {
    for (const update of updates) {
      this.#client.sendUpdate(update);
      this.#sent += 1;
      if (!this.#hasAcks && this.#sent - this.#asked === UPDATES_PER_QUESTION) this.#ask();
      // The answer to the server's own step 1 may be acknowledged too, so this is one off at most.
      while (this.#sent - this.#acked > (this.#hasAcks ? WINDOW : UPDATES_PER_QUESTION)) await this.#nextAck();
    }
  }

  async leave(): Promise<void> {
    await this.#client.leave();
  }

  #heard(heard: Heard): void {
    if (heard.type === "ack") this.#acked = heard.number ?? this.#acked + 1;
    else if (heard.type === "update" && heard.completes) this.#acked = this.#asked;
    else return;
    this.#wake?.();
  }

  #ask(): void {
    this.#asked = this.#sent;
    for (const frame of this.#client.wire.opening(this.#stateVector)) this.#client.send(frame);
  }

  async #nextAck(): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#wake = resolve;
    if (this.#client.closeReason === undefined) await promise;
    if (this.#client.closeReason !== undefined) throw new Error(`a typist was closed: ${this.#client.closeReason}`);
  }
}

/** Asks the server what it has until that is everything. */
export async function untilThere(address: LoadAddress, stateVector: Uint8Array): Promise<void> {
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
