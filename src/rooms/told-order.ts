/**
 * Numbers what a room tells, so that its order survives a queue that has none. The count is kept through sleep and restarts: one small
 * row for each message, which holds what a quarter of a second brought, and none where nobody listens.
 * @module
 */

/** Where a message stands among those of its room. */
export type ToldOrder = { readonly run: number; readonly position: number };

type Kept = ToldOrder & { readonly atMs: number };

const KEY = "told";
/**
 * After so long a silence it counts anew. Less than D1 keeps of it (KEEP_EVENTS_MS), so D1 never waits for what it has forgotten;
 * longer than a queue keeps a message that may still come.
 */
const NEW_RUN_AFTER_MS = 15 * 24 * 60 * 60 * 1_000;

export class ToldCount {
  readonly #kv: Pick<SyncKvStorage, "get" | "put">;
  #last: Kept | undefined;

  constructor(kv: Pick<SyncKvStorage, "get" | "put">) {
    this.#kv = kv;
  }

  /** Kept before it is sent: a number that is lost makes others wait, one that is given twice would be out of order. */
  next(nowMs: number): ToldOrder {
    // Memory outlives an erasure of the storage, and so does the order.
    const last = this.#last ?? this.#kv.get<Kept>(KEY);
    const isNew = last === undefined || nowMs - last.atMs > NEW_RUN_AFTER_MS;
    const order: ToldOrder = isNew ? { run: nowMs, position: 1 } : { run: last.run, position: last.position + 1 };
    this.#last = { ...order, atMs: nowMs };
    this.#kv.put(KEY, this.#last);
    return order;
  }
}
