/**
 * The history of the document: its versions, what differs, and its past as a film.
 * @module
 */
import { pageAddress } from "./addresses.ts";
import { announce } from "./announcer.ts";
import { type ApiError, errorWords } from "./api-request.ts";
import { authorsIn } from "./authors.ts";
import { elementById, makeElement } from "./elements.ts";
import { newDocumentId } from "./names.ts";
import { PlaybackView } from "./playback-view.ts";
import type { Session } from "./session.ts";
import { VersionList } from "./version-list.ts";
import { VersionPane } from "./version-pane.ts";
import { versionTitle } from "./version-words.ts";
import type { VersionEntry, VersionsApi } from "./versions-api.ts";

/** Wires the button in the bar and everything behind it. */
export function wireHistory(session: Pick<Session, "id" | "account" | "provider">, api: VersionsApi): void {
  const dialog = elementById("history", HTMLDialogElement);
  const history = new HistoryDialog(session, api);
  elementById("history-open", HTMLButtonElement).addEventListener("click", () => {
    dialog.showModal();
    history.open();
  });
  elementById("history-close", HTMLButtonElement).addEventListener("click", () => dialog.close());
  dialog.addEventListener("close", () => history.close());
}

class HistoryDialog {
  readonly #api: VersionsApi;
  readonly #list: VersionList;
  readonly #pane: VersionPane;
  readonly #playback: PlaybackView;
  readonly #status = elementById("history-status", HTMLElement);
  readonly #restore = elementById("version-restore", HTMLButtonElement);
  readonly #fork = elementById("version-fork", HTMLButtonElement);

  constructor({ provider }: Pick<Session, "provider">, api: VersionsApi) {
    const authors = () => authorsIn(provider.awareness);
    this.#api = api;
    this.#playback = new PlaybackView(api, authors);
    this.#list = new VersionList({ api, authors, onSelect: (entry) => this.#select(entry) });
    this.#pane = new VersionPane({
      api,
      authors,
      before: (version) => this.#list.before(version),
      onChanged: (entry) => this.#list.put(entry),
      onError: (error) => this.#fail(error),
    });
    this.#restore.addEventListener("click", () => void this.#restoreChosen());
    this.#fork.addEventListener("click", () => void this.#forkChosen());
    for (const view of ["versions", "playback"] as const) {
      elementById(`see-${view}`, HTMLButtonElement).addEventListener("click", () => this.#see(view));
    }
    this.#wireKeep();
  }

  open(): void {
    this.#say("");
    void this.#pane.show(undefined);
    this.#see("versions");
    void this.#list.open();
  }

  close(): void {
    this.#playback.close();
  }

  #see(view: "versions" | "playback"): void {
    for (const each of ["versions", "playback"] as const) {
      elementById(`see-${each}`, HTMLButtonElement).setAttribute("aria-pressed", String(each === view));
      elementById(`${each}-view`, HTMLElement).hidden = each !== view;
    }
    if (view === "playback") void this.#playback.open();
    else this.#playback.close();
  }

  #select(entry: VersionEntry): void {
    this.#list.select(entry.version);
    void this.#pane.show(entry);
    // On a phone it stands below the list.
    elementById("version-pane", HTMLElement).scrollIntoView({ block: "nearest", behavior: "smooth" });
  }

  #wireKeep(): void {
    const name = elementById("keep-name", HTMLInputElement);
    elementById("keep-form", HTMLFormElement).addEventListener("submit", (event) => {
      event.preventDefault();
      const words = name.value.trim();
      if (words === "") name.focus();
      else void this.#keep(words).then((isDone) => isDone && (name.value = ""));
    });
  }

  async #keep(name: string): Promise<boolean> {
    this.#say("Saving the version…");
    const kept = await this.#api.keep(name);
    if (!kept.ok) {
      this.#fail(kept.error);
      return false;
    }
    this.#say(`“${kept.value.name}” is saved.`);
    this.#list.put(kept.value);
    this.#select(kept.value);
    return true;
  }

  async #restoreChosen(): Promise<void> {
    const { entry } = this.#pane;
    if (entry !== undefined) await this.#bringBack(entry.version, `“${versionTitle(entry)}” is back.`);
  }

  async #bringBack(version: string, words: string): Promise<void> {
    this.#say("Restoring…");
    this.#restore.disabled = true;
    const restored = await this.#api.restore(version);
    this.#restore.disabled = false;
    if (!restored.ok) return this.#fail(restored.error);
    if (restored.value.isChanged) {
      const { before } = restored.value;
      this.#say(words, () => void this.#bringBack(before, "What was there before is back."));
    } else this.#say("The document is like this already.");
    await Promise.all([this.#list.refresh(), this.#pane.compare()]);
  }

  async #forkChosen(): Promise<void> {
    const { entry } = this.#pane;
    if (entry === undefined) return;
    this.#say("Making a copy…");
    const id = newDocumentId();
    const forked = await this.#api.fork(id, entry.version);
    if (forked.ok) location.assign(pageAddress("editor", id));
    else this.#fail(forked.error);
  }

  #fail(error: ApiError): void {
    this.#say(errorWords(error));
    this.#status.dataset["tone"] = "bad";
  }

  /** One line that stays until the next; `undo` takes back what it says. */
  #say(text: string, undo?: () => void): void {
    delete this.#status.dataset["tone"];
    this.#status.replaceChildren(makeElement("span", { text, attributes: { dir: "auto" } }));
    this.#status.dataset["shown"] = String(text !== "");
    if (text !== "") announce(text);
    if (undo === undefined) return;
    const attributes = { type: "button", "data-testid": "undo-restore" };
    const button = makeElement("button", { className: "text-button", text: "Undo", attributes });
    button.addEventListener("click", undo);
    this.#status.append(button);
  }
}
