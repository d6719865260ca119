/**
 * One flush to the sockets: one frame each, the same bytes for all who need the same. Rules RM10–RM13.
 * @module
 */
import type { Batch } from "./batch.ts";
import type { RoomMessage } from "./events.ts";
import type { Peers } from "./ports.ts";
import { type AwarenessEntry, encodeAwareness } from "./presence/awareness-codec.ts";
import type { Session } from "./session.ts";

export type Delivery = {
  readonly batch: Batch;
  /** Row of the batch; 0 when it held no update. */
  readonly seq: number;
  readonly presence: readonly AwarenessEntry[];
  readonly sessions: ReadonlyMap<Session["id"], Session>;
  readonly peers: Peers;
};

/** Sends updates and presence to every synced session but a sole contributor, and acks to whom they are due. */
export function deliver({ batch, seq, presence, sessions, peers }: Delivery): void {
  const messages: RoomMessage[] = [];
  if (batch.hasUpdates) messages.push({ type: "update", seq, update: batch.merged() });
  if (presence.length > 0) messages.push({ type: "awareness", update: encodeAwareness(presence) });
  const sole = batch.soleContributor();
  const acked = batch.acks();
  if (messages.length > 0) {
    const plain: Session["id"][] = [];
    for (const [id, session] of sessions) {
      if (session.isSynced && id !== sole && !acked.has(id)) plain.push(id);
    }
    peers.sendToAll(plain, messages);
  }
  for (const id of acked) {
    const session = sessions.get(id);
    if (session === undefined) continue;
    const ack: RoomMessage = { type: "ack", number: session.settledNumber() };
    peers.send(id, session.isSynced && id !== sole ? [...messages, ack] : [ack]);
  }
}
