/**
 * Documents opened in this browser. The list of the server shows a change some seconds late; a document that was just
 * made must not seem lost meanwhile.
 * @module
 */
import type { EditorPage } from "./addresses.ts";
import { fieldOf, readStored, writeStored } from "./browser-storage.ts";

export type RecentDocument = {
  readonly id: string;
  readonly title: string;
  readonly page: EditorPage;
  readonly changedMs: number;
};

const KEY = "roost.recent";
const MAX_RECENT = 12;

/** Newest first. */
export function readRecent(): readonly RecentDocument[] {
  const stored = readStored(KEY);
  return Array.isArray(stored) ? stored.flatMap(readEntry) : [];
}

/** Puts `entry` first, in the place of an older one of the same id. */
export function rememberRecent(entry: RecentDocument): void {
  const others = readRecent().filter(({ id }) => id !== entry.id);
  writeStored(KEY, [entry, ...others].slice(0, MAX_RECENT));
}

export function forgetRecent(id: string): void {
  writeStored(
    KEY,
    readRecent().filter((entry) => entry.id !== id),
  );
}

function readEntry(value: unknown): readonly RecentDocument[] {
  const id = fieldOf(value, "id");
  const title = fieldOf(value, "title");
  const changedMs = fieldOf(value, "changedMs");
  if (typeof id !== "string" || typeof title !== "string" || typeof changedMs !== "number") return [];
  return [{ id, title, page: fieldOf(value, "page") === "code" ? "code" : "editor", changedMs }];
}
