/**
 * The versions of a document, newest first.
 * @module
 */
import { errorWords } from "./api-request.ts";
import { type AuthorOf, makeAuthorTag } from "./authors.ts";
import { elementById, makeElement } from "./elements.ts";
import { makeIcon } from "./icons.ts";
import { versionNote, versionTitle } from "./version-words.ts";
import type { VersionEntry, VersionsApi } from "./versions-api.ts";

/** Editors named in a row before the rest becomes a number. */
const MAX_EDITORS = 3;

export type VersionListOptions = {
  readonly api: VersionsApi;
  readonly authors: () => AuthorOf;
  /** A person chose it. */
  readonly onSelect: (entry: VersionEntry) => void;
};

export class VersionList {
  readonly #list = elementById("version-list", HTMLUListElement);
  readonly #note = elementById("versions-note", HTMLElement);
  readonly #more = elementById("versions-more", HTMLButtonElement);
  readonly #retry = elementById("versions-retry", HTMLButtonElement);
  readonly #options: VersionListOptions;
  #entries: readonly VersionEntry[] = [];
  #cursor: string | null = null;
  #selected = "";
  #loads = 0;

  constructor(options: VersionListOptions) {
    this.#options = options;
    this.#more.addEventListener("click", () => void this.#load(this.#cursor));
    this.#retry.addEventListener("click", () => void this.#load(null));
  }

  /** Shows the newest ones; further pages are to be asked for again. */
  async open(): Promise<void> {
    this.#entries = [];
    this.#selected = "";
    this.#render();
    await this.#load(null);
  }

  /** Adds what is new, without a sign that it looks. */
  async refresh(): Promise<void> {
    const page = await this.#options.api.list(null);
    if (!page.ok) return;
    const fresh = new Set(page.value.versions.map(({ version }) => version));
    this.#entries = [...page.value.versions, ...this.#entries.filter(({ version }) => !fresh.has(version))];
    this.#sort();
  }

  /** Shows `entry` as it is now. */
  put(entry: VersionEntry): void {
    this.#entries = [entry, ...this.#entries.filter(({ version }) => version !== entry.version)];
    this.#sort();
  }

  select(version: string): void {
    this.#selected = version;
    this.#render();
  }

  /** The one before, as far as it is listed here. */
  before(version: string): VersionEntry | undefined {
    return this.#entries.find((entry) => entry.version < version);
  }

  async #load(cursor: string | null): Promise<void> {
    const load = ++this.#loads;
    this.#say("Loading versions…");
    const page = await this.#options.api.list(cursor);
    if (load !== this.#loads) return;
    if (!page.ok) {
      this.#say(errorWords(page.error), true);
      return;
    }
    this.#entries = cursor === null ? page.value.versions : [...this.#entries, ...page.value.versions];
    this.#cursor = page.value.cursor;
    this.#sort();
  }

  #sort(): void {
    // Text order is version order.
    this.#entries = this.#entries.toSorted((one, other) => (one.version < other.version ? 1 : -1));
    const isEmpty = this.#entries.length === 0;
    this.#say(
      isEmpty ? "No versions yet. They are kept by themselves while people write; name one to keep it for good." : "",
    );
    this.#render();
  }

  #say(text: string, isError = false): void {
    this.#note.textContent = text;
    this.#note.hidden = text === "";
    this.#note.dataset["tone"] = isError ? "bad" : "plain";
    this.#retry.hidden = !isError;
    this.#more.hidden = text !== "" || this.#cursor === null;
  }

  #render(): void {
    const focused = this.#list.contains(document.activeElement)
      ? document.activeElement?.getAttribute("data-version")
      : undefined;
    const authorOf = this.#options.authors();
    this.#list.replaceChildren(...this.#entries.map((entry) => this.#makeRow(entry, authorOf)));
    if (typeof focused !== "string") return;
    this.#list.querySelector<HTMLElement>(`[data-version="${CSS.escape(focused)}"]`)?.focus();
  }

  #makeRow(entry: VersionEntry, authorOf: AuthorOf): HTMLElement {
    const title = makeElement("span", {
      className: "version-title",
      text: versionTitle(entry),
      attributes: { dir: "auto" },
    });
    const note = makeElement("span", { className: "version-note", text: versionNote(entry) });
    const editors = entry.editors.slice(0, MAX_EDITORS).map((user) => makeAuthorTag(authorOf(user)));
    const rest = entry.editors.length - editors.length;
    if (rest > 0) editors.push(makeElement("span", { text: `+${rest}` }));
    const line = makeElement("span", { className: "version-editors", children: editors });
    const button = makeElement("button", {
      className: "version-row",
      attributes: {
        type: "button",
        "data-testid": "version",
        "data-version": entry.version,
        "data-kind": entry.kind,
        "aria-pressed": String(entry.version === this.#selected),
      },
      children: [title, note, line],
    });
    if (entry.isPinned) {
      const pin = makeElement("span", { className: "version-pin", attributes: { title: "Pinned" } });
      pin.append(makeIcon("pin"), makeElement("span", { className: "visually-hidden", text: "Pinned" }));
      button.append(pin);
    }
    button.addEventListener("click", () => this.#options.onSelect(entry));
    return makeElement("li", { children: [button] });
  }
}
