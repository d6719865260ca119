/**
 * All rows of a document in the order they were written: those in R2 segment by segment, then those that are in the log still.
 * Rule HA21.
 * @module
 */
import { decodeHistory } from "../core/history.ts";
import type { LogRow } from "../core/ports.ts";
import { type Result, err, ok } from "../protocol/result.ts";
import type { HistoryStore, StoredSegment } from "../storage/history-store.ts";
import type { DocumentContext } from "./document-context.ts";
import type { RoomProblem } from "./room-api.ts";

/** Behind a row: where reading goes on. */
export type PastPosition = {
  /** Of the segment it is in, or of the last one where it is in the log. */
  readonly name: string;
  readonly seq: number;
  /** Highest seq so far, branches apart: what another segment repeats of them is no news. */
  readonly highestSeq: number;
};

export type PastChunk = {
  readonly name: string;
  readonly epoch: number;
  /** Other rows with seqs that were given before. */
  readonly isBranch: boolean;
  readonly isTail: boolean;
  readonly rows: readonly LogRow[];
};

export type PastSource = Pick<DocumentContext, "storage" | "address"> & { readonly history: HistoryStore };

/** Segments asked for ahead of time, and their bytes together at most. */
const AHEAD_SEGMENTS = 4;
const AHEAD_BYTES = 4 * 1024 * 1024;

type Body = Awaited<ReturnType<HistoryStore["read"]>>;

/** Makes as many requests as it is asked for chunks, and one for 1,000 segments. */
export class PastRows {
  readonly #source: PastSource;
  readonly #after: string;
  readonly #start: PastPosition | undefined;
  /** Taken before R2 is asked: a row that compaction takes out of the log meanwhile is in one of the two at least. */
  readonly #tail: readonly LogRow[];
  readonly #bodies = new Map<string, Promise<Body>>();
  #listed: StoredSegment[] = [];
  #cursor: string | null | undefined;
  #name: string;
  #highestSeq: number;
  #isTailGiven = false;

  /** From the row behind `start` on; without one from the first segment whose name is `after` or sorts behind it. */
  constructor(source: PastSource, start: PastPosition | undefined, after = "") {
    this.#source = source;
    this.#start = start;
    // Its own segment once more: rows of it may be left.
    this.#after = start?.name.slice(0, -1) ?? after;
    this.#name = start?.name ?? "";
    this.#highestSeq = start?.highestSeq ?? 0;
    this.#tail = [...source.storage.log.readSince(0)];
  }

  /** The next segment that is `isWanted`, or the log; undefined behind them. A segment that does not read is an error (P10). */
  async next(isWanted: (segment: StoredSegment) => boolean): Promise<Result<PastChunk | undefined, RoomProblem>> {
    for (;;) {
      const segment = await this.#nextSegment();
      if (!segment.ok) return segment;
      if (segment.value === undefined) return ok(this.#takeTail());
      const { name, lastSeq, epoch, branch } = segment.value;
      if (name < (this.#start?.name ?? "")) continue;
      this.#name = name;
      const isBranch = branch !== undefined;
      const isRepeated = !isBranch && lastSeq <= this.#highestSeq;
      if (isRepeated || !isWanted(segment.value)) {
        if (!isBranch) this.#highestSeq = Math.max(this.#highestSeq, lastSeq);
        continue;
      }
      const rows = await this.#readRows(segment.value, isWanted);
      if (!rows.ok) return rows;
      const news = this.#sift(rows.value, isBranch);
      if (news.length > 0) return ok({ name, epoch, isBranch, isTail: false, rows: news });
    }
  }

  /** Behind a row of the chunk that was given last. */
  positionOf(row: LogRow, { isBranch, name }: PastChunk): PastPosition {
    return { name, seq: row.seq, highestSeq: isBranch ? this.#highestSeq : row.seq };
  }

  #sift(rows: readonly LogRow[], isBranch: boolean): readonly LogRow[] {
    const givenSeq = this.#name === this.#start?.name ? this.#start.seq : 0;
    const news = rows.filter(({ seq }) => seq > givenSeq && (isBranch || seq > this.#highestSeq));
    if (!isBranch) this.#highestSeq = Math.max(this.#highestSeq, rows.at(-1)?.seq ?? 0);
    return news;
  }

  #takeTail(): PastChunk | undefined {
    if (this.#isTailGiven) return undefined;
    this.#isTailGiven = true;
    const rows = this.#tail.filter(({ seq }) => seq > this.#highestSeq);
    const epoch = this.#source.storage.meta.read()?.epoch ?? 1;
    return rows.length === 0 ? undefined : { name: this.#name, epoch, isBranch: false, isTail: true, rows };
  }

  async #nextSegment(): Promise<Result<StoredSegment | undefined, RoomProblem>> {
    while (this.#listed.length === 0 && this.#cursor !== null) {
      const { history, address } = this.#source;
      const page = await history.list(address, { after: this.#after, cursor: this.#cursor ?? null });
      if (!page.ok) return unavailable(page.error.reason);
      this.#listed = [...page.value.segments];
      this.#cursor = page.value.cursor;
    }
    return ok(this.#listed.shift());
  }

  async #readRows(
    segment: StoredSegment,
    isWanted: (segment: StoredSegment) => boolean,
  ): Promise<Result<readonly LogRow[], RoomProblem>> {
    const body = this.#ask(segment);
    let bytes = segment.bytes;
    for (const next of this.#listed.slice(0, AHEAD_SEGMENTS)) {
      bytes += next.bytes;
      if (bytes > AHEAD_BYTES || !isWanted(next)) break;
      void this.#ask(next);
    }
    const read = await body;
    this.#bodies.delete(segment.key);
    if (!read.ok) return unavailable(read.error.reason);
    if (read.value === null) return unavailable("a history segment vanished while it was read");
    const rows = decodeHistory(read.value);
    return rows.ok ? rows : unavailable(rows.error.reason);
  }

  async #ask({ key }: StoredSegment): Promise<Body> {
    const asked = this.#bodies.get(key) ?? this.#source.history.read(key);
    this.#bodies.set(key, asked);
    return await asked;
  }
}

function unavailable(reason: string): { readonly ok: false; readonly error: RoomProblem } {
  return err({ tag: "unavailable", reason });
}
