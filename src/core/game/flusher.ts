/**
 * When something is written and said, and in which order. Rules GM31 and GM50–GM54 of SPEC.md.
 * @module
 */
import { type Result, err, ok } from "../../protocol/result.ts";
import { Delivery, type Encoded } from "./delivery.ts";
import { Keeper } from "./keeper.ts";
import type { GameParts } from "./parts.ts";

/** `encode`: the game's state cannot be said. `store`: it cannot be written. Nothing of the flush happened. */
export type FlushError = { readonly tag: "encode" | "store"; readonly error: unknown };

/** What one object sends where it is deployed (DESIGN §7). */
const FRAMES_PER_SECOND = 5_000;
/** Of messages one after the other, but for the first: 20 players who send 20 times a second share frames from here on. */
const MIN_TALK_GAP_MS = 6;

export class Flusher {
  readonly #parts: GameParts;
  readonly #delivery: Delivery;
  readonly #keeper: Keeper;
  #flushedMs = -Infinity;
  #talkedMs = -Infinity;
  #patchedMs = -Infinity;
  #savedMs = -Infinity;

  constructor(parts: GameParts) {
    this.#parts = parts;
    this.#delivery = new Delivery(parts);
    this.#keeper = new Keeper(parts);
  }

  /** All is as it was stored. */
  noteStored(): void {
    this.#keeper.noteStored();
  }

  /** Unix ms from which {@link flush} has something to do; undefined where nothing waits. */
  dueMs(): number | undefined {
    const { moment, clock } = this.#parts;
    if (moment.isUrgent) return moment.nowMs;
    if (clock.stepMs === 0) {
      if (!this.#isPending) return undefined;
      return Math.max(moment.nowMs, this.#isTalkOnly ? this.#talkDueMs : this.#flushedMs + this.#patchMs);
    }
    const dueMs = Math.min(
      this.#parts.outgoing.isEmpty ? Infinity : moment.nowMs,
      this.#hasNews ? this.#patchDueMs : Infinity,
      this.#isUnwritten ? this.#saveDueMs : Infinity,
    );
    return dueMs === Infinity ? undefined : Math.max(moment.nowMs, dueMs);
  }

  flush(): Result<void, FlushError> {
    const { moment, clock, codec } = this.#parts;
    const { nowMs } = moment;
    const dueMs = this.dueMs();
    if (dueMs === undefined || dueMs > nowMs) return ok(undefined);
    const isWhole = moment.isUrgent || clock.stepMs === 0;
    const isPatching = isWhole || nowMs >= this.#patchDueMs;
    const isTalkOnly = !moment.isUrgent && this.#isTalkOnly;
    if (codec.hasChanges) moment.isUnsaved = true;
    const encoded = this.#encode(isPatching);
    if (!encoded.ok) return encoded;
    const mustSave = codec.mustSave === true && encoded.value.states.size + encoded.value.patches.size > 0;
    if (mustSave) moment.isUnsaved = true;
    const isSaving = nowMs >= (isPatching ? this.#lastSaveMs : this.#saveDueMs);
    const written = this.#write(isWhole || mustSave || isSaving);
    if (!written.ok) return written;
    moment.isUrgent = false;
    if (isPatching) this.#patchedMs = nowMs;
    if (written.value || (!isTalkOnly && this.#says(encoded.value))) this.#flushedMs = nowMs;
    else if (isTalkOnly) this.#talkedMs = nowMs;
    this.#delivery.deliver(encoded.value);
    return ok(undefined);
  }

  get #patchMs(): number {
    return this.#parts.logic.patchMs;
  }

  /** Messages wait, and nothing that is written or that they come behind. */
  get #isTalkOnly(): boolean {
    return !this.#parts.outgoing.isEmpty && !this.#hasNews && !this.#keeper.isDirty;
  }

  /** Every seat hears it, so a crowd hears several at once. */
  get #talkDueMs(): number {
    const gapMs = Math.max(MIN_TALK_GAP_MS, Math.ceil((this.#parts.seats.size * 1_000) / FRAMES_PER_SECOND));
    return Math.max(this.#flushedMs, this.#talkedMs) + gapMs;
  }

  /** Half a step early is on time: ticks are not exact. */
  get #patchDueMs(): number {
    return this.#patchedMs + this.#patchMs - this.#parts.clock.stepMs / 2;
  }

  /** What is older would be lost with a crash. */
  get #lastSaveMs(): number {
    return this.#savedMs + this.#parts.logic.saveMs;
  }

  /** Of the steps before that the last one, after its patch: what is said behind a write waits for the disk, often as long as a step. */
  get #saveDueMs(): number {
    const { stepMs } = this.#parts.clock;
    return Math.min(this.#lastSaveMs, Math.max(this.#lastSaveMs - stepMs, this.#patchedMs + stepMs / 4));
  }

  get #hasNews(): boolean {
    return this.#parts.codec.hasChanges || this.#parts.inputs.hasNews;
  }

  get #isUnwritten(): boolean {
    return this.#keeper.isDirty || this.#parts.contain.hasRun || this.#parts.codec.hasChanges;
  }

  get #isPending(): boolean {
    return this.#hasNews || this.#isUnwritten || !this.#parts.outgoing.isEmpty;
  }

  #says({ states, patches }: Encoded): boolean {
    return states.size + patches.size > 0 || !this.#parts.outgoing.isEmpty || this.#parts.inputs.hasNews;
  }

  #encode(isPatching: boolean): Result<Encoded, FlushError> {
    try {
      return ok(this.#delivery.encode(isPatching));
    } catch (error) {
      return err({ tag: "encode", error });
    }
  }

  #write(isDue: boolean): Result<boolean, FlushError> {
    const { moment } = this.#parts;
    if (!isDue) return ok(false);
    try {
      if (moment.isEnding) this.#keeper.writeEnd();
      else if (!this.#keeper.write()) return ok(false);
    } catch (error) {
      return err({ tag: "store", error });
    }
    this.#savedMs = moment.nowMs;
    return ok(true);
  }
}
