/**
 * Who wrote what is selected.
 * @module
 */
import type { Editor } from "@tiptap/core";
import { errorWords } from "./api-request.ts";
import { authorsIn, makeAuthorTag } from "./authors.ts";
import { type Span, selectedSpan, within } from "./blame-selection.ts";
import { elementById, makeElement } from "./elements.ts";
import { shortTime } from "./paper-view.ts";
import { relativeTime } from "./relative-time.ts";
import type { Session } from "./session.ts";
import type { BlameRange, VersionsApi } from "./versions-api.ts";

/** Who wrote is shown with the first of their words. */
const MAX_EXCERPT = 60;
/** What was just typed is known to the server by then, or is not on its way. */
const SAVED_AFTER_MS = 3_000;

const MINUTE_MS = 60_000;
/** From the words and from the edges, in px. */
const GAP = 8;
/** Its top is no lower than this share of the window; see `max-height` of `.blame`. */
const LOWEST = 0.58;

type Part = { readonly user: string; readonly lastMs: number | null; readonly words: string; readonly units: number };

/** Returns what opens the answer for the selection, or for the block at the caret. */
export function wireBlame(editor: Editor, { provider }: Pick<Session, "provider">, api: VersionsApi): () => void {
  const popover = elementById("blame", HTMLElement);
  const list = elementById("blame-list", HTMLUListElement);
  const note = elementById("blame-note", HTMLElement);
  let asked = 0;
  const say = (text: string) => {
    note.textContent = text;
    note.hidden = text === "";
  };
  const ask = async (question: number) => {
    await whenSaved(provider);
    const span = selectedSpan(editor);
    const answer = await api.blame();
    if (question !== asked) return;
    if (!answer.ok) return say(errorWords(answer.error));
    const parts = span === undefined ? [] : partsOf(answer.value, span);
    const authorOf = authorsIn(provider.awareness);
    list.replaceChildren(...parts.map((part) => makeRow(part, makeAuthorTag(authorOf(part.user)))));
    say(parts.length === 0 ? "There is no text here." : "");
  };
  popover.addEventListener("toggle", ({ newState }) => {
    if (newState !== "closed") return;
    asked += 1;
    if (popover.contains(document.activeElement) || document.activeElement === document.body) editor.view.focus();
  });
  return () => {
    asked += 1;
    list.replaceChildren();
    say("Looking it up…");
    popover.showPopover();
    placeAt(popover, editor);
    popover.focus();
    void ask(asked);
  };
}

/** Below the selection; where there is little room below, above the end of the window. */
function placeAt(popover: HTMLElement, editor: Editor): void {
  const { left, bottom } = editor.view.coordsAtPos(editor.state.selection.to);
  const { clientWidth, clientHeight } = document.documentElement;
  const top = Math.min(Math.max(bottom, 0) + GAP, clientHeight * LOWEST);
  popover.style.top = `${top}px`;
  popover.style.left = `${Math.max(GAP, Math.min(left - GAP, clientWidth - popover.offsetWidth - GAP))}px`;
}

/** One for each person, who wrote most first. */
function partsOf(ranges: readonly BlameRange[], span: Span): readonly Part[] {
  const parts = new Map<string, Part>();
  for (const range of ranges) {
    const cut = within(range, span);
    if (cut === undefined) continue;
    const known = parts.get(range.user) ?? { user: range.user, lastMs: null, words: "", units: 0 };
    parts.set(range.user, {
      ...known,
      lastMs: range.atMs === null ? known.lastMs : Math.max(known.lastMs ?? 0, range.atMs),
      words: known.words.length > MAX_EXCERPT ? known.words : [known.words, cut.text].filter(Boolean).join(" … "),
      units: known.units + cut.length,
    });
  }
  return [...parts.values()].toSorted((one, other) => other.units - one.units);
}

function makeRow({ words, lastMs }: Part, author: HTMLElement): HTMLElement {
  const when = makeElement("span", { className: "person-note" });
  if (lastMs !== null) {
    // The server knows the minute, not the second.
    const nowMs = Date.now();
    when.textContent = nowMs - lastMs < 2 * MINUTE_MS ? "just now" : relativeTime(lastMs, nowMs);
    when.title = shortTime(lastMs);
  }
  const shown = words.length > MAX_EXCERPT ? `${words.slice(0, MAX_EXCERPT)}…` : words.trim();
  const excerpt = makeElement("q", { className: "blame-words", text: shown, attributes: { dir: "auto" } });
  return makeElement("li", { attributes: { "data-testid": "blame-row" }, children: [author, when, excerpt] });
}

async function whenSaved(provider: Session["provider"]): Promise<void> {
  if (provider.saveState === "saved") return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const stop = provider.on("save-state", () => provider.saveState === "saved" && resolve());
  const timer = setTimeout(resolve, SAVED_AFTER_MS);
  await promise;
  clearTimeout(timer);
  stop();
}
