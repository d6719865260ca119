/**
 * Connection, save state and what went wrong, as the bar above a document shows them.
 * @module
 */
import { CLOSE_FRAMES } from "../../src/protocol/close-codes.ts";
import type { DocumentProvider } from "../index.ts";
import { announce, showToast } from "./announcer.ts";
import { SAVE_WORDS, STATUS_WORDS, type SaveState, finalCloseWords } from "./connection-words.ts";
import { elementById, makeElement } from "./elements.ts";
import { makeIcon } from "./icons.ts";

/** A blip shorter than this gets no banner. */
const BANNER_AFTER_MS = 1_500;
/** A state is said aloud once it lasted this long: typing goes from saving to saved many times a minute. */
const ANNOUNCE_AFTER_MS = 1_500;

export type FinalClose = { readonly code: number; readonly reason: string };

/** Shows `provider`'s states until the page goes; calls `onFinal` when the server ended it for good. */
export function showConnection(provider: DocumentProvider, onFinal: (close: FinalClose) => void): void {
  const end = ({ code, reason }: FinalClose) => {
    const words = finalCloseWords(code, reason);
    showBanner(words, "bad");
    announce(words);
    // Nothing is on its way any more, and a green tick would be a lie.
    elementById("save-state", HTMLElement).hidden = true;
    elementById("status", HTMLElement).hidden = true;
    onFinal({ code, reason });
  };
  showStatus(provider);
  showSaveState(provider);
  provider.on("closed", (close) => {
    if (close.final) end(close);
  });
}

/** True after a close that says the document is gone. */
export function isDeletion({ code }: FinalClose): boolean {
  return code === CLOSE_FRAMES.deleted.code;
}

/** Shows a line under the bar; a `bad` one stays, with the way back to the list. */
export function showBanner(text: string, tone: "warn" | "bad"): void {
  const banner = elementById("banner", HTMLElement);
  if (isOver() && tone === "warn") return;
  banner.dataset.tone = tone;
  banner.replaceChildren(makeElement("span", { text }));
  if (tone === "bad") {
    const attributes = { href: "./", "data-testid": "banner-back" };
    banner.append(makeElement("a", { text: "Back to the list", attributes }));
  }
  banner.hidden = false;
}

function hideBanner(): void {
  if (!isOver()) elementById("banner", HTMLElement).hidden = true;
}

/** The last word was said: the server ended it for good. */
function isOver(): boolean {
  return elementById("banner", HTMLElement).dataset.tone === "bad";
}

function showStatus(provider: DocumentProvider): void {
  let bannerTimer: ReturnType<typeof setTimeout> | undefined;
  let wasLost = false;
  const show = () => {
    const { status } = provider;
    const words = STATUS_WORDS[status];
    fillChip("status", { state: status, text: words, title: words });
    clearTimeout(bannerTimer);
    if (status === "synced") {
      hideBanner();
      if (wasLost) showToast("Connected again");
      wasLost = false;
    } else {
      bannerTimer = setTimeout(showLost, BANNER_AFTER_MS);
    }
  };
  const showLost = () => {
    if (isOver()) return;
    if (provider.status === "connecting" && document.documentElement.dataset.ready !== "true") return;
    wasLost = true;
    showBanner("No connection. You can go on writing: changes are kept here and sent when it is back.", "warn");
    announce("No connection. Changes are kept here.");
  };
  provider.on("status", show);
  show();
}

function showSaveState(provider: DocumentProvider): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  let announced: SaveState = "saved";
  const show = () => {
    const { saveState } = provider;
    const { short, long } = SAVE_WORDS[saveState];
    fillChip("save-state", { state: saveState, text: short, title: long });
    clearTimeout(timer);
    timer = setTimeout(() => {
      // Saved is news only after bad news.
      if (saveState === announced || saveState === "saving" || isOver()) return;
      announced = saveState;
      announce(long);
    }, ANNOUNCE_AFTER_MS);
  };
  provider.on("save-state", show);
  show();
}

type ChipIcon = SaveState | DocumentProvider["status"];

function fillChip(
  id: string,
  { state, text, title }: { readonly state: ChipIcon; readonly text: string; readonly title: string },
): void {
  const chip = elementById(id, HTMLElement);
  chip.dataset.state = state;
  chip.title = title;
  chip.replaceChildren(makeIcon(state), makeElement("span", { className: "chip-text", text }));
}
