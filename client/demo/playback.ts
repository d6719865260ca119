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
/** How far back the newest steps are looked for at first, and by how much further each time: years in eight questions. */
const FIRST_WINDOW_MS = 60_000;
const WINDOW_GROWTH = 8;

/** Which part of the past: there may be more than was asked for. */
type Shows = "all" | "newest" | "oldest";

export class Playback {
  readonly steps: readonly HistoryStep[];
  /** The document before the first of them. */
  readonly start: Uint8Array;
  readonly shows: Shows;
  /** By the number of steps in them. */
  readonly #checkpoints = new Map<number, Uint8Array>();
  #doc = new Y.Doc();
  #at = 0;

  constructor(start: Uint8Array, steps: readonly HistoryStep[], shows: Shows) {
    this.steps = steps;
    this.start = start;
    this.shows = shows;
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

type Past = Pick<VersionsApi, "history">;
type OnStep = (steps: number) => void;

/** All of it, or where that is too much the newest of it; `onStep` hears how many steps of it came so far. */
export async function loadPlayback(api: Past, onStep: OnStep): Promise<Result<Playback, ApiError>> {
  const oldest = await loadFrom(api, 0, onStep);
  if (!oldest.ok || oldest.value.shows === "all") return oldest;
  const firstMs = oldest.value.steps[0]?.atMs ?? 0;
  let newest: Playback | undefined;
  // Nobody knows how much was written when: as far back as it can be had up to its end.
  for (let windowMs = FIRST_WINDOW_MS; Date.now() - windowMs > firstMs; windowMs *= WINDOW_GROWTH) {
    const later = await loadFrom(api, Date.now() - windowMs, onStep);
    if (!later.ok || later.value.shows !== "all") break;
    newest = new Playback(later.value.start, later.value.steps, "newest");
  }
  return newest === undefined || newest.steps.length === 0 ? oldest : ok(newest);
}

async function loadFrom(api: Past, fromMs: number, onStep: OnStep): Promise<Result<Playback, ApiError>> {
  const steps: HistoryStep[] = [];
  let start: Uint8Array | null = null;
  let cursor: string | null = null;
  for (let pages = 0; pages < MAX_PAGES; pages += 1) {
    const page = await api.history(cursor, fromMs);
    if (!page.ok) return page;
    start ??= page.value.start;
    for (const step of page.value.steps) steps.push(step);
    onStep(steps.length);
    cursor = page.value.cursor;
    if (cursor === null) break;
  }
  return ok(new Playback(start ?? Y.encodeStateAsUpdate(new Y.Doc()), steps, cursor === null ? "all" : "oldest"));
}
