/**
 * Keeps one `Y.Doc` and one room the same: what is typed goes out merged and numbered, what comes in is applied once.
 * @module
 */
import * as Y from "yjs";
import { MAX_FRAME_BYTES, PROTOCOL_VERSION } from "../src/protocol/limits.ts";
import type { ClientMessage, ServerMessage } from "../src/protocol/messages.ts";
import { applyAll } from "./apply-updates.ts";
import { mergeInTiers } from "./merge-updates.ts";
import { ProviderError } from "./provider-error.ts";
import type { SaveState } from "./save-state.ts";

/** Typed updates held for merging; past it they go at once, so that a paste is not merged with everything after it. */
const MAX_MERGED_BYTES = 256 * 1024;
/** Room in a frame for the message's own head and an awareness message beside it. */
const FRAME_HEAD_BYTES = 64 * 1024;
/** The server counts 64 KB before `hello`; a longer state vector follows in a frame of its own. */
const MAX_HELLO_BYTES = 32 * 1024;

/** No structs, no deletions. */
const EMPTY_UPDATE = new Uint8Array(2);

/** Whose work a transaction is: made in this page, read from the browser's storage, heard from another tab, sent by the server. */
export type ChangeSource = "made" | "stored" | "tab" | "server";

export type SyncMessage = Extract<ServerMessage, { readonly type: "sync-step-1" | "sync-step-2" | "update" }>;

export type DocumentSyncPorts = {
  readonly doc: Y.Doc;
  readonly save: SaveState;
  /** Origin of the transactions that apply what the server sent. */
  readonly serverOrigin: object;
  readonly sourceOf: (origin: unknown) => ChangeSource;
  /** How long typed updates wait for company. */
  readonly mergeMs: number;
  /** Sends one frame; called only between `opened` and `closed`. */
  readonly send: (messages: readonly ClientMessage[]) => void;
  /** Every change made here, at once. */
  readonly onMade: (update: Uint8Array) => void;
  /** Message `number` carries every change made here so far. */
  readonly onNumbered: (number: number) => void;
  readonly onError: (error: ProviderError) => void;
};

/**
 * Nothing is queued for a closed socket: on every connect the server asks with its state vector, and the step 2 that
 * answers is computed from the document itself. Until then nothing else is sent, so no update runs ahead of what it needs.
 */
export class DocumentSync {
  readonly #ports: DocumentSyncPorts;
  #made: Uint8Array[] = [];
  #madeBytes = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #beside: ClientMessage | undefined;
  #isOpen = false;
  #isAnswered = false;
  #isComplete = false;
  #hasAsked = false;

