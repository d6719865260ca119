/**
 * One open document on a page: its `Y.Doc`, its provider, and the bar above it. Both editors stand on this.
 * @module
 */
import * as Y from "yjs";
import { DocumentProvider } from "../index.ts";
import { type EditorPage, takeRequest } from "./addresses.ts";
import { showToast } from "./announcer.ts";
import { isDeletion, showBanner, showConnection } from "./connection-view.ts";
import { elementById } from "./elements.ts";
import { drawIcons } from "./icons.ts";
import { type Identity, loadIdentity } from "./identity.ts";
import { showPeople } from "./people-view.ts";
import { forgetRecent, rememberRecent } from "./recent.ts";

/** Name of the `Y.Text` of the plain-text page: the one that y-codemirror.next's own examples use, so that they open the same text. */
export const PLAIN_TEXT = "codemirror";

export type Session = {
  readonly id: string;
  readonly doc: Y.Doc;
  readonly provider: DocumentProvider;
  readonly identity: Identity;
  /** Whom the server credits with what is written here: a name that is given later is not known to it. */
  readonly account: string;
  /** Calls back now and at each change: false until content is there, after a refusal, and after the end. */
  readonly onEditable: (listener: (isEditable: boolean) => void) => void;
  /** Shows the document's title in the bar, the tab and the list of recent documents; an empty one shows the id. */
  readonly setTitle: (title: string) => void;
};

/** Opens the document that the page's address names; undefined, with a message on the page, when it names none. */
export function openSession(page: EditorPage): Session | undefined {
  drawIcons();
  const request = takeRequest();
  if (request === undefined) {
    endLoading("There is no document to show.");
    showBanner("The address names no document.", "bad");
    return undefined;
  }
  const { id, isNew } = request;
  const doc = new Y.Doc();
  const account = loadIdentity().name;
  const provider = new DocumentProvider({ id, doc, user: account });
  const identity = showPeople(provider, account);
  const gate = new EditGate(doc, provider, isNew);
  showConnection(provider, (close) => {
    gate.end();
    if (isDeletion(close)) forgetRecent(id);
  });
  wireShare();
  const setTitle = wireTitle(id, page, doc);
  return { id, doc, provider, identity, account, onEditable: gate.onEditable, setTitle };
}

/** Decides when the text may be edited. An empty page that has not been loaded is not an empty document (P10). */
class EditGate {
  readonly #doc: Y.Doc;
  readonly #provider: DocumentProvider;
  readonly #listeners: ((isEditable: boolean) => void)[] = [];
  #isLoaded: boolean;
  #isOver = false;
  #wasEditable: boolean | undefined;

  constructor(doc: Y.Doc, provider: DocumentProvider, isNew: boolean) {
    this.#doc = doc;
    this.#provider = provider;
    this.#isLoaded = isNew || hasContent(doc);
    doc.on("update", this.#check);
    provider.on("save-state", this.#check);
    provider.on("rights", this.#check);
    provider.on("status", this.#showWaiting);
    const markReady = () => {
      this.#isLoaded = true;
      document.documentElement.dataset.ready = "true";
      this.#check();
    };
    void provider.whenSynced.then(markReady, () => undefined);
    this.#check();
  }

  readonly onEditable = (listener: (isEditable: boolean) => void): void => {
    this.#listeners.push(listener);
    listener(this.#isEditable);
  };

  /** The server closed for good: what is here can be read and copied, no more. */
  end(): void {
    this.#isOver = true;
    if (!this.#isLoaded) endLoading("Nothing of it could be loaded.");
    this.#check();
  }

  get #isEditable(): boolean {
    return this.#isLoaded && !this.#isOver && this.#provider.canWrite && this.#provider.saveState !== "refused";
  }

  readonly #check = (): void => {
    this.#isLoaded ||= hasContent(this.#doc);
    if (this.#isLoaded) endLoading();
    if (this.#isEditable === this.#wasEditable) return;
    this.#wasEditable = this.#isEditable;
    for (const listener of this.#listeners) listener(this.#isEditable);
  };

  readonly #showWaiting = (): void => {
    if (this.#isLoaded || this.#isOver || this.#provider.status !== "offline") return;
    elementById("loading-text", HTMLElement).textContent =
      "Waiting for the connection. This browser has no copy of the document yet.";
  };
}

function hasContent(doc: Y.Doc): boolean {
  return doc.store.clients.size > 0;
}

/** Takes the loading sign away; with `text` it stays and says that instead. */
function endLoading(text?: string): void {
  const surface = elementById("surface", HTMLElement);
  if (text === undefined) {
    if (surface.dataset.loading !== undefined) delete surface.dataset.loading;
    elementById("loading", HTMLElement).hidden = true;
  } else {
    elementById("loading-text", HTMLElement).textContent = text;
  }
}

function wireTitle(id: string, page: EditorPage, doc: Y.Doc): (title: string) => void {
  let current = "";
  let isRemembered = false;
  const remember = () => rememberRecent({ id, title: current, page, changedMs: Date.now() });
  doc.on("update", (_update: Uint8Array, _origin: unknown, _doc: Y.Doc, transaction: Y.Transaction) => {
    if (!transaction.local || isRemembered) return;
    isRemembered = true;
    remember();
  });
  return (title) => {
    const shown = title.trim().slice(0, 200) || id;
    if (shown === current) return;
    current = shown;
    elementById("title", HTMLElement).textContent = shown;
    document.title = `${shown} · Roost`;
    if (isRemembered) remember();
  };
}

function wireShare(): void {
  elementById("share", HTMLButtonElement).addEventListener("click", () => {
    void navigator.clipboard?.writeText(location.href).then(
      () => showToast("Link copied. Whoever opens it edits with you."),
      () => showToast(location.href),
    );
    // Without a secure context there is no clipboard: the address itself can be copied by hand.
    if (navigator.clipboard === undefined) showToast(location.href);
  });
}
