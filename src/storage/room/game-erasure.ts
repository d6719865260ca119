/**
 * Takes a user, or everything, out of a game room's tables, whether or not anybody can open the room. Rule ER7 of router/SPEC.md.
 * @module
 */
import type { GameStore } from "../../core/game/ports.ts";
import type { RoomDatabase } from "./database.ts";

type Store = Pick<GameStore, "meta" | "writeMeta" | "transaction" | "clear">;

const DELETE_SEATS_OF = "DELETE FROM seats WHERE user = ?";
const DELETE_REPORTS = "DELETE FROM outbox";
const CLEAR_FILTER = "UPDATE meta SET filter = '{}' WHERE id = 1";

/** Seats, with what their owner asked for and comes back with, and bans. */
export function forgetPlayer(db: RoomDatabase, store: Store, user: string): void {
  const meta = store.meta();
  store.transaction(() => {
    db.change(DELETE_SEATS_OF, user);
    if (meta?.banned.includes(user) !== true) return;
    store.writeMeta({ ...meta, banned: meta.banned.filter((one) => one !== user) });
  });
}

/** Nothing stays but that something was; where nothing was, nothing comes. */
export function eraseGame(db: RoomDatabase, store: Store, nowMs: number): void {
  const meta = store.meta();
  if (meta === undefined) return;
  store.transaction(() => {
    store.clear();
    db.change(DELETE_REPORTS);
    db.change(CLEAR_FILTER);
    const facts = { isLocked: true, isPrivate: true, metadata: null, banned: [] };
    store.writeMeta({ game: "", version: 0, createdMs: 0, ...facts, disposedMs: meta.disposedMs ?? nowMs });
  });
}
