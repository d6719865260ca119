/**
 * One flush to the sockets: one frame each, the same bytes for all who need the same. Rules RM15–RM20.
 * @module
 */
import type { Batch } from "./batch.ts";
import type { RoomMessage, SessionId } from "./events.ts";
import type { Peers } from "./ports.ts";
import { type AwarenessEntry, encodeAwareness } from "./presence/awareness-codec.ts";
import type { OutgoingPresence } from "./presence/room-presence.ts";
import type { Session } from "./session.ts";

export type Delivery = {
  readonly batch: Batch;
  /** Row of the batch; 0 when it held no update. */
  readonly seq: number;
  readonly presence: OutgoingPresence;
  readonly sessions: ReadonlyMap<SessionId, Session>;
  readonly peers: Peers;
  readonly nowMs: number;
};

/**
 * Families that renew awareness close a socket on which nothing arrives for 30 s. One that alone sends anything, and so
 * hears nothing, gets an empty awareness this often.
 */
export const KEEP_ALIVE_MS = 10_000;

/** What sessions hear, and how much it is. */
type Parcel = { readonly messages: readonly RoomMessage[]; readonly bytes: number };

const KEEP_ALIVE = parcelOf([{ type: "awareness", update: encodeAwareness([]) }]);
const NOTHING = parcelOf([]);
const NOBODY_MORE: ReadonlyMap<SessionId, readonly RoomMessage[]> = new Map();

/**
 * Sends updates and presence to every synced session but a sole contributor, and acks to whom they are due. Returns those
 * whose backlog is large.
 */
export function deliver(delivery: Delivery): readonly Session[] {
  const { batch, seq, sessions, peers, presence, nowMs } = delivery;
  const parcelFor = chooser(delivery);
  const acked = batch.acks();
  const audiences = new Map<readonly RoomMessage[], SessionId[]>();
  const own = new Map<SessionId, readonly RoomMessage[]>();
  const behind: Session[] = [];
  for (const [id, session] of sessions) {
    const { messages, bytes } = parcelFor(session);
    if (messages.length > 0) {
      session.lastToldMs = nowMs;
      if (session.backlog.add(bytes, seq)) behind.push(session);
    }
    const ack = acked.has(id) ? session.takeAck() : undefined;
    if (ack !== undefined) own.set(id, [ack]);
    if (ack !== undefined || messages.length > 0) addTo(audiences, messages, id);
  }
  for (const [messages, ids] of audiences) peers.sendToAll(ids, messages, own);
  for (const [id, entry] of presence.own) peers.send(id, [awareness([entry])]);
  for (const { sender, payload } of batch.customs()) {
    peers.sendToAll(customAudience(sessions, sender), [{ type: "custom", payload }], NOBODY_MORE);
  }
  return behind;
}

/** Bytes of content; the few around it do not count. */
export function bytesOf(messages: readonly RoomMessage[]): number {
  let bytes = 0;
  for (const message of messages) if ("update" in message) bytes += message.update.length;
  return bytes;
}

/** What a session has to hear of this flush; the same parcel for all who hear the same. */
function chooser({ batch, seq, presence, nowMs }: Delivery): (session: Session) => Parcel {
  const { changed, renewed } = presence;
  // Made when somebody is there to hear it: who types alone hears nothing.
  const update = once((): readonly RoomMessage[] =>
    batch.hasUpdates ? [{ type: "update", seq, update: batch.merged() }] : [],
  );
  const common = once(() => parcelOf(changed.length === 0 ? update() : [...update(), awareness(changed)]));
  const renewing = once(() => parcelOf([...update(), awareness([...changed, ...renewed])]));
  const sole = presence.isForOwners ? undefined : batch.soleContributor();
  return ({ id, facts, isSynced, lastToldMs }) => {
    if (!isSynced) return NOTHING;
    const { renewsAwareness } = facts.traits;
    if (renewsAwareness && renewed.length > 0) return renewing();
    if (id !== sole || (facts.traits.hearsItself && batch.hasUpdates)) return common();
    return renewsAwareness && nowMs - lastToldMs >= KEEP_ALIVE_MS ? KEEP_ALIVE : NOTHING;
  };
}

/** Everybody in a family that has such messages, but their sender. */
function customAudience(sessions: ReadonlyMap<SessionId, Session>, sender: SessionId): readonly SessionId[] {
  return [...sessions.values()].flatMap(({ id, isSynced, facts }) =>
    isSynced && facts.traits.hasCustomMessages && id !== sender ? [id] : [],
  );
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}

function parcelOf(messages: readonly RoomMessage[]): Parcel {
  return { messages, bytes: bytesOf(messages) };
}

function awareness(entries: readonly AwarenessEntry[]): RoomMessage {
  return { type: "awareness", update: encodeAwareness(entries) };
}

function addTo<K, V>(groups: Map<K, V[]>, key: K, value: V): void {
  const group = groups.get(key);
  if (group === undefined) groups.set(key, [value]);
  else group.push(value);
}
