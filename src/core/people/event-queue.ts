/**
 * Events on their way to the next flush: passed on one by one, in order, or counted where they are too many. Rules PP17, PP21 and PP27.
 * @module
 */
import type { Rate } from "../../protocol/limits.ts";
import type { PresenceServerMessage, RoomSize } from "../../protocol/presence-messages.ts";
import { ByteBudget } from "./byte-budget.ts";
import { utf8Length } from "./parse-hello.ts";

/** Of one flush, for each size; what is above it is counted. */
const MAX_PASSED: Readonly<Record<RoomSize, number>> = { full: 100, sampled: 20, count: 0 };
/** And so many bytes of a flush, and a second: one event of 4 KB a second from everybody would be all that a room sends. */
const MAX_PASSED_BYTES = 16 * 1024;
const PASSED_BYTES: Rate = { perSecond: 64 * 1024, burst: MAX_PASSED_BYTES };
/** Names are strangers' words: so many are counted until the next report. */
const MAX_NAMES = 32;
const MAX_NAMES_BYTES = 1_024;

type Event = Extract<PresenceServerMessage, { readonly type: "event" }>;

export class EventQueue {
  readonly #budget = new ByteBudget(PASSED_BYTES);
  #passed: Event[] = [];
  #bytes = 0;
  #tallies = new Map<string, number>();
  #namesBytes = 0;

  get isEmpty(): boolean {
    return this.#passed.length === 0 && this.#tallies.size === 0;
  }

  /** False: there are too many names already, and it is dropped. */
  add(event: Event, size: RoomSize): boolean {
    const bytes = bytesOf(event);
    if (this.#passed.length >= MAX_PASSED[size] || this.#bytes + bytes > MAX_PASSED_BYTES) return this.#count(event);
    this.#passed.push(event);
    this.#bytes += bytes;
    return true;
  }

  /** What goes out, in a room of this size now. */
  take(size: RoomSize, nowMs: number): readonly PresenceServerMessage[] {
    const passed: Event[] = [];
    for (const event of this.#passed) {
      if (passed.length >= MAX_PASSED[size] || !this.#budget.isOpen(nowMs)) {
        this.#count(event);
        continue;
      }
      this.#budget.spend(bytesOf(event), nowMs);
      passed.push(event);
    }
    const tallies = [...this.#tallies].map(([name, times]) => ({ type: "tally", name, times }) as const);
    this.#passed = [];
    this.#bytes = 0;
    this.#tallies = new Map();
    this.#namesBytes = 0;
    return [...passed, ...tallies];
  }

  #count({ name }: Event): boolean {
    const times = this.#tallies.get(name) ?? 0;
    if (times === 0) {
      const bytes = this.#namesBytes + utf8Length(name);
      if (this.#tallies.size === MAX_NAMES || bytes > MAX_NAMES_BYTES) return false;
      this.#namesBytes = bytes;
    }
    this.#tallies.set(name, times + 1);
    return true;
  }
}

function bytesOf({ name, json }: Event): number {
  return utf8Length(name) + utf8Length(json);
}
