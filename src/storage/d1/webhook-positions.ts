/**
 * How far what rooms tell is recorded: a queue gives no order, so each message says where it stands among its room's. Rows name no
 * room, only a hash of it: an erased one leaves nothing to read here.
 * @module
 */
import type { Result } from "../../protocol/result.ts";
import { type D1Failed, attempt } from "./d1-failed.ts";

/** `run`: when the room began to count, in ms; `position`: from 1, one for each message, no number left out. */
export type ToldPosition = { readonly run: number; readonly position: number };

const FIND = "SELECT run, position FROM webhook_positions WHERE room = ?1";
/** Repetitions and what comes late change nothing. */
const ADVANCE = `
INSERT INTO webhook_positions (room, run, position, stored_ms) VALUES (?1, ?2, ?3, ?4)
ON CONFLICT (room) DO UPDATE SET run = excluded.run, position = excluded.position, stored_ms = excluded.stored_ms
WHERE (excluded.run, excluded.position) > (run, position)`;

/** Null where nothing of the room is recorded. `room` is the hash. */
export async function findPosition(db: D1Database, room: string): Promise<Result<ToldPosition | null, D1Failed>> {
  return await attempt(async () => await db.prepare(FIND).bind(room).first<ToldPosition>());
}

/** To run in the transaction that records the message's events. */
export function advancePosition(
  db: D1Database,
  room: string,
  { run, position, nowMs }: ToldPosition & { readonly nowMs: number },
): D1PreparedStatement {
  return db.prepare(ADVANCE).bind(room, run, position, nowMs);
}

/** True where a message of the room that went before this one is still on its way, as far as one can know. */
export function isEarly({ run, position }: ToldPosition, known: ToldPosition | null): boolean {
  if (known === null || known.run < run) return position > 1;
  return known.run === run && position > known.position + 1;
}
