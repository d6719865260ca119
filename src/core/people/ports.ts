/**
 * What a room of people asks of its shell, and what the shell keeps for it while it sleeps.
 * @module
 */
import type { CloseReason } from "../../protocol/close-codes.ts";
import type { Rate } from "../../protocol/limits.ts";
import type { ActorId, PersonStatus, PresenceServerMessage, View } from "../../protocol/presence-messages.ts";
import type { LimitName } from "../../protocol/room-limits.ts";
import type { SessionId } from "../events.ts";
import type { LockMode } from "../ports.ts";
import type { SessionGrant, TokenStage } from "../session-rights.ts";
import type { KeptReading } from "./readers.ts";
import type { SizeBounds } from "./room-size.ts";

/** What a socket begins with. */
export type PeopleFacts = SessionGrant & {
  readonly id: SessionId;
  /** Name of a token's or a server's user; null where nobody said who this is. */
  readonly user: string | null;
  readonly joinedMs: number;
};

/** What one connection must not forget; at most 12 KB. */
export type KeptConnection = {
  readonly isGreeted: boolean;
  /** Whose connection it is; empty before its hello. */
  readonly key: string;
  /** 0 for one that only hears. */
  readonly actor: ActorId;
  /** UTF-8 of JSON: face, state, typing mark. V8 would store a string with one emoji at two bytes a character. */
  readonly said: Uint8Array;
  readonly cursor: readonly [anchor: number, x: number, y: number, stamp: number] | null;
  /** The anchor named last. */
  readonly anchor: number;
  readonly status: PersonStatus;
  readonly view: View | null;
  readonly follows: ActorId;
  readonly lastSeenMs: number;
  readonly tokenStage: TokenStage;
  /** Absent in what was kept before there was any. */
  readonly reading?: KeptReading;
};

/** What single sessions hear beside what all hear. */
export type OwnPresence = ReadonlyMap<SessionId, readonly PresenceServerMessage[]>;

/** The sockets of a room. */
export interface PresencePeers {
  send(session: SessionId, messages: readonly PresenceServerMessage[]): void;
  /** One encoding serves every socket; what `own` has for a session follows in the same frame. */
  sendToAll(sessions: Iterable<SessionId>, messages: readonly PresenceServerMessage[], own: OwnPresence): void;
  close(session: SessionId, reason: CloseReason, detail: string): void;
}

export type PeopleOptions = {
  readonly peers: PresencePeers;
  /** What the object may send in a second, over all its sockets. */
  readonly framesPerSecond: number;
  readonly lock: LockMode;
  /** Somebody sent a fresh token; what comes of it is told later with `regrant`. */
  readonly renewToken: (id: SessionId, token: string) => void;
  /** Somebody is over a limit, and something of it was dropped or made to wait. */
  readonly limited: (limit: LimitName) => void;
  /** Any number above 0 that nobody guesses: who answers with it has read what came before. */
  readonly question: () => number;
  /** How long a person without a goodbye is kept; 5 s. */
  readonly holdMs?: number;
  readonly bounds?: SizeBounds;
  /** How many are shown to each in a sampled room; 30. */
  readonly speakers?: number;
  /** Of faces, states and typing marks, to each; 32 KB a second, 64 KB at once. */
  readonly toldBytes?: Rate;
};
