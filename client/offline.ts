/**
 * The document in the browser's own storage, in the stores of y-indexeddb, where a failure of that storage never
 * reaches the editor.
 * @module
 */
import * as idb from "lib0/indexeddb";
import * as Y from "yjs";
import { applyAll } from "./apply-updates.ts";
import { ProviderError, messageOf } from "./provider-error.ts";

/** How long a first connect waits for the stored copy: with it, the server sends only what is new. */
const MAX_LOAD_MS = 1_000;
/** Rows before they become one: the next page load reads them all. */
const MAX_ROWS = 500;
/** Quiet time before that. */
const TRIM_DELAY_MS = 1_000;

export type OfflineOptions = {
  readonly name: string;
  readonly doc: Y.Doc;
  readonly onError: (error: ProviderError) => void;
};

/**
 * Loads the stored copy, then keeps it: a row per update, in the format of y-indexeddb. That library opens and writes without
 * looking at errors, and a write into a closed database throws inside the editor's own transaction. Tabs of one browser share a
 * database: what is trimmed away was read before.
 */
export class OfflineCopy {
  readonly #options: OfflineOptions;
  #database: IDBDatabase | undefined;
  /** Every row below is in the document. */
  #nextKey = 0;
  #rowCount = 0;
  #trimTimer: ReturnType<typeof setTimeout> | undefined;
  #loadTimer: ReturnType<typeof setTimeout> | undefined;
  #isDestroyed = false;
  /** Settles when the copy is in the document or cannot be read; never rejects. */
  readonly ready: Promise<void>;
  /** Like {@link ready}, but a slow disk does not hold up the network for more than a second. */
  readonly readyOrSlow: Promise<void>;

  constructor(options: OfflineOptions) {
    this.#options = options;
    this.ready = this.#load().catch(this.#fail);
    const slow = new Promise<void>((resolve) => {
      this.#loadTimer = setTimeout(resolve, MAX_LOAD_MS);
    });
    this.readyOrSlow = Promise.race([this.ready, slow]).finally(() => clearTimeout(this.#loadTimer));
  }

  /** Origin of the transactions that bring stored content into the document. */
  isOrigin(origin: unknown): boolean {
    return origin === this;
  }

  destroy(): void {
    this.#isDestroyed = true;
    clearTimeout(this.#loadTimer);
    clearTimeout(this.#trimTimer);
    this.#options.doc.off("update", this.#onUpdate);
    this.#database?.close();
  }

  async #load(): Promise<void> {
    const { name, doc } = this.#options;
    const database = await idb.openDB(name, (created) =>
      idb.createStores(created, [["updates", { autoIncrement: true }], ["custom"]]),
    );
    this.#database = database;
    if (this.#isDestroyed) return database.close();
    const { objectStoreNames } = database;
    if (!objectStoreNames.contains("updates") || !objectStoreNames.contains("custom"))
      throw new Error(`the database ${name} belongs to something else`);
    const onFailure = ({ target, type }: Event) =>
      this.#fail(target instanceof EventTarget && "error" in target ? target.error : type);
    for (const event of ["error", "abort", "close", "versionchange"]) database.addEventListener(event, onFailure);
    const held = Y.encodeStateAsUpdate(doc);
    doc.on("update", this.#onUpdate);
    const rows = rowsOf(database);
    await this.#read(rows);
    // What was made before there was a listener; two bytes are nothing.
    if (held.length > 2) rows.add(held);
  }

  /** Brings what is new in the store, other tabs' rows too, into the document. */
  async #read(rows: IDBObjectStore): Promise<void> {
    const news = IDBKeyRange.lowerBound(this.#nextKey);
    const updates: Uint8Array[] = await idb.getAll(rows, news);
    const keys: number[] = await idb.getAllKeys(rows, news);
    this.#rowCount = await idb.count(rows);
    if (this.#isDestroyed) return;
    applyAll(this.#options.doc, updates, this);
    this.#nextKey = (keys.at(-1) ?? this.#nextKey - 1) + 1;
  }

  /** Many rows become one, in one transaction: all that goes is in the document. */
  async #trim(database: IDBDatabase): Promise<void> {
    const rows = rowsOf(database);
    await this.#read(rows);
    // Another tab may have done it.
    if (this.#rowCount < MAX_ROWS) return;
    rows.clear();
    rows.add(Y.encodeStateAsUpdate(this.#options.doc));
    this.#rowCount = 1;
  }

  readonly #onUpdate = (update: Uint8Array, origin: unknown): void => {
    const database = this.#database;
    if (database === undefined || origin === this) return;
    try {
      // Throws when the database is closed; a full disk comes as an event.
      const rows = rowsOf(database);
      rows.add(update);
      // Without it the page has to live until the browser asks it back: a tab closed at once would lose the last words.
      rows.transaction.commit();
    } catch (error) {
      return this.#fail(error);
    }
    this.#rowCount += 1;
    if (this.#rowCount < MAX_ROWS) return;
    clearTimeout(this.#trimTimer);
    this.#trimTimer = setTimeout(() => void this.#trim(database).catch(this.#fail), TRIM_DELAY_MS);
  };

  /** Storage that failed once is left alone until the next page load; what is in it stays. */
  readonly #fail = (error: unknown): void => {
    if (this.#isDestroyed) return;
    this.destroy();
    this.#options.onError(new ProviderError("offline", `offline copy is off: ${messageOf(error)}`, error));
  };
}

/** The store of updates, in a transaction of its own. Throws when the database is closed. */
function rowsOf(database: IDBDatabase): IDBObjectStore {
  return database.transaction("updates", "readwrite").objectStore("updates");
}
