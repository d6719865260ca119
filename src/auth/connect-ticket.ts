/**
 * What the router tells a room about a socket it lets in. It travels in a header of an internal request that no client
 * can reach, and is never stored with the URL.
 * @module
 */
import { type Result, err, ok } from "../protocol/result.ts";
import type { Limits } from "../protocol/room-limits.ts";
import type { RoomEventFamily } from "../protocol/webhook-events.ts";
import type { Grant } from "./grants.ts";
import type { Member } from "./principal.ts";

export const CONNECT_TICKET_HEADER = "x-roost-connect";

/** One more than a project's own may have. */
export const MAX_KEPT_ORIGIN_CHARS = 301;

export const DIALECT_NAMES = [
  ...["roost", "y-websocket", "y-partyserver", "hocuspocus", "y-sweet", "roost-presence", "colyseus"],
] as const;
export type DialectName = (typeof DIALECT_NAMES)[number];

export type ConnectTicket = {
  readonly dialect: DialectName;
  /** Random id of this socket, at most 64 ASCII characters; also PartyServer's `_pk`. */
  readonly session: string;
  readonly grant: Grant;
  /** For log lines of router and room alike. */
  readonly requestId: string;
  /** Stands for the caller's address, which is not kept: the same for the same one, at most 32 ASCII characters. */
  readonly address: string;
  readonly limits: Limits;
  /** The project's: its token may have a lower one. */
  readonly joinsPerSecond: number;
  /** By what it came: a fresh token or key is one of the same kind. */
  readonly by: Member["kind"];
  /** Unix ms at which it is closed and comes back, to be judged anew; null in open mode. */
  readonly closesMs: number | null;
  /** Of its key, or of the key that its token was made with; absent where a provider's keys, or nobody's, vouch for it. */
  readonly keyVersion?: number;
  /** Stands for the provider whose keys vouch for it, if one's do. */
  readonly provider?: string;
  /** Of its page, where that is one of the project's and not the server's own; at most {@link MAX_KEPT_ORIGIN_CHARS}, so that what is cut is no origin of a project. */
  readonly origin?: string;
  /** False where the project has all the rooms it may have: a room that never existed is not made. */
  readonly mayCreate: boolean;
  /** What endpoints of its project want to hear of its room, by first words of types; absent where that is nothing. */
  readonly webhooks?: readonly RoomEventFamily[];
  /** Of a game's socket: how it takes its seat. Not kept. */
  readonly seat?: { readonly reconnectionToken?: string; readonly skipHandshake: boolean };
  /** Of a lobby's socket: JSON of the metadata that it wants to see. */
  readonly filter?: string;
  /** What its frames are about, in families whose frames say so; set by the room when it has read the first. */
  readonly channel?: string;
};

export type BadTicket = { readonly tag: "bad-ticket" };

/** Header-safe text: JSON with everything outside ASCII escaped. */
export function encodeConnectTicket(ticket: ConnectTicket): string {
  return encodeURIComponent(JSON.stringify(ticket));
}

/** The inverse of {@link encodeConnectTicket}. */
export function decodeConnectTicket(text: string | null): Result<ConnectTicket, BadTicket> {
  if (text === null) return err({ tag: "bad-ticket" });
  try {
    // SAFETY: only our router writes this header; the shape check guards against a router of another version.
    const ticket = JSON.parse(decodeURIComponent(text)) as ConnectTicket;
    const isWhole =
      DIALECT_NAMES.includes(ticket.dialect) &&
      typeof ticket.session === "string" &&
      ticket.session.length <= 64 &&
      Array.isArray(ticket.grant.scopes);
    return isWhole ? ok(ticket) : err({ tag: "bad-ticket" });
  } catch {
    return err({ tag: "bad-ticket" });
  }
}
