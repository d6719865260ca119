/**
 * What this page has to say, at the pace the server sets: the last word about each thing, all that is due in one frame.
 * @module
 */
import type { PresenceRates } from "../../src/protocol/presence-messages.ts";
import type { Said } from "./wire.ts";

export type Channel = "status" | "state" | "view" | "cursor" | "typing" | "event";

/** What is shown of the page: people scroll slower than they point. */
const MAX_VIEW_HZ = 2;
/** Before all that is remembered; not infinite, as a rate of 0 waits for ever. */
const NEVER_MS = -1e9;

export class Outbox {
  readonly #send: (messages: readonly Said[]) => void;
  readonly #maxCursorHz: number;
  /** Undefined: nothing may be said. */
  #rates: PresenceRates | undefined;
  #isPaused = false;
  /** By what it is about; each event is about itself. */
  readonly #pending = new Map<unknown, readonly [Channel, Said]>();
  /** What a new socket has to hear again. */
  readonly #lasting = new Map<Channel, Said>();
  readonly #saidAtMs = new Map<Channel, number>();
  #tokens = 0;
  #tokensAtMs = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isQueued = false;

  constructor(send: (messages: readonly Said[]) => void, maxCursorHz: number) {
    this.#send = send;
    this.#maxCursorHz = maxCursorHz;
  }

  /** A new socket: what `hello` says, states among it, and what else holds. */
  open(hello: Said): void {
    this.#pending.clear();
    this.#send([hello, ...this.#lasting.values()]);
  }

  /** From here on so often; without rates, as without a socket, not at all. */
  setRates(rates: PresenceRates | undefined): void {
    if (rates === this.#rates) return;
    // A full second's worth at first.
    if (this.#rates === undefined) this.#tokens = Infinity;
    this.#rates = rates;
    this.#schedule();
  }

  /** A page that nobody sees does not point, type or scroll: what it did ends now, at whatever pace. */
  pause(isPaused: boolean): void {
    if (isPaused) {
      if (this.#lasting.has("cursor")) this.say("cursor", [4]);
      if (this.#lasting.has("typing")) this.say("typing", [5, ""]);
      this.#saidAtMs.clear();
      this.#flush();
    }
    this.#isPaused = isPaused;
  }

  /** What was to be said about the same thing is not said any more. */
  say(channel: Channel, message: Said): void {
    const isState = channel === "state";
    if (!isState) {
      if (this.#isPaused && channel !== "status") return;
      if (String(this.#lasting.get(channel)) === String(message)) return;
      this.#lasting.set(channel, message);
    }
    this.#put(channel, isState ? `state ${message[1]}` : channel, message);
  }

  /** False when it is more than the server lets through, or nothing may be said: it is not said later. */
  raise(message: Said): boolean {
    const hz = this.#rates?.event ?? 0;
    const nowMs = performance.now();
    this.#tokens = Math.min(Math.max(1, hz), this.#tokens + ((nowMs - this.#tokensAtMs) * hz) / 1_000);
    this.#tokensAtMs = nowMs;
    if (hz === 0 || this.#tokens < 1) return false;
    this.#tokens -= 1;
    this.#put("event", message, message);
    return true;
  }

  #put(channel: Channel, about: unknown, message: Said): void {
    this.#pending.set(about, [channel, message]);
    this.#schedule();
  }

  #flush(): void {
    this.#isQueued = false;
    const messages: Said[] = [];
    const channels = new Set<Channel>();
    for (const [about, [channel, message]] of this.#pending) {
      if (this.#waitMs(channel) > 0) continue;
      this.#pending.delete(about);
      channels.add(channel);
      messages.push(message);
    }
    for (const channel of channels) this.#saidAtMs.set(channel, performance.now());
    if (messages.length > 0) this.#send(messages);
    this.#schedule();
  }

  #schedule(): void {
    clearTimeout(this.#timer);
    if (this.#isQueued) return;
    const waitMs = Math.min(...Array.from(this.#pending.values(), ([channel]) => this.#waitMs(channel)));
    if (waitMs > 0) {
      if (waitMs < Infinity) this.#timer = setTimeout(() => this.#flush(), Math.ceil(waitMs));
      return;
    }
    // At the end of the running task: what is said one by one is one frame.
    this.#isQueued = true;
    queueMicrotask(() => this.#flush());
  }

  /** Until this channel may speak again; Infinity while it may not at all. */
  #waitMs(channel: Channel): number {
    if (this.#rates === undefined) return Infinity;
    const { cursor } = this.#rates;
    const hz = {
      ...this.#rates,
      cursor: Math.min(cursor, this.#maxCursorHz),
      view: Math.min(cursor, MAX_VIEW_HZ),
      status: Infinity,
      event: Infinity,
    }[channel];
    return (this.#saidAtMs.get(channel) ?? NEVER_MS) + 1_000 / hz - performance.now();
  }
}
