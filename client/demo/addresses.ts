/**
 * Addresses of the demo's pages.
 * @module
 */
import { type DocumentId, parseDocumentId } from "../../src/protocol/room-id.ts";

export type EditorPage = "editor" | "code";

/** The page that opens document `id`; `isNew` lets it be edited before the server was reached. */
export function pageAddress(page: EditorPage, id: string, isNew = false): string {
  return `./${page}?id=${encodeURIComponent(id)}${isNew ? "#new" : ""}`;
}

/** The REST address of document `id`, which is one segment whatever it holds. */
export function documentAddress(id: string): string {
  return `/v1/documents/${encodeURIComponent(id)}`;
}

/** Id of the document that this page shows, as its address says it. */
export function shownDocument(): string {
  return new URLSearchParams(location.search).get("id") ?? "";
}

/** What the address of this page asks for; undefined when it names no valid document. Takes the `#new` mark away. */
export function takeRequest(): { readonly id: DocumentId; readonly isNew: boolean } | undefined {
  const id = parseDocumentId(shownDocument());
  // The provider refuses dot segments: no URL can carry one.
  if (!id.ok || id.value === "." || id.value === "..") return undefined;
  const isNew = location.hash === "#new";
  if (isNew) history.replaceState(null, "", location.pathname + location.search);
  return { id: id.value, isNew };
}
