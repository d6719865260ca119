/**
 * The page that lists documents.
 * @module
 */
import { parseDocumentId } from "../../src/protocol/room-id.ts";
import { pageAddress } from "./addresses.ts";
import { DocumentList } from "./document-list.ts";
import { elementById } from "./elements.ts";
import { drawIcons } from "./icons.ts";
import { newDocumentId } from "./names.ts";

/** A search starts when the typing pauses this long. */
const SEARCH_AFTER_MS = 250;

drawIcons();
const list = new DocumentList();
wireSearch();
wireOpenById();
elementById("new-document", HTMLButtonElement).addEventListener("click", () => {
  location.assign(pageAddress("editor", newDocumentId(), true));
});
elementById("new-text", HTMLButtonElement).addEventListener("click", () => {
  location.assign(pageAddress("code", newDocumentId(), true));
});
elementById("retry", HTMLButtonElement).addEventListener("click", () => void list.refresh());
addEventListener("pageshow", ({ persisted }) => {
  if (persisted) void list.refresh();
});
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") void list.refresh();
});

function wireSearch(): void {
  const field = elementById("search", HTMLInputElement);
  let timer: ReturnType<typeof setTimeout> | undefined;
  const search = () => {
    clearTimeout(timer);
    const query = field.value.trim();
    // The address keeps the search, so that going back from a document finds it again.
    history.replaceState(null, "", query === "" ? location.pathname : `?${new URLSearchParams({ q: query })}`);
    void list.search(query);
  };
  field.value = new URLSearchParams(location.search).get("q") ?? field.value;
  field.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, SEARCH_AFTER_MS);
  });
  elementById("search-form", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    search();
  });
  document.addEventListener("keydown", (event) => {
    const isTyping = event.target instanceof HTMLElement && event.target.closest("input, dialog") !== null;
    if (event.key !== "/" || isTyping || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    field.select();
  });
  search();
}

function wireOpenById(): void {
  const field = elementById("open-id", HTMLInputElement);
  const error = elementById("open-error", HTMLElement);
  elementById("open-form", HTMLFormElement).addEventListener("submit", (event) => {
    event.preventDefault();
    const id = parseDocumentId(field.value.trim());
    field.setAttribute("aria-invalid", String(!id.ok));
    error.hidden = id.ok;
    if (id.ok) location.assign(pageAddress("editor", id.value));
    else error.textContent = id.error.reason;
  });
}
