/**
 * A document's history as it was written, for playback, and who did how much of it. Rules HA21–HA23.
 * @module
 */
import { restoreDocument } from "../core/document/restore.ts";
import { joinParts } from "../core/document/whole-update.ts";
import type { LogRow } from "../core/ports.ts";
import { insertedIn } from "../core/versions/activity.ts";
import { type Result, err, ok } from "../protocol/result.ts";
import { formatVersion, parseVersion } from "../protocol/version.ts";
import type { StoredSegment } from "../storage/history-store.ts";
import type { DocumentContext } from "./document-context.ts";
import { inSteps } from "./in-steps.ts";
import { type PastChunk, type PastPosition, PastRows, type PastSource } from "./past-rows.ts";
import type { RoomProblem } from "./room-api.ts";
import type { Activity, HistoryRange, HistoryStep } from "./room-api-history.ts";

/** Of one page; a single larger row is a page of its own. */
const MAX_PAGE_STEPS = 1_000;
const MAX_PAGE_BYTES = 1024 * 1024;
/** What a page begins with, and what has to be read to make it: beside it the object has 128 MB for everything. */
const MAX_START_BYTES = 16 * 1024 * 1024;
/** Of rows that are read for one question about activity; the platform allows 1,000 requests besides. */
const MAX_ACTIVITY_BYTES = 32 * 1024 * 1024;
const MAX_ACTIVITY_SEGMENTS = 800;
const MAX_ACTIVITIES = 10_000;
/** R2's clock and the object's may differ by so much. */
const CLOCK_SLACK_MS = 60_000;

export type PastContext = PastSource & Pick<DocumentContext, "snapshots" | "content">;

export type PastPage = {
  readonly steps: readonly HistoryStep[];
  readonly position: PastPosition | null;
  /** The first row of the range, in it or behind its end; undefined when the document ends before. */
  readonly first: FirstRow | undefined;
  readonly bytes: number;
};

type FirstRow = { readonly chunk: PastChunk; readonly row: LogRow };
type Range = Pick<HistoryRange, "fromMs" | "toMs">;

/** Rows from the first one of the range on, in their order, up to the first one behind it. */
export async function readPage(
  context: PastContext,
  { fromMs, toMs }: Range,
  start: PastPosition | undefined,
): Promise<Result<PastPage, RoomProblem>> {
  const past = new PastRows(context, start);
  const steps: HistoryStep[] = [];
  let [bytes, position]: [number, PastPosition | null] = [0, null];
  let first: FirstRow | undefined;
  let hasBegun = start !== undefined;
  for (;;) {
    const chunk = await past.next((segment) => hasBegun || isYounger(segment, fromMs));
    if (!chunk.ok) return chunk;
    if (chunk.value === undefined) return ok({ steps, position: null, first, bytes });
    for (const row of chunk.value.rows) {
      if (!hasBegun && row.atMs < fromMs) continue;
      hasBegun = true;
      first ??= { chunk: chunk.value, row };
      if (row.atMs > toMs && chunk.value.isBranch) break;
      if (row.atMs > toMs) return ok({ steps, position: null, first, bytes });
      const size = sizeOf(row);
      const isFull = steps.length >= MAX_PAGE_STEPS || bytes + size > MAX_PAGE_BYTES;
      if (isFull && steps.length > 0) return ok({ steps, position, first, bytes });
      steps.push(stepOf(row));
      bytes += size;
      position = past.positionOf(row, chunk.value);
    }
  }
}

/** The document as it was before this row, as one V1 update: the newest snapshot from before it, and the rows between. No Y.Doc. */
export async function readStart(context: PastContext, first: FirstRow): Promise<Result<Uint8Array, RoomProblem>> {
  const { history, snapshots, address } = context;
  const version = formatVersion({ epoch: first.chunk.epoch, seq: first.row.firstSeq - 1 });
  const found = await history.snapshotThrough(address, version);
  if (!found.ok) return unavailable(found.error.reason);
  const base = found.value;
  if ((base?.bytes ?? 0) > MAX_START_BYTES) return tooLarge(MAX_START_BYTES);
  const read = base === null ? ok(null) : await snapshots.readSnapshot(base.key);
  if (!read.ok) return unavailable(`a snapshot cannot be read: ${read.error.tag}`);
  // A snapshot that is gone by now only saved work: all rows from the beginning say the same.
  const snapshot = base === null || read.value === null ? undefined : { bytes: read.value, encoding: base.encoding };
  const baseParts =
    snapshot === undefined ? { epoch: 0, seq: 0 } : (parseVersion(base?.version ?? "") ?? { epoch: 0, seq: 0 });
  const rows = await rowsBetween(context, baseParts, first);
  if (!rows.ok) return rows;
  const restored = restoreDocument(snapshot, rows.value);
  if (!restored.ok) return unavailable(restored.error.reason);
  const { parts, deleteSet } = restored.value;
  return ok(await inSteps(joinParts(() => parts, deleteSet)));
}

