/**
 * Stamps of an earlier life of a document: its file was lost, its history is in R2. Read back when somebody asks, in steps that are
 * remembered. Rule HA24.
 * @module
 */
import { authorsOf } from "../core/authors.ts";
import { decodeHistory } from "../core/history.ts";
import type { LogRow } from "../core/ports.ts";
import { stampsOf } from "../core/versions/attribution.ts";
import { rowsWithout } from "../core/without-users.ts";
import { type Result, err, ok } from "../protocol/result.ts";
import type { StoredSegment } from "../storage/history-store.ts";
import { isErased } from "./document-context.ts";
import type { PastSource } from "./past-rows.ts";
import type { RoomProblem } from "./room-api.ts";

/** For one question; the platform allows 1,000 requests. */
const MAX_SEGMENTS = 500;
/** Of one transaction. */
const STEP_SEGMENTS = 8;

type Done = Result<void, RoomProblem>;

export class AttributionRebuild {
  readonly #source: PastSource;
  #running: Promise<Done> | undefined;

  constructor(source: PastSource) {
    this.#source = source;
  }

  /** Ok once nothing is missing. What takes longer than one question may is `unavailable`, and goes on with the next. */
  async ensure(): Promise<Done> {
    const { storage } = this.#source;
    const { epoch } = storage.meta.read() ?? { epoch: 1 };
    const known = storage.attribution.rebuild();
    if (epoch <= 1 || (known?.epoch === epoch && known.through === null)) return ok(undefined);
    this.#running ??= this.#run(epoch, known?.epoch === epoch ? (known.through ?? "") : "").finally(() => {
      this.#running = undefined;
    });
    return await this.#running;
  }

  async #run(epoch: number, after: string): Promise<Done> {
    const { history, address } = this.#source;
    let [left, cursor]: [number, string | null] = [MAX_SEGMENTS, null];
    do {
      const page = await history.list(address, { after, cursor });
      if (!page.ok) return unavailable(page.error.reason);
      const segments = page.value.segments.filter((segment) => segment.epoch < epoch);
      for (let at = 0; at < segments.length; at += STEP_SEGMENTS) {
        if (left <= 0) return unavailable("who wrote what is still being read back from history");
        const taken = await this.#take(epoch, segments.slice(at, at + STEP_SEGMENTS));
        if (!taken.ok) return taken;
        left -= STEP_SEGMENTS;
      }
      cursor = segments.length < page.value.segments.length ? null : page.value.cursor;
    } while (cursor !== null);
    return this.#write(epoch, [], null);
  }

  async #take(epoch: number, segments: readonly StoredSegment[]): Promise<Done> {
    const { forgotten } = this.#source.storage;
    const before = forgotten.count;
    const bodies = await Promise.all(segments.map(async ({ key }) => await this.#source.history.read(key)));
    const rows: LogRow[] = [];
    for (const body of bodies) {
      if (!body.ok) return unavailable(body.error.reason);
      if (body.value === null) return unavailable("a history segment vanished while it was read");
      const decoded = decodeHistory(body.value);
      if (!decoded.ok) return unavailable(decoded.error.reason);
      for (const row of decoded.value) rows.push(row);
    }
    const known = rowsWithout(rows, forgotten.since(before));
    return this.#write(epoch, known, segments.at(-1)?.name ?? null);
  }

  /** What this life has recorded stays: it comes first. */
  #write(epoch: number, rows: readonly LogRow[], through: string | null): Done {
    const { storage } = this.#source;
    if (isErased(storage)) return err({ tag: "deleted" });
    storage.transaction(() => {
      storage.authors.record(authorsOf(rows));
      storage.attribution.record(stampsOf(rows));
      storage.attribution.noteRebuild({ epoch, through });
    });
    return ok(undefined);
  }
}

function unavailable(reason: string): { readonly ok: false; readonly error: RoomProblem } {
  return err({ tag: "unavailable", reason });
}
