/**
 * A document with everybody in it and nobody typing, and the keystroke that ends its sleep.
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";
import * as Y from "yjs";
import { layoutOf } from "../../../src/core/document/struct-reader.ts";
import { type LoadAddress, LoadClient, joinMany } from "./load-client.ts";
import type { SampleDocument } from "./sample-document.ts";
import { typedUpdate } from "./typed-updates.ts";
import type { Heard } from "./wire.ts";

export type Keystroke = {
  /** From its send to its arrival at the last of the others. */
  readonly lastMs: number;
  /** What all clients sent because of it, the keystroke itself not counted. */
  readonly askedBytes: number;
};

const TYPIST = 1_000;
/** Clients that come with nothing: a hundred who fetch 10 MB would measure the network. */
const NEWCOMERS = 2;
const ARRIVAL_MS = 60_000;
const SEED_MS = 60_000;
const POLL_MS = 20;
/** So long nobody has sent or received anything: what was asked is answered. */
const QUIET_MS = 500;

export class SleepingRoom {
  readonly #address: LoadAddress;
  readonly #sample: SampleDocument;
  readonly #answers = new Map<string, Uint8Array>();
  #clients: readonly LoadClient[] = [];
  #typed = 0;
  #arrivals: { readonly wanted: number; readonly done: () => void; readonly at: Set<LoadClient> } | undefined;

  constructor(address: LoadAddress, sample: SampleDocument) {
    this.#address = address;
    this.#sample = sample;
  }

  /** Resolves when a client that comes with nothing gets the document from the server; at once where servers keep none. */
  async seed(): Promise<void> {
    if (this.#address.wire === "relay") return;
    const author = await LoadClient.join(this.#address);
    author.sendUpdate(this.#sample.update);
    const deadline = performance.now() + SEED_MS;
    while (!(await this.#isServed())) {
      if (performance.now() > deadline) throw new Error(`the document was not there after ${SEED_MS} ms`);
      await pause(POLL_MS);
    }
    await author.leave();
  }

  async fill(sockets: number): Promise<void> {
    this.#clients = await joinMany(sockets, (index) =>
      LoadClient.join(this.#address, {
        ...(index < NEWCOMERS ? {} : { stateVector: this.#sample.stateVector }),
        onHeard: (heard, client) => this.#heard(heard, client),
      }),
    );
  }

  /** One character typed by one of them. Rejects unless everybody else gets it. */
  async type(): Promise<Keystroke> {
    const [typist] = this.#clients;
    if (typist === undefined) throw new Error("nobody is there");
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const timer = setTimeout(() => reject(new Error(`${this.#missing()} of the others never got it`)), ARRIVAL_MS);
    this.#arrivals = { wanted: this.#clients.length - 1, done: resolve, at: new Set() };
    const update = typedUpdate(TYPIST, this.#typed);
    this.#typed += 1;
    const startMs = performance.now();
    typist.sendUpdate(update);
    const sentBytes = this.#sentBytes();
    await promise;
    const lastMs = performance.now() - startMs;
    clearTimeout(timer);
    await this.whenQuiet();
    return { lastMs, askedBytes: this.#sentBytes() - sentBytes };
  }

  /** Bytes that all of them have sent and received. */
  get traffic(): number {
    return this.#clients.reduce((sum, { bytesSent, bytesReceived }) => sum + bytesSent + bytesReceived, 0);
  }

  async whenQuiet(): Promise<void> {
    for (let before = -1; before !== this.traffic;) {
      before = this.traffic;
      await pause(QUIET_MS);
    }
  }

  leave(): void {
    for (const client of this.#clients) client.socket.terminate();
  }

  #missing(): number {
    return this.#arrivals === undefined ? 0 : this.#arrivals.wanted - this.#arrivals.at.size;
  }

  #sentBytes(): number {
    return this.#clients.reduce((sum, client) => sum + client.bytesSent, 0);
  }

  async #isServed(): Promise<boolean> {
    const clocks = new Map<number, number>();
    const reader = await LoadClient.join(this.#address, {
      onHeard: (heard) => {
        if (heard.type !== "update") return;
        for (const { client, end } of layoutOf(heard.update).blocks) clocks.set(client, end);
      },
    });
    await reader.leave();
    const wanted = Y.decodeStateVector(this.#sample.stateVector);
    return [...wanted].every(([client, clock]) => clocks.get(client) === clock);
  }

  #heard(heard: Heard, client: LoadClient): void {
    if (heard.type === "step-1") return this.#answer(heard.stateVector, client);
    const arrivals = this.#arrivals;
    if (heard.type !== "update" || arrivals === undefined) return;
    const clock = this.#typed - 1;
    const isIt = layoutOf(heard.update).blocks.some((block) => block.client === TYPIST && block.end > clock);
    if (!isIt) return;
    arrivals.at.add(client);
    if (arrivals.at.size === arrivals.wanted) arrivals.done();
  }

  /** What a real client answers: all that the server says it lacks, and every deletion. */
  #answer(stateVector: Uint8Array, client: LoadClient): void {
    if (this.#address.wire === "relay") return;
    const key = Buffer.from(stateVector).toString("base64");
    let answer = this.#answers.get(key);
    if (answer === undefined) {
      answer = Y.diffUpdate(this.#sample.update, stateVector);
      this.#answers.set(key, answer);
    }
    client.send(client.wire.step2(answer));
  }
}
