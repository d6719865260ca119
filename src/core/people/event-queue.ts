/**
 * Events on their way to the next flush: passed on one by one, in order, or counted where they are too many. Rules PP17 and PP21.
 * @module
 */
import type { PresenceServerMessage, RoomSize } from "../../protocol/presence-messages.ts";
import { utf8Length } from "./parse-hello.ts";

/** Of one flush, for each size; what is above it is counted. */
const MAX_PASSED: Readonly<Record<RoomSize, number>> = { full: 100, sampled: 20, count: 0 };
/** And so many bytes: one event of 4 KB a second from everybody would be all that a room sends. */
const MAX_PASSED_BYTES = 16 * 1024;
/** Names are strangers' words: so many are counted until the next report. */
const MAX_NAMES = 32;

type Event = Extract<PresenceServerMessage, { readonly type: "event" }>;

export class EventQueue {
  #passed: Event[] = [];
  #bytes = 0;
  #tallies = new Map<string, number>();

  get isEmpty(): boolean {
    return this.#passed.length === 0 && this.#tallies.size === 0;
  }

  /** False: there are too many names already, and it is dropped. */
  add(event: Event, size: RoomSize): boolean {
    const bytes = utf8Length(event.name) + utf8Length(event.json);
    if (this.#passed.length >= MAX_PASSED[size] || this.#bytes + bytes > MAX_PASSED_BYTES) return this.#count(event);
    this.#passed.push(event);
    this.#bytes += bytes;
    return true;
  }

  /** What goes out, in a room of this size now. */
  take(size: RoomSize): readonly PresenceServerMessage[] {
    const passed = this.#passed.slice(0, MAX_PASSED[size]);
    for (const event of this.#passed.slice(passed.length)) this.#count(event);
    const tallies = [...this.#tallies].map(([name, times]) => ({ type: "tally", name, times }) as const);
    this.#passed = [];
    this.#bytes = 0;
    this.#tallies = new Map();
    return [...passed, ...tallies];
  }

  #count({ name }: Event): boolean {
    const times = this.#tallies.get(name) ?? 0;
    if (times === 0 && this.#tallies.size === MAX_NAMES) return false;
    this.#tallies.set(name, times + 1);
    return true;
  }
}
