/**
 * What is to be said with the next flush: to all, to all but one, to one. Each hears its part in the order it was said.
 * @module
 */
import type { SessionId } from "../events.ts";
import type { GameMessage, MessageName } from "./events.ts";

/** `at` is how many broadcasts came before it. */
type Own = { readonly at: number; readonly message: GameMessage };

export class Outgoing {
  #shared: GameMessage[] = [];
  readonly #own = new Map<SessionId, Own[]>();
  /** Broadcasts that somebody does not hear, by their place. */
  readonly #skipped = new Map<SessionId, Set<number>>();
  /** Lists that are in {@link shared} already. */
  readonly #gathered = new Map<MessageName, unknown[]>();

  get isEmpty(): boolean {
    return this.#shared.length === 0 && this.#own.size === 0;
  }

  /** What all hear of whom nothing else is known. */
  get shared(): readonly GameMessage[] {
    return this.#shared;
  }

  tell(session: SessionId, message: GameMessage): void {
    const own = this.#own.get(session);
    const entry = { at: this.#shared.length, message };
    if (own === undefined) this.#own.set(session, [entry]);
    else own.push(entry);
  }

  broadcast(message: GameMessage, except: SessionId | undefined): void {
    if (except !== undefined) {
      const skipped = this.#skipped.get(except) ?? new Set();
      this.#skipped.set(except, skipped.add(this.#shared.length));
    }
    this.#shared.push(message);
  }

  /** All hear it, in one list with the others of this name. */
  gather(name: MessageName, payload: unknown): void {
    const gathered = this.#gathered.get(name);
    if (gathered !== undefined) {
      gathered.push(payload);
      return;
    }
    const payloads = [payload];
    this.#gathered.set(name, payloads);
    this.broadcast({ type: "message", name, payload: payloads }, undefined);
  }

  /** It hears exactly what all hear. */
  hearsShared(session: SessionId): boolean {
    return !this.#own.has(session) && !this.#skipped.has(session);
  }

  /** All that this session hears; of broadcasts those from the place `from` on. */
  of(session: SessionId, from: number): readonly GameMessage[] {
    const own = this.#own.get(session) ?? [];
    const skipped = this.#skipped.get(session);
    const heard: GameMessage[] = [];
    let next = 0;
    for (let at = 0; at <= this.#shared.length; at += 1) {
      for (let entry = own[next]; entry !== undefined && entry.at === at; entry = own[next]) {
        heard.push(entry.message);
        next += 1;
      }
      const message = this.#shared[at];
      if (message !== undefined && at >= from && skipped?.has(at) !== true) heard.push(message);
    }
    return heard;
  }

  forget(session: SessionId): void {
    this.#own.delete(session);
  }

  clear(): void {
    this.#shared = [];
    this.#own.clear();
    this.#skipped.clear();
    this.#gathered.clear();
  }
}
