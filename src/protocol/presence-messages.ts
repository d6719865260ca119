/**
 * The messages of `roost.presence.v1`: shapes and directions. Their bytes are in presence-client-frames.ts and presence-server-frames.ts, their grammar in PRESENCE.md.
 * @module
 */
import type { Profile, Rights } from "./messages.ts";

/** Sub-protocol of presence rooms. */
export const PRESENCE_SUBPROTOCOL = "roost.presence.v1";
export const PRESENCE_VERSION = 1;
/** One frame of a client. */
export const MAX_PRESENCE_FRAME_BYTES = 64 * 1024;

/** Stands for one person in one room; 0 is nobody. */
export type ActorId = number;

/** The index is the wire's number. */
export const PERSON_STATUSES = ["active", "idle", "away"] as const;
export type PersonStatus = (typeof PERSON_STATUSES)[number];

/** What a page says of its visitor, where no token does. */
export type Face = Profile;

/** An anchor's hash, and how far from its left and top edge, as a fraction of 65,535. */
export type CursorPosition = { readonly anchor: number; readonly x: number; readonly y: number };

/** The part of the page that is shown, as fractions of 65,535 of its height. */
export type View = { readonly top: number; readonly bottom: number };

export type Hello = {
  readonly person?: string;
  readonly user?: Face;
  readonly state?: Readonly<Record<string, unknown>>;
  readonly view?: View;
};

export type Person = {
  /** The user of a token. */
  readonly id?: string;
  readonly user: Face;
  readonly state: Readonly<Record<string, unknown>>;
  readonly status: PersonStatus;
  /** Where it types; empty when it does not. */
  readonly typing: string;
  readonly cursor: CursorPosition | null;
};

export const ROOM_SIZES = ["full", "sampled", "count"] as const;
export type RoomSize = (typeof ROOM_SIZES)[number];

/** Messages a second that a client may send of each kind, and how often it hears counts at most. */
export type PresenceRates = {
  readonly state: number;
  readonly cursor: number;
  readonly typing: number;
  readonly event: number;
  readonly counts: number;
};

/** So much of what this socket said is beyond the limits, and as if it had not been said; `reason` is that of the last of it. */
export type Refused = { readonly times: number; readonly reason: string };

/** Since it was last told, `dropped`: so many volatile messages of this socket were above its rate; `refused`: where something was. */
export type Pace = {
  readonly mode: RoomSize;
  readonly hz: PresenceRates;
  readonly dropped: number;
  readonly refused?: Refused;
  /** A question: who reads this answers with it at once, in `read`. Any number above 0. */
  readonly ask?: number;
};

export type PresenceClientMessage =
  | { readonly type: "hello"; readonly version: number; readonly hello: Hello }
  /** `json` empty: the key is gone. */
  | { readonly type: "state"; readonly key: string; readonly json: string }
  /** Without an anchor: the one named last. */
  | { readonly type: "cursor"; readonly anchor?: number; readonly x: number; readonly y: number }
  | { readonly type: "gone" }
  | { readonly type: "typing"; readonly where: string }
  | { readonly type: "event"; readonly name: string; readonly json: string }
  | { readonly type: "status"; readonly status: PersonStatus }
  | { readonly type: "view"; readonly view: View; readonly follows: ActorId }
  | { readonly type: "bye" }
  | { readonly type: "token"; readonly token: string }
  /** Answers `ask` of a pace: all that came before it was read. */
  | { readonly type: "read"; readonly number: number };

export type PresenceWelcome = {
  readonly version: number;
  readonly session: string;
  /** 0 for who only hears. */
  readonly actor: ActorId;
  readonly scopes: readonly string[];
  readonly profile?: Profile;
};

export type PresenceServerMessage =
  | { readonly type: "welcome"; readonly welcome: PresenceWelcome }
  | { readonly type: "person"; readonly actor: ActorId; readonly person: Person }
  | { readonly type: "left"; readonly actor: ActorId }
  | { readonly type: "state"; readonly actor: ActorId; readonly key: string; readonly json: string }
  | {
      readonly type: "cursor";
      readonly actor: ActorId;
      readonly anchor?: number;
      readonly x: number;
      readonly y: number;
    }
  | { readonly type: "gone"; readonly actor: ActorId }
  | { readonly type: "typing"; readonly actor: ActorId; readonly where: string }
  | { readonly type: "event"; readonly actor: ActorId; readonly name: string; readonly json: string }
  | { readonly type: "status"; readonly actor: ActorId; readonly status: PersonStatus }
  | { readonly type: "counts"; readonly people: number; readonly connections: number }
  | { readonly type: "pace"; readonly pace: Pace }
  | { readonly type: "tally"; readonly name: string; readonly times: number }
  | { readonly type: "reset" }
  | { readonly type: "token-wanted"; readonly seconds: number }
  | { readonly type: "rights"; readonly rights: Rights };
