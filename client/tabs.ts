/**
 * Tabs of one browser share changes and presence at once, on a plane too.
 * @module
 */
import * as Y from "yjs";
import { applyAll } from "./apply-updates.ts";
import { mergeInTiers } from "./merge-updates.ts";
import { ProviderError, messageOf } from "./provider-error.ts";
import { type TabMessage, isTabMessage } from "./tab-messages.ts";

/** How long the tab that made a change has to get it to the server before another tab sends it: it may be gone. */
const FORWARD_MS = 2_000;

export type TabsPorts = {
  readonly name: string;
  readonly doc: Y.Doc;
  /** True once this tab's socket knows what the server has. */
  readonly isAnswered: () => boolean;
  /** True when the server has everything made in this tab. */
  readonly isSaved: () => boolean;
  /** Sends content that may be known to the server; without a socket, marks it as unsaved here. */
  readonly offer: (update: Uint8Array) => void;
  readonly presence: () => Uint8Array | undefined;
  readonly farewell: () => Uint8Array | undefined;
  readonly onPresence: (update: Uint8Array, origin: object) => void;
  readonly onError: (error: ProviderError) => void;
};

type Heard = { readonly from: string; readonly seq: number; readonly update: Uint8Array; readonly atMs: number };
type Unaddressed<Message> = Message extends unknown ? Omit<Message, "from"> : never;

/**
 * A change is sent to the server by the tab it was made in, which then says `saved` to the others. What no such word
 * covers within two seconds is sent by those who heard it: deletions too, as a step 2, so that what the server knows
 * already costs nothing.
 */
export class Tabs {
  readonly #ports: TabsPorts;
  readonly #id = crypto.randomUUID();
  #channel: BroadcastChannel | undefined;
  #heard: Heard[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  /** Changes made in this tab so far. */
  #seq = 0;
  /** Which of them a numbered message carried: [number, seq], in order. */
  #carried: (readonly [number, number])[] = [];

  constructor(ports: TabsPorts) {
    this.#ports = ports;
  }

  /** Joins, and asks the others for what this tab lacks. */
  open(): void {
    if (this.#channel !== undefined) return;
    this.#channel = new BroadcastChannel(this.#ports.name);
    this.#channel.addEventListener("message", this.#onMessage);
    this.query();
  }

  /** Leaves; the others see this tab go. */
  close(): void {
    const channel = this.#channel;
    if (channel === undefined) return;
    const farewell = this.#ports.farewell();
    if (farewell !== undefined) this.sendPresence(farewell);
    this.#handOver();
    channel.removeEventListener("message", this.#onMessage);
    channel.close();
    this.#channel = undefined;
  }

  /** Asks everybody for content and presence. */
  query(): void {
    this.#post({ kind: "query", stateVector: Y.encodeStateVector(this.#ports.doc) });
    this.#postOwnPresence();
  }

  /** Tells the others what was made here. */
  made(update: Uint8Array): void {
    this.#seq += 1;
    this.#post({ kind: "update", seq: this.#seq, isSaved: false, update });
  }

  sendPresence(update: Uint8Array): void {
    this.#post({ kind: "presence", update });
  }

  /** Message `number` carries everything made here so far. */
  numbered(number: number): void {
    this.#carried.push([number, this.#seq]);
  }

  /** Every message up to `number` is durable: the others need not send what it carried. */
  acked(number: number): void {
    let seq: number | undefined;
    while (this.#carried[0] !== undefined && this.#carried[0][0] <= number) seq = this.#carried.shift()?.[1];
    if (seq !== undefined) this.#post({ kind: "saved", seq });
  }

  /** The socket is gone; its numbers mean nothing any more, and what was heard waits for the next step 2. */
  closed(): void {
    this.#carried = [];
    this.#handOver();
  }

  readonly #onMessage = ({ data }: MessageEvent<unknown>): void => {
    if (!isTabMessage(data)) return;
    if ("to" in data && data.to !== undefined && data.to !== this.#id) return;
    try {
      this.#receive(data);
    } catch (error) {
      this.#ports.onError(new ProviderError("tabs", `unreadable message of another tab: ${messageOf(error)}`, error));
    }
  };

  #receive(message: TabMessage): void {
    switch (message.kind) {
      case "query":
        return this.#answer(message.from, message.stateVector);
      case "answer": {
        this.#apply(message);
        const update = Y.encodeStateAsUpdate(this.#ports.doc, message.stateVector);
        return this.#post({ kind: "update", to: message.from, seq: this.#seq, isSaved: this.#ports.isSaved(), update });
      }
      case "update":
        return this.#apply(message);
      case "saved":
        this.#heard = this.#heard.filter(({ from, seq }) => from !== message.from || seq > message.seq);
        return;
      case "presence":
        return this.#ports.onPresence(message.update, this);
    }
  }

  #answer(to: string, theirs: Uint8Array): void {
    const { doc, isSaved } = this.#ports;
    this.#post({
      kind: "answer",
      to,
      stateVector: Y.encodeStateVector(doc),
      seq: this.#seq,
      isSaved: isSaved(),
      update: Y.encodeStateAsUpdate(doc, theirs),
    });
    this.#postOwnPresence();
  }

  #apply({ from, seq, isSaved, update }: Extract<TabMessage, { readonly kind: "answer" | "update" }>): void {
    let isNew = false;
    const notice = () => {
      isNew = true;
    };
    this.#ports.doc.on("update", notice);
    try {
      applyAll(this.#ports.doc, [update], this);
    } finally {
      this.#ports.doc.off("update", notice);
    }
    if (!isNew || isSaved) return;
    if (!this.#ports.isAnswered()) return this.#ports.offer(update);
    this.#heard.push({ from, seq, update, atMs: performance.now() });
    this.#timer ??= setTimeout(this.#forward, FORWARD_MS);
  }

  readonly #forward = (): void => {
    this.#timer = undefined;
    const dueMs = performance.now() - FORWARD_MS;
    const due = this.#heard.filter(({ atMs }) => atMs <= dueMs);
    this.#heard = this.#heard.filter(({ atMs }) => atMs > dueMs);
    this.#offer(due);
    const [next] = this.#heard;
    if (next !== undefined) this.#timer = setTimeout(this.#forward, next.atMs - dueMs);
  };

  /** Gives everything heard to the socket, or to the save state when there is none. */
  #handOver(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const heard = this.#heard;
    this.#heard = [];
    this.#offer(heard);
  }

  #offer(heard: readonly Heard[]): void {
    const update = mergeInTiers(heard.map((one) => one.update));
    if (update !== undefined) this.#ports.offer(update);
  }

  #postOwnPresence(): void {
    const update = this.#ports.presence();
    if (update !== undefined) this.sendPresence(update);
  }

  #post(message: Unaddressed<TabMessage>): void {
    this.#channel?.postMessage({ ...message, from: this.#id });
  }
}
