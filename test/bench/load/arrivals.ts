/**
 * Who has had which keystroke: every client of every update, counted, so that nothing that was lost can look fast.
 * @module
 */
import { layoutOf } from "../../../src/core/document/struct-reader.ts";
import { FrameCache } from "./frame-cache.ts";
import type { LoadClient } from "./load-client.ts";

type Block = { readonly typist: number; readonly start: number; readonly end: number };

export type ArrivalOptions = {
  readonly typists: readonly { readonly client: number; readonly socket: () => LoadClient | undefined }[];
  readonly receivers: number;
  /** Updates of one typist that may be sent at most. */
  readonly maxUpdates: number;
  /** One update of a typist has reached every other client, `latencyMs` after it was sent. */
  readonly onComplete: (typist: number, latencyMs: number) => void;
};

export class Arrivals {
  readonly #options: ArrivalOptions;
  readonly #indexOf = new Map<number, number>();
  /** Per typist and update: how many have it; when it was sent. */
  readonly #counts: readonly Uint16Array[];
  readonly #sentMs: readonly Float64Array[];
  /** Per receiver and typist: updates had so far. */
  readonly #had = new Map<LoadClient, Int32Array>();
  readonly #frames = new FrameCache<readonly Block[]>();
  delivered = 0;
  duplicates = 0;

  constructor(options: ArrivalOptions) {
    this.#options = options;
    options.typists.forEach(({ client }, index) => this.#indexOf.set(client, index));
    this.#counts = options.typists.map(() => new Uint16Array(options.maxUpdates));
    this.#sentMs = options.typists.map(() => new Float64Array(options.maxUpdates));
  }

  sent(typist: number, update: number): void {
    const sentMs = this.#sentMs[typist];
    if (sentMs !== undefined) sentMs[update] = performance.now();
  }

  /** A frame reached a client. Throws when it skips an update: sync must never do that. */
  heard(frame: Uint8Array, client: LoadClient): void {
    const nowMs = performance.now();
    const had = this.#hadOf(client);
    for (const { typist, start, end } of this.#blocksOf(frame, client)) {
      // A server may echo; the sender's own updates are not counted.
      if (this.#options.typists[typist]?.socket() === client) continue;
      const before = had[typist] ?? 0;
      if (start > before) throw new Error(`an update was skipped: ${before} then ${start}`);
      if (end <= before) {
        this.duplicates += 1;
        continue;
      }
      had[typist] = end;
      this.delivered += end - before;
      this.#count(typist, before, end, nowMs);
    }
  }

  #count(typist: number, from: number, to: number, nowMs: number): void {
    const counts = this.#counts[typist];
    const sentMs = this.#sentMs[typist];
    if (counts === undefined || sentMs === undefined) return;
    for (let update = from; update < to; update += 1) {
      const count = (counts[update] ?? 0) + 1;
      counts[update] = count;
      if (count === this.#options.receivers) this.#options.onComplete(typist, nowMs - (sentMs[update] ?? nowMs));
    }
  }

  #hadOf(client: LoadClient): Int32Array {
    const known = this.#had.get(client);
    if (known !== undefined) return known;
    const had = new Int32Array(this.#options.typists.length);
    this.#had.set(client, had);
    return had;
  }

  #blocksOf(frame: Uint8Array, client: LoadClient): readonly Block[] {
    return this.#frames.get(frame, () =>
      client.wire.read(frame).flatMap((heard) => (heard.type === "update" ? this.#decode(heard.update) : [])),
    );
  }

  #decode(update: Uint8Array): readonly Block[] {
    return layoutOf(update).blocks.flatMap(({ client, start, end }) => {
      const typist = this.#indexOf.get(client);
      return typist === undefined ? [] : [{ typist, start, end }];
    });
  }
}
