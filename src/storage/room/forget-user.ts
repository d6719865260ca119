/**
 * Takes a user's name out of a document's tables. What they wrote stays; whose it is, nobody can tell any more.
 * @module
 */
import type { MetaStore } from "../../core/ports.ts";
import type { RoomDatabase } from "./database.ts";

// Rows of the log, authors and attribution name senders by number.
const FORGET_SENDER = "UPDATE senders SET user = '' WHERE user = ?";
const FORGET_QUARANTINED = "UPDATE quarantine SET user = '' WHERE user = ?";
const READ_EVENTS = "SELECT key, body FROM outbox";
const WRITE_EVENT = "UPDATE outbox SET body = ? WHERE key = ?";

/** In one transaction of the caller's. The senders that were read before have to be forgotten after it. */
export function forgetUserIn(db: RoomDatabase, meta: Pick<MetaStore, "read" | "write">, user: string): void {
  db.change(FORGET_SENDER, user);
  db.change(FORGET_QUARANTINED, user);
  const summary = meta.read()?.summary ?? "";
  if (summary !== "") meta.write({ summary: withoutUser(summary, user) });
  for (const { key, body } of db.read<{ key: number; body: string }>(READ_EVENTS)) {
    db.change(WRITE_EVENT, withoutUser(body, user), key);
  }
}

/** JSON without the user: `user` becomes empty; lists of editors and writers leave them out. A title that is called so stays. */
export function withoutUser(json: string, user: string): string {
  return JSON.stringify(JSON.parse(json), (key, value: unknown) => {
    if (key === "user" && value === user) return "";
    if (key === "editors" && Array.isArray(value)) return value.filter((one) => one !== user);
    return key === "writers" && Array.isArray(value) ? value.filter((one) => !isBy(one, user)) : value;
  });
}

function isBy(writer: unknown, user: string): boolean {
  return typeof writer === "object" && writer !== null && "user" in writer && writer.user === user;
}