async function rowsBetween(
  context: PastContext,
  base: { readonly epoch: number; readonly seq: number },
  { chunk: until, row: first }: FirstRow,
): Promise<Result<readonly LogRow[], RoomProblem>> {
  const past = new PastRows(context, undefined, formatVersion({ ...base, seq: 0 }).slice(0, "EEEEEEEE".length));
  const rows: LogRow[] = [];
  let bytes = 0;
  for (;;) {
    const chunk = await past.next(({ branch, lastSeq, name }) => {
      return (branch !== undefined || lastSeq > base.seq) && (until.isTail || name <= until.name);
    });
    if (!chunk.ok) return chunk;
    if (chunk.value === undefined) return ok(rows);
    const { isBranch, isTail, name } = chunk.value;
    const isLast = isTail || (name === until.name && !until.isTail);
    for (const row of chunk.value.rows) {
      if (isLast && row.seq >= first.seq) return ok(rows);
      if (row.seq <= base.seq && !isBranch) continue;
      rows.push(row);
      bytes += sizeOf(row);
      if (bytes > MAX_START_BYTES) return tooLarge(MAX_START_BYTES);
    }
    if (isLast) return ok(rows);
  }
}

/** By person and interval, oldest first; `bytes` were read for it. */
export async function readActivity(
  context: PastContext,
  { fromMs, toMs }: Range,
  everyMs: number,
): Promise<Result<{ readonly activity: readonly Activity[]; readonly bytes: number }, RoomProblem>> {
  const past = new PastRows(context, undefined);
  const found = new Map<string, { -readonly [Key in keyof Activity]: Activity[Key] }>();
  let [bytes, chunks] = [0, 0];
  for (;;) {
    const chunk = await past.next((segment) => isYounger(segment, fromMs));
    if (!chunk.ok) return chunk;
    const rows = chunk.value?.rows ?? [];
    const isBehind = chunk.value?.isBranch === false && (rows[0]?.atMs ?? 0) > toMs;
    if (chunk.value === undefined || isBehind) break;
    chunks += 1;
    for (const row of rows) {
      bytes += sizeOf(row);
      if (row.atMs < fromMs || row.atMs > toMs) continue;
      const intervalMs = row.atMs - (row.atMs % everyMs);
      for (const { user, update } of row.updates) {
        const name = `${intervalMs} ${user}`;
        const one = found.get(name) ?? { fromMs: intervalMs, user, updates: 0, inserted: 0 };
        one.updates += 1;
        one.inserted += insertedIn(update);
        found.set(name, one);
      }
    }
    if (bytes > MAX_ACTIVITY_BYTES || chunks > MAX_ACTIVITY_SEGMENTS) return tooLarge(MAX_ACTIVITY_BYTES);
    if (found.size > MAX_ACTIVITIES) return tooLarge(MAX_ACTIVITY_BYTES);
  }
  const activity = [...found.values()].sort(
    (one, other) => one.fromMs - other.fromMs || (one.user < other.user ? -1 : 1),
  );
  return ok({ activity, bytes });
}

/** With bytes of its own: what crosses RPC takes the whole buffer with it. */
function stepOf({ updates, ...row }: LogRow): HistoryStep {
  return { ...row, updates: updates.map(({ user, update }) => ({ user, update: update.slice() })) };
}

function isYounger({ storedMs }: StoredSegment, fromMs: number): boolean {
  return storedMs >= fromMs - CLOCK_SLACK_MS;
}

function sizeOf({ updates }: LogRow): number {
  return updates.reduce((bytes, { user, update }) => bytes + user.length + update.length, 0);
}

function unavailable(reason: string): { readonly ok: false; readonly error: RoomProblem } {
  return err({ tag: "unavailable", reason });
}

function tooLarge(limitBytes: number): { readonly ok: false; readonly error: RoomProblem } {
  return err({ tag: "too-large", limitBytes });
}
