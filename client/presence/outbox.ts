/**
 * What this page has to say, at the pace the server sets: the last word of each channel, all that is due in one frame.
 * @module
 */
import type { CursorPosition, PersonStatus, PresenceRates, View } from "../../src/protocol/presence-messages.ts";
import type { OutgoingMessage } from "./wire.ts";

/** In the order in which they are said. */
type Channel = "status" | "state" | "view" | "cursor" | "typing";

/** What is shown of the page: people scroll slower than they point. */
const MAX_VIEW_HZ = 2;
const SILENT: PresenceRates = { state: 0, cursor: 0, typing: 0, event: 0, counts: 0 };

export class Outbox {
  readonly #send: (messages: readonly OutgoingMessage[]) => void;
  readonly #maxCursorHz: number;
  #rates = SILENT;
  #isOpen = false;
  #isPaused = false;
  #status: PersonStatus = "active";
  #typing = "";
  #cursor: CursorPosition | null = null;
  #view: (View & { readonly follows: number }) | undefined;
  /** Keys to say; empty text takes one back. */
  readonly #state = new Map<string, string>();
  #events: OutgoingMessage[] = [];
  #eventTokens = 0;
  #eventsAtMs = 0;
  /** What the server knows of this socket's cursor. */
  #saidAnchor: number | undefined;
  #isPointing = false;
  readonly #dirty = new Set<Channel>();
  readonly #saidAtMs = new Map<Channel, number>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isQueued = false;

  constructor(send: (messages: readonly OutgoingMessage[]) => void, maxCursorHz: number) {
    this.#send = send;
    this.#maxCursorHz = maxCursorHz;
  }

  /** A new socket: what `hello` says, and what of the rest the server has to know again. */
  open(hello: OutgoingMessage): void {
    this.#isOpen = true;
    this.#saidAnchor = undefined;
    this.#isPointing = false;
    this.#state.clear();
    this.#dirty.clear();
    const messages = [hello];
    if (this.#status !== "active") this.#say("status", messages);
    this.#say("view", messages);
    if (!this.#isPaused) this.#say("cursor", messages);
    if (!this.#isPaused && this.#typing !== "") this.#say("typing", messages);
    this.#send(messages);
  }

  /** No socket any more; what was to be said comes with the next `hello`, but for events. */
  close(): void {
    this.#isOpen = false;
    this.#events = [];
    this.#rates = SILENT;
    this.#cancel();
  }

  /** From here on so often; without rates nothing. */
  setRates(rates: PresenceRates = SILENT): void {
    // A full second's worth at first.
    if (this.#rates.event === 0) this.#eventTokens = Math.max(1, rates.event);
    this.#rates = rates;
    this.#schedule();
  }

  /** A page that nobody sees does not point, type or scroll: what it did ends now, in whatever pace. */
  pause(isPaused: boolean): void {
    if (isPaused) {
      this.setCursor(null);
      this.setTyping("");
      for (const channel of ["cursor", "typing"] as const) this.#saidAtMs.delete(channel);
      this.flush();
    }
    this.#isPaused = isPaused;
    this.#schedule();
  }

  setStatus(status: PersonStatus): void {
    if (status === this.#status) return;
    this.#status = status;
    this.#mark("status");
  }

  setState(key: string, json: string): void {
    this.#state.set(key, json);
    this.#mark("state");
  }

  setView(view: View, follows: number): void {
    this.#view = { ...view, follows };
    this.#mark("view");
  }

  setCursor(cursor: CursorPosition | null): void {
    this.#cursor = cursor;
    this.#mark("cursor");
  }

  setTyping(where: string): void {
    if (where === this.#typing) return;
    this.#typing = where;
    this.#mark("typing");
  }

  /** False when it is more than the server lets through, or there is no socket: it is not sent later. */
  raise(name: string, json: string): boolean {
    const { event } = this.#rates;
    const nowMs = performance.now();
    const filled = this.#eventTokens + ((nowMs - this.#eventsAtMs) / 1_000) * event;
    this.#eventTokens = Math.min(Math.max(1, event), filled);
    this.#eventsAtMs = nowMs;
    if (event === 0 || this.#eventTokens < 1) return false;
    this.#eventTokens -= 1;
    this.#events.push({ type: "event", name, json });
    this.#schedule();
    return true;
  }

  /** Says now what is due. */
  readonly flush = (): void => {
    this.#cancel();
    if (!this.#isOpen) return;
    const messages: OutgoingMessage[] = [];
    for (const channel of [...this.#dirty]) if (this.#waitMs(channel) <= 0) this.#say(channel, messages);
    messages.push(...this.#events.splice(0));
    if (messages.length > 0) this.#send(messages);
    this.#schedule();
  };

  #mark(channel: Channel): void {
    this.#dirty.add(channel);
    this.#schedule();
  }

  #schedule(): void {
    if (!this.#isOpen || this.#isQueued) return;
    let waitMs = this.#events.length > 0 ? 0 : Infinity;
    for (const channel of this.#dirty) waitMs = Math.min(waitMs, this.#waitMs(channel));
    clearTimeout(this.#timer);
    if (waitMs === Infinity) return;
    if (waitMs > 0) {
      this.#timer = setTimeout(this.flush, Math.ceil(waitMs));
      return;
    }
    // At the end of the running task: what is said one by one is one frame.
    this.#isQueued = true;
    queueMicrotask(() => {
      if (this.#isQueued) this.flush();
    });
  }

  #cancel(): void {
    clearTimeout(this.#timer);
    this.#isQueued = false;
  }

  /** Until this channel may speak again; Infinity while it may not at all. */
  #waitMs(channel: Channel): number {
    const hz = this.#hz(channel);
    return hz === 0 ? Infinity : (this.#saidAtMs.get(channel) ?? -Infinity) + 1_000 / hz - performance.now();
  }

  #hz(channel: Channel): number {
    const { state, cursor, typing } = this.#rates;
    if (channel === "status") return this.#rates === SILENT ? 0 : Infinity;
    if (channel === "state") return state;
    if (this.#isPaused) return 0;
    if (channel === "typing") return typing;
    return Math.min(cursor, channel === "view" ? MAX_VIEW_HZ : this.#maxCursorHz);
  }

  #say(channel: Channel, messages: OutgoingMessage[]): void {
    this.#dirty.delete(channel);
    this.#saidAtMs.set(channel, performance.now());
    const cursor = this.#cursor;
    if (channel === "status") messages.push({ type: "status", status: this.#status });
    else if (channel === "typing") messages.push({ type: "typing", where: this.#typing });
    else if (channel === "state") {
      for (const [key, json] of this.#state) messages.push({ type: "state", key, json });
      this.#state.clear();
    } else if (channel === "view") {
      if (this.#view !== undefined) messages.push({ type: "view", ...this.#view });
    } else if (cursor === null) {
      if (this.#isPointing) messages.push({ type: "gone" });
      this.#isPointing = false;
    } else {
      const { anchor, x, y } = cursor;
      messages.push(anchor === this.#saidAnchor ? { type: "cursor", x, y } : { type: "anchor", anchor, x, y });
      this.#saidAnchor = anchor;
      this.#isPointing = true;
    }
  }
}
