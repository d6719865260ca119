/**
 * Makes many log rows one, without a Y.Doc: tier merging while people type on.
 * @module
 */
import type { LogRow, StampedUpdate } from "../ports.ts";
import { ByteReader } from "./byte-reader.ts";
import { ClockTable } from "./clock-table.ts";
import { joinRuns } from "./join-runs.ts";
import { StructCursor } from "./struct-cursor.ts";
import { UpdateAssembler, type UpdatePiece, trimToNew, wholePiece } from "./update-assembler.ts";
import { visitDeletes } from "./struct-reader.ts";

/** Above it people depend on each other too closely to be kept apart: the row becomes one update of several. */
const MAX_GROUPS = 64;
/** Stamp of an update that several people made. */
export const SEVERAL_USERS = "";

/**
 * One row that stands for all of `rows` (in order, at least one): equal in effect, in causal order, each user's updates joined
 * as far as the order allows, else all of them in one stamped {@link SEVERAL_USERS}. It carries the newest row's time. Linear.
 */
export function mergeRows(rows: readonly LogRow[]): LogRow {
  const first = rows[0];
  const last = rows.at(-1);
  if (first === undefined || last === undefined) throw new RangeError("no rows to merge");
  const groups = new Groups();
  for (const row of rows) for (const update of row.updates) groups.add(update);
  return { seq: last.seq, firstSeq: first.firstSeq, atMs: last.atMs, updates: groups.take() };
}

/** Updates of one user that go into one, or one update as it was. */
type Group = { readonly user: string; readonly pieces: UpdatePiece[]; readonly verbatim: Uint8Array | undefined };

/** Which group brought which clocks of one client; both ascend, as a client's later structs never go into an earlier group. */
type Span = { readonly ends: number[]; readonly groups: number[] };

class Groups {
  readonly #groups: Group[] = [];
  readonly #latest = new Map<string, number>();
  readonly #spans = new Map<number, Span>();
  /** Ends of what the rows brought; a client's first block starts where the document was before. */
  readonly #known = new ClockTable();
  /** Nothing joins a group below it. */
  #barrier = 0;

  add({ user, update }: StampedUpdate): void {
    const piece = this.#trim(update);
    if (piece === "known") return;
    if (piece === "unreadable") {
      this.#groups.push({ user, pieces: [], verbatim: update });
      this.#barrier = this.#groups.length;
      return;
    }
    const needed = Math.max(this.#barrier, this.#groupNeededBy(piece));
    const latest = this.#latest.get(user) ?? -1;
    const index = latest >= needed ? latest : this.#groups.length;
    if (index === this.#groups.length) this.#groups.push({ user, pieces: [], verbatim: undefined });
    this.#groups[index]?.pieces.push(piece);
    this.#latest.set(user, index);
    for (const block of piece.blocks) this.#record(block.client, block.end, index);
  }

  take(): StampedUpdate[] {
    if (this.#groups.length <= MAX_GROUPS || this.#barrier > 0) return this.#groups.map(joinGroup);
    const pieces = this.#groups.flatMap((group) => group.pieces);
    return [joinGroup({ user: SEVERAL_USERS, pieces, verbatim: undefined })];
  }

  #trim(update: Uint8Array): UpdatePiece | "known" | "unreadable" {
    try {
      const whole = wholePiece(update);
      for (const { client, start } of whole.blocks) {
        if (!this.#spans.has(client)) this.#known.advance(client, start);
      }
      const trimmed = trimToNew(whole, this.#known);
      if (trimmed.kind === "known") return "known";
      return trimmed.kind === "gap" ? "unreadable" : trimmed.piece;
    } catch {
      // Compaction quarantines it; until then it stays as it was.
      return "unreadable";
    }
  }

  #groupNeededBy(piece: UpdatePiece): number {
    let needed = 0;
    const need = (client: number, clock: number): void => {
      needed = Math.max(needed, this.#groupOf(client, clock));
    };
    const reader = new ByteReader(piece.source);
    const cursor = new StructCursor(reader);
    for (const { client, start, end, bytesStart } of piece.blocks) {
      if (start > 0) need(client, start - 1);
      reader.position = bytesStart;
      for (let clock = start; clock < end; clock += cursor.readBody()) {
        cursor.readHeader(client, clock);
        if (cursor.dependencyCount > 0) need(cursor.firstClient, cursor.firstClock);
        if (cursor.dependencyCount > 1) need(cursor.secondClient, cursor.secondClock);
      }
    }
    reader.position = piece.deleteSetOffset;
    visitDeletes(reader, (client, start, length) => need(client, start + length - 1));
    return needed;
  }

  /** The group that brought this clock; 0 when it was there before the rows, or comes with the update itself. */
  #groupOf(client: number, clock: number): number {
    const span = this.#spans.get(client);
    if (span === undefined) return 0;
    let low = 0;
    let high = span.ends.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((span.ends[middle] ?? 0) <= clock) low = middle + 1;
      else high = middle;
    }
    return span.groups[low] ?? 0;
  }

  #record(client: number, end: number, group: number): void {
    this.#known.advance(client, end);
    const span = this.#spans.get(client);
    if (span === undefined) {
      this.#spans.set(client, { ends: [end], groups: [group] });
    } else if (span.groups.at(-1) === group) {
      span.ends[span.ends.length - 1] = end;
    } else {
      span.ends.push(end);
      span.groups.push(group);
    }
  }
}

function joinGroup({ user, pieces, verbatim }: Group): StampedUpdate {
  if (verbatim !== undefined) return { user, update: verbatim };
  const assembler = new UpdateAssembler();
  for (const piece of pieces) assembler.add(piece);
  return { user, update: joinRuns(assembler.take()) };
}
