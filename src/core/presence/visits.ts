/**
 * Who is shown without a socket of their own, for a moment: back ends and agents that edit. Rule PR19 of SPEC.md.
 * @module
 */
import { type AwarenessEntry, fitsAwareness } from "./awareness-codec.ts";

export type Visitor = {
  /** The Yjs client id of its edits, random: after a wake it is another one. */
  readonly client: number;
  /** JSON text of an object. */
  readonly state: string;
};

/** Long enough to be noticed, short enough to let a room sleep: a timer ends it. */
export const VISIT_MS = 5_000;
/** Ids that are remembered; of more, those that were shown longest ago leave. */
const MAX_VISITS = 100;

type Visit = { readonly entry: AwarenessEntry; readonly untilMs: number };

export class Visits {
  /** Those that left too: what a client that repeats its peers says of them late is no claim of theirs. */
  readonly #byClient = new Map<number, Visit>();
  #unsaid: AwarenessEntry[] = [];

  has(client: number): boolean {
    return this.#byClient.has(client);
  }

  show({ client, state }: Visitor, nowMs: number): void {
    if (!fitsAwareness(state)) return;
    this.#put({ client, clock: this.#clockOf(client) + 1, state }, nowMs + VISIT_MS);
    for (const [oldest, { entry }] of this.#byClient) {
      if (this.#byClient.size <= MAX_VISITS) break;
      this.#leave(entry);
      this.#byClient.delete(oldest);
    }
  }

  /** All who are shown, one clock up: who has forgotten them and kept their clocks takes them again. */
  raised(): readonly AwarenessEntry[] {
    for (const [client, { entry, untilMs }] of this.#byClient) {
      if (entry.state !== null) {
        this.#byClient.set(client, { entry: { ...entry, clock: entry.clock + 1 }, untilMs });
      }
    }
    return this.shown();
  }

  shown(): readonly AwarenessEntry[] {
    return [...this.#byClient.values()].flatMap(({ entry }) => (entry.state === null ? [] : [entry]));
  }

  /** What everybody has to hear now; forgets it. */
  takeUnsaid(nowMs: number): readonly AwarenessEntry[] {
    for (const { entry, untilMs } of [...this.#byClient.values()]) if (untilMs <= nowMs) this.#leave(entry);
    const unsaid = this.#unsaid;
    this.#unsaid = [];
    return unsaid;
  }

  /** When the next one leaves; undefined when nobody is shown. */
  nextEndMs(): number | undefined {
    const next = Math.min(...[...this.#byClient.values()].map(({ untilMs }) => untilMs));
    return next === Infinity ? undefined : next;
  }

  #clockOf(client: number): number {
    return this.#byClient.get(client)?.entry.clock ?? 0;
  }

  #leave({ client, clock, state }: AwarenessEntry): void {
    if (state !== null) this.#put({ client, clock: clock + 1, state: null }, Infinity);
  }

  #put(entry: AwarenessEntry, untilMs: number): void {
    this.#byClient.delete(entry.client);
    this.#byClient.set(entry.client, { entry, untilMs });
    this.#unsaid.push(entry);
  }
}
