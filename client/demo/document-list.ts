/**
 * The list of documents: search, pages, deletion, and documents of this browser that the index does not have yet.
 * @module
 */
import { announce } from "./announcer.ts";
import { askDelete } from "./delete-dialog.ts";
import { makeRecentRow, makeRow, refreshTimes } from "./document-row.ts";
import { type ApiError, errorWords } from "./api-request.ts";
import { type DocumentEntry, type DocumentPage, deleteDocument, listDocuments } from "./documents-api.ts";
import { elementById } from "./elements.ts";
import { type RecentDocument, forgetRecent, readRecent } from "./recent.ts";

/** The index shows a change within some 15 s after its snapshot is due; what is missing for longer is simply elsewhere in the list. */
const RECENT_MS = 120_000;
/** How often the list is asked again while a document of this browser is missing from it. */
const RECHECK_MS = 5_000;

export class DocumentList {
  readonly #list = elementById("documents", HTMLUListElement);
  readonly #message = elementById("message", HTMLElement);
  readonly #more = elementById("more", HTMLButtonElement);
  readonly #erased = new Set<string>();
  #entries: readonly DocumentEntry[] = [];
  #cursor: string | null = null;
  #query = "";
  #pages = 0;
  #request = new AbortController();
  #recheck: ReturnType<typeof setTimeout> | undefined;

  constructor() {
    this.#more.addEventListener("click", () => void this.#load("append"));
  }

  /** Shows what matches `query`, everything when it is empty. The last call wins. */
  async search(query: string): Promise<void> {
    this.#query = query.trim();
    await this.#load("replace");
  }

  /** Asks again, unless the reader has gone on to further pages. */
  async refresh(): Promise<void> {
    refreshTimes(this.#list);
    if (this.#pages <= 1) await this.#load("replace");
  }

  async #load(mode: "replace" | "append"): Promise<void> {
    this.#request.abort();
    clearTimeout(this.#recheck);
    const { signal } = (this.#request = new AbortController());
    const cursor = mode === "append" && this.#cursor !== null ? { cursor: this.#cursor } : {};
    this.#list.setAttribute("aria-busy", "true");
    try {
      const page = await listDocuments({ query: this.#query, signal, ...cursor });
      if (signal.aborted) return;
      if (page.ok) this.#show(page.value, mode);
      else this.#fail(page.error, mode);
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      if (!signal.aborted) this.#list.setAttribute("aria-busy", "false");
    }
  }

  #show(page: DocumentPage, mode: "replace" | "append"): void {
    const added = page.documents.filter(({ id }) => !this.#erased.has(id));
    const isFirst = this.#pages === 0;
    this.#entries = mode === "append" ? [...this.#entries, ...added] : added;
    this.#pages = mode === "append" ? this.#pages + 1 : 1;
    this.#cursor = page.cursor;
    this.#render();
    if (mode === "append") announce(`${added.length} more documents`);
    else if (this.#query !== "" || !isFirst) announce(this.#countWords());
    document.documentElement.dataset.ready = "true";
  }

  #render(): void {
    const fresh = this.#fresh();
    const missing = fresh.filter(({ id, title }) => `${title} ${id}`.toLowerCase().includes(this.#query.toLowerCase()));
    const events = { onDelete: (id: string, title: string) => void this.#erase(id, title) };
    const focused = this.#focusedRow();
    this.#list.replaceChildren(
      ...missing.map((entry) => makeRecentRow(entry, events)),
      ...this.#entries.map((entry) => makeRow(entry, events)),
    );
    if (focused !== undefined) this.#focusRow(focused.id, focused.control);
    this.#more.hidden = this.#cursor === null;
    const isEmpty = this.#entries.length + missing.length === 0;
    this.#list.hidden = isEmpty;
    this.#message.hidden = !isEmpty;
    if (isEmpty) this.#say(...this.#emptyWords(fresh.length > 0), "calm");
    if (missing.length > 0 || (isEmpty && fresh.length > 0))
      this.#recheck = setTimeout(() => void this.refresh(), RECHECK_MS);
  }

  /** Changed in this browser a moment ago, and not listed. Their words are not known here, only their titles. */
  #fresh(): readonly RecentDocument[] {
    const listed = new Set(this.#entries.map(({ id }) => id));
    const isFresh = ({ id, changedMs }: RecentDocument) =>
      !listed.has(id) && !this.#erased.has(id) && Date.now() - changedMs < RECENT_MS;
    return readRecent().filter(isFresh);
  }

  #fail(error: ApiError, mode: "replace" | "append"): void {
    const words = errorWords(error);
    announce(words);
    // What is on the page is still true enough to click on.
    if (mode === "append" || this.#entries.length > 0) {
      this.#message.hidden = false;
    } else {
      this.#list.hidden = true;
    }
    this.#say("The list cannot be shown", words, "bad");
  }

  #say(heading: string, words: string, tone: "calm" | "bad"): void {
    this.#message.hidden = false;
    this.#message.dataset.tone = tone;
    elementById("message-heading", HTMLElement).textContent = heading;
    elementById("message-text", HTMLElement).textContent = words;
    elementById("retry", HTMLButtonElement).hidden = tone === "calm";
  }

  #emptyWords(mayCome: boolean): [string, string] {
    if (this.#query === "")
      return ["Nothing here yet", "Make the first document, and send its link to whoever writes with you."];
    if (mayCome)
      return ["Nothing found yet", "What you have just written can be searched in some seconds. It will show up here."];
    return [
      "Nothing found",
      `No document holds “${this.#query}”. A change can be searched some seconds after it was made.`,
    ];
  }

  #countWords(): string {
    const count = this.#entries.length;
    const more = this.#cursor === null ? "" : " and more";
    return count === 1 ? `1 document${more}` : `${count} documents${more}`;
  }

  async #erase(id: string, title: string): Promise<void> {
    if (!(await askDelete(title))) return;
    const erased = await deleteDocument(id);
    if (!erased.ok) {
      this.#say("The document was not deleted", errorWords(erased.error), "bad");
      announce(errorWords(erased.error));
      return;
    }
    const rows = [...this.#list.children];
    const place = rows.findIndex((row) => row instanceof HTMLElement && row.dataset.id === id);
    this.#erased.add(id);
    forgetRecent(id);
    this.#entries = this.#entries.filter((entry) => entry.id !== id);
    this.#render();
    announce(`Deleted ${title}`);
    const next = this.#list.children[Math.min(place, this.#list.children.length - 1)];
    (next?.querySelector<HTMLElement>("a") ?? elementById("search", HTMLInputElement)).focus();
  }

  /** The row and which control of it has the focus, so that a new rendering does not lose the reader's place. */
  #focusedRow(): { readonly id: string; readonly control: number } | undefined {
    const row = document.activeElement?.closest<HTMLElement>("[data-id]");
    if (row === null || row === undefined) return undefined;
    const control = [...row.querySelectorAll("a, button")].findIndex((element) => element === document.activeElement);
    return { id: row.dataset.id ?? "", control };
  }

  #focusRow(id: string, control: number): void {
    const row = this.#list.querySelector(`[data-id="${CSS.escape(id)}"]`);
    row?.querySelectorAll<HTMLElement>("a, button")[control]?.focus({ preventScroll: true });
  }
}
