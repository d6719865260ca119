/**
 * Who wrote which structs: out of rows as they were sent, and asked struct by struct. Rules HA4, HA5 and HA7.
 * @module
 */
import { ByteReader, ReadFailure } from "../document/byte-reader.ts";
import { SEVERAL_USERS } from "../document/merge-rows.ts";
import { StructCursor } from "../document/struct-cursor.ts";
import type { LogRow } from "../ports.ts";
import type { Credit, Credits, Stamp } from "./shapes.ts";

/** Times are known to the minute: nobody asks for more, and what was typed in one go stays one stamp. */
export const STAMP_MS = 60_000;

const NOBODY: Credit = { user: "", atMs: null };

type Span = { readonly start: number; readonly end: number; readonly credit: Credit };
type Growing = { -readonly [Key in keyof Stamp]: Stamp[Key] };

/** The stamps of these rows, one per client, user and minute where clocks go on. An update of several people says nothing. */
export function stampsOf(rows: Iterable<LogRow>): readonly Stamp[] {
  const stamps: Growing[] = [];
  const latest = new Map<number, Growing>();
  for (const { atMs: rowMs, updates } of rows) {
    const atMs = rowMs - (rowMs % STAMP_MS);
    for (const { user, update } of updates) {
      if (user === SEVERAL_USERS) continue;
      visitStructs(update, (client, clock, length) => {
        const last = latest.get(client);
        if (last?.user === user && last.atMs === atMs && last.clock + last.length === clock) {
          last.length += length;
          return;
        }
        const stamp = { client, clock, length, user, atMs };
        latest.set(client, stamp);
        stamps.push(stamp);
      });
    }
  }
  return stamps;
}

/** Calls `visit` for every struct but holes. What does not read is passed: compaction sets it aside. */
function visitStructs(update: Uint8Array, visit: (client: number, clock: number, length: number) => void): void {
  const reader = new ByteReader(update);
  const cursor = new StructCursor(reader);
  try {
    for (let clients = reader.count(); clients > 0; clients -= 1) {
      let structs = reader.count();
      const client = reader.varUint();
      let clock = reader.varUint();
      for (; structs > 0; structs -= 1) {
        cursor.readHeader(client, clock);
        const length = cursor.readBody();
        if (!cursor.isSkip) visit(client, clock, length);
        clock += length;
      }
    }
  } catch (failure) {
    if (!(failure instanceof ReadFailure)) throw failure;
  }
}

/** Credits out of stamps, the first of which count, and where there are none out of the first sender of the client id. */
export class Attribution implements Credits {
  readonly #spans = new Map<number, Span[]>();
  readonly #authors = new Map<number, Credit>();
  /** Neighbours ask for each other: where the last answer came from. */
  #lastClient = -1;
  #last: Span | undefined;

  constructor(stamps: Iterable<Stamp>, authors: Iterable<readonly [client: number, user: string]>) {
    for (const stamp of stamps) this.#add(stamp);
    for (const [client, user] of authors) this.#authors.set(client, { user, atMs: null });
  }

  of(client: number, clock: number): Credit {
    const last = this.#last;
    if (last !== undefined && client === this.#lastClient && last.start <= clock && clock < last.end)
      return last.credit;
    const spans = this.#spans.get(client) ?? [];
    const span = spans[indexFrom(spans, clock)];
    if (span === undefined || span.start > clock) return this.#authors.get(client) ?? NOBODY;
    this.#lastClient = client;
    this.#last = span;
    return span.credit;
  }

  #add({ client, clock, length, user, atMs }: Stamp): void {
    const credit = { user, atMs: atMs === 0 ? null : atMs };
    const end = clock + length;
    const spans = this.#spans.get(client) ?? [];
    if (spans.length === 0) this.#spans.set(client, spans);
    let from = clock;
    for (let index = indexFrom(spans, clock); from < end; index += 1) {
      const next = spans[index];
      const until = Math.min(end, next?.start ?? end);
      if (until > from) {
        spans.splice(index, 0, { start: from, end: until, credit });
        index += 1;
      }
      from = Math.max(until, next?.end ?? end);
    }
  }
}

/** Index of the first span that ends behind `clock`. */
function indexFrom(spans: readonly Span[], clock: number): number {
  let low = 0;
  let high = spans.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if ((spans[middle]?.end ?? 0) <= clock) low = middle + 1;
    else high = middle;
  }
  return low;
}