  constructor(ports: DocumentSyncPorts) {
    this.#ports = ports;
    ports.doc.on("update", this.#onUpdate);
    // The empty state vector is one zero. What came before this provider is on no server that we know of.
    if (Y.encodeStateVector(ports.doc).length > 1 || holdsPending(ports.doc)) ports.save.changed();
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** True once the server's step 1 was answered: what is made from now on goes out as updates. */
  get isAnswered(): boolean {
    return this.#isAnswered;
  }

  /** The frames that open a socket; `presence` joins the first one. */
  opened(presence: ClientMessage | undefined): void {
    this.#isOpen = true;
    this.#ports.save.opened();
    const stateVector = Y.encodeStateVector(this.#ports.doc);
    const rest: ClientMessage[] = [{ type: "sync-step-1", stateVector }];
    if (presence !== undefined) rest.push(presence);
    const hello: ClientMessage = { type: "hello", version: PROTOCOL_VERSION };
    if (stateVector.length <= MAX_HELLO_BYTES) return this.#ports.send([hello, ...rest]);
    this.#ports.send([hello]);
    this.#ports.send(rest);
  }

  closed(): void {
    this.#isOpen = false;
    this.#isAnswered = false;
    this.#isComplete = false;
    this.#hasAsked = false;
    this.#beside = undefined;
    this.#forgetMade();
    this.#ports.save.closed();
  }

  /** Rights came, or went: without the one to write, what is made here waits for the step 1 by which the server gives it back. */
  allow(mayWrite: boolean): void {
    this.#ports.save.allow(mayWrite);
    if (mayWrite) return;
    this.#isAnswered = false;
    this.#forgetMade();
    // What stood beside it.
    this.flush();
  }

  /** Applies the sync messages of one frame in one transaction; true when they complete the document. Throws on bytes Yjs cannot read. */
  receive(messages: readonly SyncMessage[]): boolean {
    const { doc, serverOrigin } = this.#ports;
    const updates = messages.filter((message) => message.type !== "sync-step-1");
    if (updates.length > 0)
      applyAll(
        doc,
        updates.map(({ update }) => update),
        serverOrigin,
      );
    const question = messages.findLast((message) => message.type === "sync-step-1");
    if (question !== undefined) this.#answer(question.stateVector);
    const isComplete = updates.some((message) => message.type === "sync-step-2");
    this.#isComplete ||= isComplete;
    this.#askForMissing();
    return isComplete;
  }

  /** Sends content that the server may or may not have, as a step 2: known content is no row there. */
  offer(update: Uint8Array): void {
    if (!this.#isAnswered) return this.#ports.save.loaded();
    if (this.#isTooLarge(update)) return;
    this.#ports.send([{ type: "sync-step-2", number: this.#ports.save.numberForSome(), update }]);
  }

  /** Sends `message` now, or beside the updates that are about to go: one frame instead of two. */
  sendBeside(message: ClientMessage): void {
    if (!this.#isOpen) return;
    if (this.#timer === undefined) return this.#ports.send([message]);
    this.#beside = message;
  }

  /** Sends what waits for company. */
  flush(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const messages: ClientMessage[] = [];
    const update = this.#takeMade();
    if (update !== undefined && !this.#isTooLarge(update)) {
      const number = this.#ports.save.numberForAll();
      this.#ports.onNumbered(number);
      messages.push({ type: "update", number, update });
    }
    if (this.#beside !== undefined) messages.push(this.#beside);
    this.#beside = undefined;
    if (messages.length > 0) this.#ports.send(messages);
  }

  destroy(): void {
    this.#ports.doc.off("update", this.#onUpdate);
    this.#forgetMade();
  }

  readonly #onUpdate = (update: Uint8Array, origin: unknown): void => {
    const source = this.#ports.sourceOf(origin);
    if (source === "stored") this.offer(update);
    if (source !== "made") return;
    this.#ports.save.changed();
    this.#ports.onMade(update);
    if (!this.#isAnswered) return;
    this.#made.push(update);
    this.#madeBytes += update.length;
    if (this.#madeBytes >= MAX_MERGED_BYTES) return this.flush();
    this.#timer ??= setTimeout(() => this.flush(), this.#ports.mergeMs);
  };

  /**
   * Answers step 1. Without new structs and without deletions nothing here is new and the document is saved. Deletions
   * do not show in a state vector: with some, and with something unsaved here, the ack decides. Who may not write says nothing
   * new, but answers: the ack of deletions alone shows that the server knows them, and any answer that this client reads.
   */
  #answer(stateVector: Uint8Array): void {
    const { doc, save, onNumbered, send } = this.#ports;
    const update = Y.encodeStateAsUpdate(doc, stateVector);
    this.#forgetMade();
    this.#isAnswered = save.mayWrite;
    if (isEmptyUpdate(update)) save.nothingNew();
    if (!save.mayWrite && update[0] !== 0) {
      return send([{ type: "sync-step-2", number: save.numberForNothing(), update: EMPTY_UPDATE }]);
    }
    if (this.#isTooLarge(update)) return;
    const number = save.numberForAll();
    onNumbered(number);
    const messages: ClientMessage[] = [{ type: "sync-step-2", number, update }];
    if (this.#beside !== undefined) messages.push(this.#beside);
    this.#beside = undefined;
    send(messages);
  }

  /** Yjs holds back what lacks a dependency; the server has it, or nobody: asked once for each gap. */
  #askForMissing(): void {
    if (!this.#isComplete) return;
    const mustAsk = holdsPending(this.#ports.doc) && !this.#hasAsked;
    this.#hasAsked = holdsPending(this.#ports.doc);
    if (!mustAsk) return;
    this.#ports.send([{ type: "sync-step-1", stateVector: Y.encodeStateVector(this.#ports.doc) }]);
  }

  #isTooLarge(update: Uint8Array): boolean {
    if (update.length <= MAX_FRAME_BYTES - FRAME_HEAD_BYTES) return false;
    this.#ports.save.refuse();
    this.#ports.onError(
      new ProviderError("too-large", `a change of ${update.length} bytes is larger than a frame may be`),
    );
    return true;
  }

  #takeMade(): Uint8Array | undefined {
    const update = mergeInTiers(this.#made);
    this.#made = [];
    this.#madeBytes = 0;
    return update;
  }

  #forgetMade(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#made = [];
    this.#madeBytes = 0;
  }
}

export function isSyncMessage(message: ServerMessage): message is SyncMessage {
  return message.type === "sync-step-1" || message.type === "sync-step-2" || message.type === "update";
}

/** Two zeros: no structs, no deletions. */
function isEmptyUpdate(update: Uint8Array): boolean {
  return update.length === 2 && update[0] === 0 && update[1] === 0;
}

function holdsPending(doc: Y.Doc): boolean {
  return doc.store.pendingStructs !== null || doc.store.pendingDs !== null;
}
