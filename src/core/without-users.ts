/**
 * Names of users taken out of what names them; it stays, and is nobody's. Rule ER6 of router/SPEC.md.
 * @module
 */
import type { LogRow, StampedUpdate } from "./ports.ts";

type Users = Pick<ReadonlySet<string>, "has" | "size">;

/** Whose update of a user it is without them. */
export function updateWithout(update: StampedUpdate, users: Users): StampedUpdate {
  return users.has(update.user) ? { ...update, user: "" } : update;
}

/** The same rows where none of them is by one of the users. */
export function rowsWithout(rows: readonly LogRow[], users: Users): readonly LogRow[] {
  const isTheirs = ({ updates }: LogRow) => updates.some(({ user }) => users.has(user));
  if (users.size === 0 || !rows.some(isTheirs)) return rows;
  return rows.map((row) => ({ ...row, updates: row.updates.map((update) => updateWithout(update, users)) }));
}

/** What somebody asked for, and who had a part in it. */
export function entryWithout<E extends { readonly user: string; readonly editors: readonly string[] }>(
  entry: E,
  users: Users,
): E {
  const user = users.has(entry.user) ? "" : entry.user;
  return { ...entry, user, editors: entry.editors.filter((editor) => !users.has(editor)) };
}
