/**
 * One document in the list.
 * @module
 */
import { pageAddress } from "./addresses.ts";
import type { DocumentEntry } from "./documents-api.ts";
import { makeElement } from "./elements.ts";
import { makeIcon } from "./icons.ts";
import type { RecentDocument } from "./recent.ts";
import { relativeTime } from "./relative-time.ts";

/** Names before the rest becomes a number. */
const MAX_EDITORS = 3;

export type RowEvents = { readonly onDelete: (id: string, title: string) => void };

/** A row for what the server lists. */
export function makeRow(entry: DocumentEntry, events: RowEvents): HTMLLIElement {
  const title = entry.title === "" ? entry.id : entry.title;
  const row = makeShell({ id: entry.id, title, address: pageAddress("editor", entry.id) }, events);
  const excerpt = entry.match ?? entry.excerpt;
  if (excerpt !== "") {
    const attributes = { dir: "auto", "data-testid": "excerpt" };
    row.append(makeElement("p", { className: "document-excerpt", attributes, children: markHits(excerpt) }));
  }
  const words = `${entry.words.toLocaleString("en")} ${entry.words === 1 ? "word" : "words"}`;
  const facts = [words, editorNames(entry.editors)].filter((fact) => fact !== "");
  const meta = makeElement("p", { className: "document-meta", text: `${facts.join(" · ")} · ` });
  meta.append(makeTime(entry.updatedMs));
  row.append(meta);
  return row;
}

/** A row for a document of this browser that the server does not list yet. */
export function makeRecentRow(entry: RecentDocument, events: RowEvents): HTMLLIElement {
  const row = makeShell({ ...entry, address: pageAddress(entry.page, entry.id) }, events);
  row.dataset.recent = "true";
  const meta = makeElement("p", { className: "document-meta", text: "Opened here · " });
  meta.append(makeTime(entry.changedMs), " · not in the index yet");
  row.append(meta);
  return row;
}

/** Rewrites every time in `list` as of now. */
export function refreshTimes(list: HTMLElement): void {
  for (const time of list.querySelectorAll("time")) {
    time.textContent = relativeTime(Date.parse(time.dateTime), Date.now());
  }
}

type Shell = { readonly id: string; readonly title: string; readonly address: string };

function makeShell({ id, title, address }: Shell, { onDelete }: RowEvents): HTMLLIElement {
  const row = makeElement("li", { className: "document", attributes: { "data-testid": "document", "data-id": id } });
  const link = makeElement("a", { text: title, attributes: { href: address, dir: "auto", title: id } });
  row.append(makeElement("h2", { className: "document-title", children: [link] }));
  const plain = makeElement("a", {
    className: "icon-button",
    attributes: { href: pageAddress("code", id), title: "Plain text", "aria-label": `Plain text of ${title}` },
    children: [makeIcon("file")],
  });
  const remove = makeElement("button", {
    className: "icon-button",
    attributes: { type: "button", title: "Delete", "aria-label": `Delete ${title}`, "data-testid": "delete" },
    children: [makeIcon("trash")],
  });
  remove.addEventListener("click", () => onDelete(id, title));
  row.append(makeElement("div", { className: "document-actions", children: [plain, remove] }));
  return row;
}

/** U+0002 and U+0003 become `mark` elements; everything else stays text. */
function markHits(text: string): Node[] {
  return text.split("\u0002").flatMap((part, index) => {
    if (index === 0) return [document.createTextNode(part)];
    const [hit = "", ...rest] = part.split("\u0003");
    return [makeElement("mark", { text: hit }), document.createTextNode(rest.join(""))];
  });
}

function editorNames(editors: readonly string[]): string {
  const rest = editors.length - MAX_EDITORS;
  const names = editors.slice(0, MAX_EDITORS).join(", ");
  return rest > 0 ? `${names} and ${rest} more` : names;
}

function makeTime(ms: number): HTMLTimeElement {
  const then = new Date(ms);
  const attributes = { datetime: then.toISOString(), title: then.toLocaleString("en") };
  return makeElement("time", { text: relativeTime(ms, Date.now()), attributes });
}
