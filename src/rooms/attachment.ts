/**
 * What a socket remembers while its object sleeps (DESIGN §4). At most 8 KB of state inside the platform's 16,384 bytes.
 * @module
 */
import type { ConnectTicket } from "../auth/connect-ticket.ts";
import type { KeptAwareness } from "../core/presence/presence-table.ts";
import type { SessionProgress } from "../core/session.ts";

/** What every socket keeps; each kind of room adds its own. Under `__user`, where PartyServer leaves room beside its own fields. */
export type Attachment = {
  readonly v: 2;
  readonly ticket: ConnectTicket;
  readonly joinedMs: number;
};

export type DocumentAttachment = Attachment & {
  readonly progress: SessionProgress;
  readonly awareness: {
    readonly client: number;
    readonly clock: number;
    /** UTF-8 of the JSON: V8 would store a string with one emoji at two bytes a character. */
    readonly state: Uint8Array | null;
    readonly isWaiting?: boolean;
  } | null;
};

type Envelope<A> = {
  readonly __pk: { readonly id: string; readonly tags: readonly string[] };
  readonly __user: A;
};

const encoder = new TextEncoder();
const decoder = new TextDecoder();

/** Writes the attachment, in the envelope by which PartyServer knows its sockets; its URL field stays empty. */
export function writeAttachment<A extends Attachment>(socket: WebSocket, attachment: A): void {
  const id = attachment.ticket.session;
  const envelope: Envelope<A> = { __pk: { id, tags: [id] }, __user: attachment };
  // PartyServer shadows this method on sockets it has wrapped; the prototype's writes the whole envelope.
  WebSocket.prototype.serializeAttachment.call(socket, envelope);
}

/** Its departure is known: a close event that comes after a sleep is no news. */
export function clearAttachment(socket: WebSocket): void {
  try {
    WebSocket.prototype.serializeAttachment.call(socket, null);
  } catch {
    // Nothing of the socket is left.
  }
}

/** What {@link writeAttachment} wrote; undefined for one that died before its first attachment, or whose departure is known. */
export function readAttachment<A extends Attachment>(socket: WebSocket): A | undefined {
  // SAFETY: only writeAttachment of this class of objects writes it; `v` tells one deployment's from another's.
  const envelope = WebSocket.prototype.deserializeAttachment.call(socket) as Partial<Envelope<A>> | null;
  const attachment = envelope?.__user;
  return attachment?.v === 2 ? attachment : undefined;
}

/** For the attachment. */
export function packAwareness(owned: KeptAwareness | undefined): DocumentAttachment["awareness"] {
  if (owned === undefined) return null;
  return { ...owned, state: owned.state === null ? null : encoder.encode(owned.state) };
}

/** The inverse of {@link packAwareness}. */
export function unpackAwareness(packed: DocumentAttachment["awareness"]): KeptAwareness | null {
  if (packed === null) return null;
  return { ...packed, state: packed.state === null ? null : decoder.decode(packed.state) };
}
