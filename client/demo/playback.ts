/**
 * A document's past, any moment of which can be shown.
 * @module
 */
import * as Y from "yjs";
import { type Result, ok } from "../../src/protocol/result.ts";
import type { ApiError } from "./api-request.ts";
import type { HistoryStep, VersionsApi } from "./versions-api.ts";

/** Of answers to the question for the past; each has up to 1,000 steps. */
const MAX_PAGES = 30;
/** Steps between two states that are kept: going back begins at the last one before. */
const CHECKPOINT_STEPS = 200;

export class Playback {
  readonly steps: readonly HistoryStep[];
  /** False where there is more than was asked for. */
  readonly isWhole: boolean;
  /** By the number of steps in them. */
  readonly #checkpoints = new Map<number, Uint8Array>();
  #doc = new Y.Doc();
  #at = 0;

  constructor(start: Uint8Array, steps: readonly HistoryStep[], isWhole: boolean) {
    this.steps = steps;
    this.isWhole = isWhole;
    this.#checkpoints.set(0, start);
    Y.applyUpdate(this.#doc, start);
  }

  /** The document after the first `count` steps. It is good until the next call. */
  docAfter(count: number): Y.Doc {
    if (count < this.#at) this.#goBackTo(count);
    for (; this.#at < count; this.#at += 1) {
      this.#keep();
      for (const { update } of this.steps[this.#at]?.updates ?? []) Y.applyUpdate(this.#doc, update);
    }
    return this.#doc;
  }

  #goBackTo(count: number): void {
    const [at, state] = [...this.#checkpoints].findLast(([kept]) => kept <= count) ?? [0, undefined];
    this.#doc.destroy();
    this.#doc = new Y.Doc();
    if (state !== undefined) Y.applyUpdate(this.#doc, state);
    this.#at = at;
  }

  #keep(): void {
    if (this.#at % CHECKPOINT_STEPS !== 0 || this.#checkpoints.has(this.#at)) return;
    this.#checkpoints.set(this.#at, Y.encodeStateAsUpdate(this.#doc));
  }
}

/** All of it, page by page; `onStep` hears how many steps came so far. */
export async function loadPlayback(
  api: VersionsApi,
  onStep: (steps: number) => void,
): Promise<Result<Playback, ApiError>> {
  const steps: HistoryStep[] = [];
  let start: Uint8Array | null = null;
  let cursor: string | null = null;
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const page = await api.history(cursor);
    if (!page.ok) return page;
    start ??= page.value.start;
    for (const step of page.value.steps) steps.push(step);
    onStep(steps.length);
    cursor = page.value.cursor;
    if (cursor === null) break;
  }
  return ok(new Playback(start ?? Y.encodeStateAsUpdate(new Y.Doc()), steps, cursor === null));
}
