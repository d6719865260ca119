/**
 * One version: what is different now, and what can be done with it.
 * @module
 */
import { type ApiError, errorWords } from "./api-request.ts";
import type { AuthorOf } from "./authors.ts";
import { makeComparison } from "./compare-view.ts";
import { elementById, makeElement } from "./elements.ts";
import { versionNote, versionTitle } from "./version-words.ts";
import type { VersionEntry, VersionsApi } from "./versions-api.ts";

export type VersionPaneOptions = {
  readonly api: VersionsApi;
  readonly authors: () => AuthorOf;
  /** The version before this one, as far as anybody knows. */
  readonly before: (version: string) => VersionEntry | undefined;
  /** It has another name, or is pinned or not. */
  readonly onChanged: (entry: VersionEntry) => void;
  readonly onError: (error: ApiError) => void;
};

type View = "since" | "until";

export class VersionPane {
  readonly #root = elementById("version-pane", HTMLElement);
  readonly #title = elementById("version-title", HTMLElement);
  readonly #note = elementById("version-note", HTMLElement);
  readonly #diff = elementById("version-diff", HTMLElement);
  readonly #pin = elementById("version-pin", HTMLButtonElement);
  readonly #views = elementById("what-to-compare", HTMLElement);
  readonly #since = elementById("see-since", HTMLButtonElement);
  readonly #until = elementById("see-until", HTMLButtonElement);
  readonly #renameForm = elementById("rename-form", HTMLFormElement);
  readonly #name = elementById("rename-name", HTMLInputElement);
  readonly #options: VersionPaneOptions;
  #entry: VersionEntry | undefined;
  #view: View = "since";
  #loads = 0;

  constructor(options: VersionPaneOptions) {
    this.#options = options;
    this.#pin.addEventListener("click", () => void this.#change({ isPinned: this.#entry?.isPinned !== true }));
    this.#since.addEventListener("click", () => void this.#see("since"));
    this.#until.addEventListener("click", () => void this.#see("until"));
    this.#wireRename();
  }

  get entry(): VersionEntry | undefined {
    return this.#entry;
  }

  /** Shows `entry`, or that none is chosen. */
  async show(entry: VersionEntry | undefined): Promise<void> {
    this.#put(entry);
    this.#renameForm.hidden = true;
    await this.compare();
  }

  /** Asks anew what differs. */
  async compare(): Promise<void> {
    const load = ++this.#loads;
    const entry = this.#entry;
    this.#diff.replaceChildren();
    if (entry === undefined) return;
    const before = this.#options.before(entry.version);
    this.#views.hidden = before === undefined;
    const isUntil = this.#view === "until" && before !== undefined;
    this.#since.setAttribute("aria-pressed", String(!isUntil));
    this.#until.setAttribute("aria-pressed", String(isUntil));
    this.#diff.setAttribute("aria-busy", "true");
    this.#say("Comparing…");
    const from = isUntil ? before : entry;
    const shown = await this.#load(from, isUntil ? entry : undefined);
    if (load !== this.#loads) return;
    this.#diff.setAttribute("aria-busy", "false");
    this.#diff.replaceChildren(shown);
  }

  async #load(from: VersionEntry, to: VersionEntry | undefined): Promise<HTMLElement> {
    const { api, authors } = this.#options;
    const [earlier, diff] = await Promise.all([
      api.content(from.version),
      api.diff(from.version, to === undefined ? "current" : to.version),
    ]);
    const error = earlier.ok ? (diff.ok ? undefined : diff.error) : earlier.error;
    if (error !== undefined || !earlier.ok || !diff.ok) return this.#makeFailure(error);
    const titles = { earlier: versionTitle(from), later: to === undefined ? "Now" : versionTitle(to) };
    return makeComparison({ earlier: earlier.value, diff: diff.value, authorOf: authors(), titles });
  }

  #makeFailure(error: ApiError | undefined): HTMLElement {
    const text = error === undefined ? "" : errorWords(error);
    const words = makeElement("p", { className: "history-note", text, attributes: { "data-tone": "bad" } });
    const retry = makeElement("button", { className: "button", text: "Try again", attributes: { type: "button" } });
    retry.addEventListener("click", () => void this.compare());
    return makeElement("div", { children: [words, retry] });
  }

  #say(text: string): void {
    this.#diff.replaceChildren(makeElement("p", { className: "history-note", text }));
  }

  #put(entry: VersionEntry | undefined): void {
    this.#entry = entry;
    this.#root.dataset["chosen"] = String(entry !== undefined);
    if (entry === undefined) return;
    this.#title.textContent = versionTitle(entry);
    this.#note.textContent = versionNote(entry);
    this.#pin.setAttribute("aria-pressed", String(entry.isPinned));
  }

  async #see(view: View): Promise<void> {
    this.#view = view;
    await this.compare();
  }

  async #change(change: { readonly name?: string; readonly isPinned?: boolean }): Promise<boolean> {
    const { api, onChanged, onError } = this.#options;
    const version = this.#entry?.version;
    if (version === undefined) return false;
    const changed = await api.change(version, change);
    if (!changed.ok) {
      onError(changed.error);
      return false;
    }
    onChanged(changed.value);
    if (this.#entry?.version === version) this.#put(changed.value);
    return true;
  }

  #wireRename(): void {
    const button = elementById("version-rename", HTMLButtonElement);
    const close = () => {
      this.#renameForm.hidden = true;
      button.focus();
    };
    button.addEventListener("click", () => {
      this.#name.value = this.#entry?.name ?? "";
      this.#renameForm.hidden = false;
      this.#name.select();
    });
    this.#name.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      // It ends this, not the whole history.
      event.preventDefault();
      event.stopPropagation();
      close();
    });
    elementById("rename-cancel", HTMLButtonElement).addEventListener("click", close);
    this.#renameForm.addEventListener("submit", (event) => {
      event.preventDefault();
      const name = this.#name.value.trim();
      if (name !== "") void this.#change({ name }).then((isDone) => isDone && close());
    });
  }
}
