/**
 * Who wrote what, and when. Rules HA20–HA25.
 * @module
 */
import { blameDocument } from "../core/versions/blame.ts";
import type { Credits, DocumentBlame } from "../core/versions/shapes.ts";
import { MAX_HYDRATE_BYTES } from "../protocol/limits.ts";
import { type Result, err, ok } from "../protocol/result.ts";
import type { HistoryStore } from "../storage/history-store.ts";
import { AttributionRebuild } from "./attribution-rebuild.ts";
import { tooFast } from "./caller-rates.ts";
import { isErased } from "./document-context.ts";
import { readCredits } from "./document-credits.ts";
import type { DocumentDesk } from "./document-desk.ts";
import { type PastContext, type PastPage, readActivity, readPage, readStart } from "./document-past.ts";
import { formatCursor, parseCursor } from "./past-cursor.ts";
import type { Reader, RoomProblem } from "./room-api.ts";
import type { Activity, HistoryPage, HistoryRange } from "./room-api-history.ts";

/** What RPC carries is at most 32 MiB. */
const MAX_BLAME_BYTES = 16 * 1024 * 1024;

export class DocumentAttribution {
  readonly #desk: DocumentDesk;
  readonly #past: PastContext;
  readonly #rebuild: AttributionRebuild;

  constructor(desk: DocumentDesk, history: HistoryStore) {
    const { storage, address, snapshots, content } = desk.context;
    this.#desk = desk;
    this.#past = { storage, address, snapshots, content, history };
    this.#rebuild = new AttributionRebuild(this.#past);
  }

  /** Who wrote what of the document that is there; of one whose file was lost only after its history was read back. */
  async credits(): Promise<Result<Credits, RoomProblem>> {
    const rebuilt = await this.#rebuild.ensure();
    return rebuilt.ok ? ok(readCredits(this.#past.storage)) : rebuilt;
  }

  async blame(reader: Reader): Promise<Result<DocumentBlame, RoomProblem>> {
    const opened = await this.#open(reader);
    if (!opened.ok) return opened;
    const { rates, behaviour } = this.#desk;
    const tooLarge = err({ tag: "too-large", limitBytes: MAX_HYDRATE_BYTES } as const);
    if (behaviour.room.document.bytes() > MAX_HYDRATE_BYTES) return tooLarge;
    const credits = await this.credits();
    if (!credits.ok) return credits;
    // It may have grown, or gone, while R2 answered.
    const { storage } = this.#past;
    if (isErased(storage)) return err({ tag: "deleted" });
    const bytes = behaviour.room.document.bytes();
    if (bytes > MAX_HYDRATE_BYTES) return tooLarge;
    rates.noteAnswered(reader, bytes, Date.now());
    const rows = storage.log.readSince(storage.parts.info()?.seq ?? 0);
    const blamed = blameDocument({ parts: storage.parts.read(), rows }, credits.value, MAX_BLAME_BYTES);
    return blamed.ok ? blamed : err({ tag: "too-large", limitBytes: MAX_BLAME_BYTES });
  }

  async history(range: HistoryRange, reader: Reader): Promise<Result<HistoryPage, RoomProblem>> {
    const opened = await this.#open(reader);
    if (!opened.ok) return opened;
    const page = await readPage(this.#past, range, parseCursor(range.cursor));
    if (!page.ok) return page;
    const start = range.cursor === null ? await this.#start(page.value) : ok(null);
    if (!start.ok) return start;
    if (isErased(this.#past.storage)) return err({ tag: "deleted" });
    const { steps, position, bytes } = page.value;
    this.#desk.rates.noteAnswered(reader, bytes + (start.value?.length ?? 0), Date.now());
    return ok({ start: start.value, steps, cursor: position === null ? null : formatCursor(position) });
  }

  async activity(
    range: Omit<HistoryRange, "cursor">,
    everyMs: number,
    reader: Reader,
  ): Promise<Result<readonly Activity[], RoomProblem>> {
    const opened = await this.#open(reader);
    if (!opened.ok) return opened;
    const read = await readActivity(this.#past, range, everyMs);
    if (!read.ok) return read;
    if (isErased(this.#past.storage)) return err({ tag: "deleted" });
    this.#desk.rates.noteAnswered(reader, read.value.bytes, Date.now());
    return ok(read.value.activity);
  }

  async #open(reader: Reader): Promise<Result<void, RoomProblem>> {
    const found = await this.#desk.findFor(reader);
    if (!found.ok) return found;
    return this.#desk.rates.mayRead(reader, Date.now()) ? found : err(tooFast("answers"));
  }

  /** Before the first row of the range; what there is now where no row is in it or behind it. */
  async #start({ first }: PastPage): Promise<Result<Uint8Array, RoomProblem>> {
    return first === undefined ? ok(this.#past.content.read("update").body) : await readStart(this.#past, first);
  }
}
