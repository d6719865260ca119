/**
 * What the engine of a game room is given, and what it is asked.
 * @module
 */
import type { SessionId } from "../events.ts";
import type { GameLogic, GamePeers, GameStore, OpenState, Plain } from "./ports.ts";

/** One game of the registry. */
export type GameKind = {
  readonly name: string;
  readonly version: number;
  readonly migrate: ((data: Plain, fromVersion: number) => Plain) | undefined;
  /** An instance with its messages registered, and its state; again at each start of the room. */
  readonly start: () => { readonly logic: GameLogic; readonly openState: OpenState };
};

export type EngineOptions = {
  readonly roomId: string;
  readonly findGame: (name: string) => GameKind | undefined;
  readonly store: GameStore;
  readonly peers: GamePeers;
  /** Random text that nobody guesses. */
  readonly mintToken: () => string;
  /** SHA-256 of a token. */
  readonly hashToken: (token: string) => string;
  /** For the log: something of the game threw. */
  readonly noteError: (hook: string, error: unknown) => void;
};

export type ReserveRequest = {
  readonly session: SessionId;
  readonly user: string;
  readonly options: Plain;
  readonly isSpectator: boolean;
  /** Name of the game, where the room is to be made unless it is there. */
  readonly creates?: string;
};

/** A seat that is held until its owner connects. */
export type SeatGrant = { readonly session: SessionId; readonly game: string; readonly untilMs: number };

/** A seat that is somebody's already. */
export type SeatOwner = { readonly session: SessionId; readonly game: string };

export type SeatFacts = { readonly session: SessionId; readonly userId: string };

export type OpenRequest = {
  readonly user: string;
  readonly scopes: readonly string[];
  /** As the client shows it; whoever had this seat before has one. */
  readonly reconnectionToken?: string;
  /** The client knows the shape of the state from before. */
  readonly skipHandshake: boolean;
  /** Messages and inputs that this socket may send in a second, twice as many at once. */
  readonly eventsPerSecond: number;
};

/** A socket that was open before the room slept. */
export type LiveSession = { readonly session: SessionId; readonly eventsPerSecond: number };

/** Why somebody is not let in: `reason` is one sentence that may be shown. */
export type GameRefusal = {
  readonly tag:
    | "not-found"
    /** The game that this room belongs to, or the version that wrote it, is not known here. */
    | "unreadable"
    | "gone"
    | "full"
    | "locked"
    | "banned"
    /** This session has a seat already. */
    | "seat-taken"
    /** No seat is held for this session, or not any more. */
    | "no-seat"
    /** The seat is another user's, or the token is not its token. */
    | "not-yours"
    /** The token gives too little. */
    | "forbidden"
    /** The game said no. */
    | "refused";
  readonly reason: string;
};

/** What was refused or lost, since the room was started last. */
export type GameCounts = {
  unknownMessages: number;
  invalidMessages: number;
  spectatorMessages: number;
  /** Late, repeated, or beyond what a queue holds. */
  droppedInputs: number;
  /** Sockets closed for what they sent. */
  closedSockets: number;
  /** Messages to somebody who has not read its handshake yet, beyond what is kept. */
  droppedMessages: number;
};

export type GameHealth = {
  readonly game: string;
  readonly clock: "event" | "alarm" | "tick";
  readonly isTicking: boolean;
  /** Ten exceptions in a row: no ticks before the next message. */
  readonly isTickStopped: boolean;
  readonly ticks: number;
  /** Steps that were due and left out, as more than five were. */
  readonly skippedTicks: number;
  readonly exceptions: Readonly<Record<string, number>>;
  readonly lastException: string;
  readonly counts: Readonly<GameCounts>;
  readonly players: { readonly connected: number; readonly dropped: number; readonly held: number };
  readonly spectators: number;
};
