/**
 * People who type until their server dies, and what anyone has seen of it; then what is left of it.
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";
import * as Y from "yjs";
import { layoutOf } from "../../../../src/core/document/struct-reader.ts";
import { fetchDocument } from "../fetch-document.ts";
import { type LoadAddress, LoadClient, joinMany } from "../load-client.ts";
import { typedUpdate } from "../typed-updates.ts";
import type { Heard } from "../wire.ts";

export type TypeUntilKilledParams = {
  readonly address: LoadAddress;
  readonly typists: number;
  /** Of all typists together. */
  readonly updatesPerSecond: number;
};

/** Keystrokes by client id. */
export type Clocks = ReadonlyMap<number, number>;

export type TypedUntilKilled = {
  readonly sent: Clocks;
  /** Received by another client, or acknowledged to the one who typed. */
  readonly seen: Clocks;
};

const FIRST_TYPIST = 1_000;
const MAX_TYPING_MS = 60_000;

/** Ends when every socket is closed. `onBegun` is called when somebody has seen something. Rejects when the server lives on for a minute. */
export async function typeUntilKilled(
  params: TypeUntilKilledParams,
  onBegun: () => void = () => undefined,
): Promise<TypedUntilKilled> {
  const { address, typists, updatesPerSecond } = params;
  const books = Array.from({ length: typists }, (_, index) => new Book(FIRST_TYPIST + index));
  const clients = await joinMany(typists, (index) =>
    LoadClient.join(address, { onHeard: (heard) => hear(heard, books, books[index]) }),
  );
  let hasBegun = false;
  const startMs = performance.now();
  for (let typed = 0; clients.some(isOpen); typed += 1) {
    const leftMs = startMs + (typed * 1_000) / updatesPerSecond - performance.now();
    if (leftMs > 0) await pause(leftMs);
    if (!hasBegun && books.some(({ seen }) => seen > 0)) {
      hasBegun = true;
      onBegun();
    }
    if (performance.now() - startMs > MAX_TYPING_MS) throw new Error("the server was not killed");
    const index = typed % typists;
    const client = clients[index];
    if (client !== undefined && isOpen(client)) books[index]?.type(client);
  }
  return {
    sent: new Map(books.map(({ id, sent }) => [id, sent])),
    seen: new Map(books.map(({ id, seen }) => [id, seen])),
  };
}

/** Keystrokes that a client who comes with nothing gets from the server. */
export async function readClocks({ address }: { readonly address: LoadAddress }): Promise<Clocks> {
  const doc = await fetchDocument(address);
  return Y.decodeStateVector(Y.encodeStateVector(doc));
}

/** One typist's keystrokes. */
class Book {
  readonly id: number;
  sent = 0;
  seen = 0;
  /** Of each message that the server numbers or acknowledges: keystrokes sent when it went out. */
  readonly #messages: number[] = [];
  #acked = 0;

  constructor(id: number) {
    this.id = id;
  }

  type(client: LoadClient): void {
    client.sendUpdate(typedUpdate(this.id, this.sent));
    this.sent += 1;
    this.#messages.push(this.sent);
  }

  /** The client has answered a step 1; that is acknowledged too. */
  answered(): void {
    this.#messages.push(this.sent);
  }

  /** All messages up to `number`, or one more. */
  acked(number: number | undefined): void {
    this.#acked = number ?? this.#acked + 1;
    this.saw(this.#messages[this.#acked - 1] ?? 0);
  }

  saw(clock: number): void {
    this.seen = Math.max(this.seen, clock);
  }
}

function hear(heard: Heard, books: readonly Book[], own: Book | undefined): void {
  if (heard.type === "step-1") own?.answered();
  if (heard.type === "ack") own?.acked(heard.number);
  if (heard.type !== "update") return;
  for (const { client, end } of layoutOf(heard.update).blocks) {
    // A server may echo: that is nobody else.
    if (client !== own?.id) books.find(({ id }) => id === client)?.saw(end);
  }
}

function isOpen({ socket }: LoadClient): boolean {
  return socket.readyState === socket.OPEN;
}
