/**
 * The document in the browser's own storage (y-indexeddb), where a failure of that storage never reaches the editor.
 * @module
 */
import * as idb from "lib0/indexeddb";
import { IndexeddbPersistence, PREFERRED_TRIM_SIZE, storeState } from "y-indexeddb";
import type * as Y from "yjs";
import { ProviderError, messageOf } from "./provider-error.ts";

/** How long a first connect waits for the stored copy: with it, the server sends only what is new. */
const MAX_LOAD_MS = 1_000;
/** Quiet time before many small rows become one. */
const TRIM_DELAY_MS = 1_000;

export type OfflineOptions = {
  readonly name: string;
  readonly doc: Y.Doc;
  readonly onError: (error: ProviderError) => void;
};

/**
 * Loads the stored copy, then keeps it. y-indexeddb opens and writes without looking at errors: a write into a closed
 * database throws inside the editor's own transaction. So the database is tried before it is handed over, and the
 * writing is done here.
 */
export class OfflineCopy {
  readonly #options: OfflineOptions;
  #persistence: IndexeddbPersistence | undefined;
  #trimTimer: ReturnType<typeof setTimeout> | undefined;
  #loadTimer: ReturnType<typeof setTimeout> | undefined;
  #isDestroyed = false;
  /** Settles when the copy is in the document or cannot be read; never rejects. */
  readonly ready: Promise<void>;
  /** Like {@link ready}, but a slow disk does not hold up the network for more than a second. */
  readonly readyOrSlow: Promise<void>;

  constructor(options: OfflineOptions) {
    this.#options = options;
    this.ready = this.#load();
    const slow = new Promise<void>((resolve) => {
      this.#loadTimer = setTimeout(resolve, MAX_LOAD_MS);
    });
    this.readyOrSlow = Promise.race([this.ready, slow]).finally(() => clearTimeout(this.#loadTimer));
  }

  /** Origin of the transactions that bring stored content into the document. */
  isOrigin(origin: unknown): boolean {
    return this.#persistence !== undefined && origin === this.#persistence;
  }

  destroy(): void {
    this.#isDestroyed = true;
    clearTimeout(this.#loadTimer);
    this.#release();
  }

  async #load(): Promise<void> {
    try {
      // The stores of y-indexeddb, made here first: what fails to open fails in our hands.
      const database = await idb.openDB(this.#options.name, (created) =>
        idb.createStores(created, [["updates", { autoIncrement: true }], ["custom"]]),
      );
      const isOurs = database.objectStoreNames.contains("updates") && database.objectStoreNames.contains("custom");
      database.close();
      if (!isOurs) throw new Error(`the database ${this.#options.name} belongs to something else`);
    } catch (error) {
      return this.#fail(error);
    }
    if (this.#isDestroyed) return;
    const persistence = new IndexeddbPersistence(this.#options.name, this.#options.doc);
    this.#persistence = persistence;
    this.#options.doc.off("update", persistence._storeUpdate);
    this.#options.doc.on("update", this.#onUpdate);
    await Promise.race([persistence.whenSynced, this.#watch(persistence)]);
  }

  /** Resolves when the database fails before the copy is loaded. */
  async #watch(persistence: IndexeddbPersistence): Promise<void> {
    const database = await persistence._db;
    await new Promise<void>((resolve) => {
      const failed = (event: Event) => {
        const { target } = event;
        this.#fail(target instanceof EventTarget && "error" in target ? target.error : event.type);
        resolve();
      };
      for (const name of ["error", "abort", "close", "versionchange"]) database.addEventListener(name, failed);
    });
  }

  readonly #onUpdate = (update: Uint8Array, origin: unknown): void => {
    const persistence = this.#persistence;
    // Before it is open nothing can be written; loading stores the whole document as it is then.
    if (persistence === undefined || persistence.db === null || origin === persistence) return;
    try {
      // Throws when the database is closed; a full disk comes as an event, to #watch.
      const [rows] = idb.transact(persistence.db, ["updates"]);
      rows?.add(update);
      // Without it the page has to live until the browser asks it back: a tab closed at once would lose the last words.
      rows?.transaction.commit();
    } catch (error) {
      return this.#fail(error);
    }
    persistence._dbsize += 1;
    if (persistence._dbsize < PREFERRED_TRIM_SIZE) return;
    clearTimeout(this.#trimTimer);
    this.#trimTimer = setTimeout(() => {
      storeState(persistence, false).catch((error: unknown) => this.#fail(error));
    }, TRIM_DELAY_MS);
  };

  /** Storage that failed once is left alone until the next page load; what is in it stays. */
  #fail(error: unknown): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    this.#release();
    this.#options.onError(new ProviderError("offline", `offline copy is off: ${messageOf(error)}`, error));
  }

  #release(): void {
    clearTimeout(this.#trimTimer);
    this.#options.doc.off("update", this.#onUpdate);
    // Closes the database once it is open; one that never opens has nothing to close.
    this.#persistence?.destroy().catch(() => undefined);
  }
}
