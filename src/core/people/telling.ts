/**
 * One flush to the sockets of a room that tells everybody of everybody: the same bytes for all. Rules PP7 and PP8.
 * @module
 */
import type { PresenceServerMessage } from "../../protocol/presence-messages.ts";
import type { SessionId } from "../events.ts";
import type { Connection } from "./connection.ts";
import { type Differences, soleMover } from "./difference.ts";
import type { PresencePeers } from "./ports.ts";
import type { Roster } from "./roster.ts";
import type { Told } from "./told.ts";

export type Messages = readonly PresenceServerMessage[];

/** What a flush has to say, and to whom. */
export type Flush = {
  /** Before all else, to everybody. */
  readonly opening: Messages;
  /** Everybody forgets everybody, and is told anew. */
  readonly isReset: boolean;
  readonly differences: Differences;
  readonly events: Messages;
  readonly counts: Messages;
  readonly settled: readonly Connection[];
  /** Those who know nobody yet. */
  readonly newcomers: readonly Connection[];
  readonly nowMs: number;
};

export const NOTHING_OWN: ReadonlyMap<SessionId, Messages> = new Map();

export function tellAll(
  flush: Flush,
  told: Told,
  { peers, roster }: { readonly peers: PresencePeers; readonly roster: Roster },
): void {
  const { opening, isReset, differences, events, counts, settled, newcomers } = flush;
  const fresh = isReset ? [...settled, ...newcomers] : newcomers;
  const everybody = fresh.length === 0 ? [] : [...opening, ...told.everybody(), ...(isReset ? events : []), ...counts];
  // Who only hears may come into an empty room.
  if (everybody.length > 0) peers.sendToAll(idsOf(fresh), everybody, NOTHING_OWN);
  if (isReset) return;
  const changes = [...differences.changed.values()].flat();
  const left = differences.left.map((actor) => ({ type: "left", actor }) as const);
  const messages = [...opening, ...changes, ...events, ...left, ...counts];
  if (messages.length === 0) return;
  const sole = messages.length === changes.length ? soleMover(differences) : undefined;
  const own = new Set(sole === undefined ? [] : roster.member(sole)?.sessions);
  const ids = idsOf(settled);
  const audience = own.size === 0 ? ids : ids.filter((id) => !own.has(id));
  if (audience.length > 0) peers.sendToAll(audience, messages, NOTHING_OWN);
}

/** One flush to a room that is told counts only. */
export function tellCounts({ opening, events, counts, settled, newcomers }: Flush, peers: PresencePeers): void {
  const messages = [...opening, ...events, ...counts];
  if (messages.length > 0) peers.sendToAll(idsOf([...settled, ...newcomers]), messages, NOTHING_OWN);
}

export function idsOf(connections: readonly Connection[]): readonly SessionId[] {
  return connections.map(({ id }) => id);
}
