/**
 * What the engine of a game room asks of the world: the game, the codec of its state, storage and peers. All synchronous.
 * @module
 */
import type { SessionId } from "../events.ts";
import type { GameMessage, MessageName } from "./events.ts";

/** Plain data: what JSON can say, and bytes. */
export type Plain =
  | null
  | boolean
  | number
  | string
  | Uint8Array
  | readonly Plain[]
  | { readonly [key: string]: Plain };

/** When a game runs: when something happens; also at times it asks for (≥ 1 s); at a fixed rate while somebody is active. */
export type GameClock = "event" | "alarm" | { readonly hz: number };

/** The state of one game, and its bytes. Implemented in dialects/colyseus-state.ts. */
export interface StateCodec {
  /** Description of the state's fields, for clients that do not know them. */
  reflection(): Uint8Array;
  /** Something changed since the last {@link takePatches}, in the state or in what somebody may see. Not by opening it. */
  readonly hasChanges: boolean;
  /** Ids were given that the last {@link save} made no room for: saved before anybody sees them, or after a crash they are given twice. */
  readonly mustSave?: boolean;
  /** The whole state as this session may see it. */
  full(session: SessionId): Uint8Array;
  /** What has changed since the last call, for each of these; the same array for all who see the same. Nothing for who sees no change. */
  takePatches(sessions: readonly SessionId[]): ReadonlyMap<SessionId, Uint8Array>;
  /**
   * All of it, what keeps ids unique, and what inputs are read against, for {@link OpenState}. Ids given after it, and lost with a crash, must
   * not come again either: clients know them.
   */
  save(): Plain;
  /** Views of sessions that are gone. */
  forget(session: SessionId): void;
  /** Description of an input's fields; empty where the game takes none. */
  inputReflection(): Uint8Array;
  /** A new connection of this session: what it counts and sends begins anew. */
  beginInputs(session: SessionId): void;
  /** An input frame: its inputs not seen before, oldest first; undefined where it does not read. */
  readInputs(
    session: SessionId,
    body: Uint8Array,
    isReliable: boolean,
    isTimed: boolean,
  ): readonly NumberedInput[] | undefined;
}

/**
 * What was saved, or without it what the game begins with; the game works on it from then on. `migrate` where another version of the
 * game saved it, over the game's own fields as plain data. Throws where it does not read.
 */
export type OpenState = (saved: Plain | undefined, migrate: ((data: Plain) => Plain) | undefined) => StateCodec;

/** `number` counts from 1 in each connection. */
export type NumberedInput = {
  readonly number: number;
  readonly input: Plain;
  /** When its client sampled it, as it says, in the time of {@link Timing}; 0 or absent where it does not know. */
  readonly sampledMs?: number;
};

/** One who plays or watches, as the game sees them; it lives as long as the seat. */
export interface Player {
  readonly sessionId: string;
  /** From the token; "anonymous" without one. */
  readonly userId: string;
  readonly isSpectator: boolean;
  readonly isConnected: boolean;
  /** The game's own notes, kept with the seat. */
  data: Plain;
  send(name: MessageName, payload?: unknown): void;
  sendBytes(name: MessageName, bytes: Uint8Array): void;
  /** Out, for good. */
  kick(reason?: string): void;
}

/** What a game may ask of its room; held by the base class of games. */
export interface GameHost {
  readonly roomId: string;
  readonly players: ReadonlyMap<string, Player>;
  /** Unix ms of what happens now: the same all through one event or tick. */
  readonly nowMs: number;
  broadcast(name: MessageName, payload: unknown, except?: Player): void;
  /** All of one name until the next flush are one message to everybody, with the list of their payloads. */
  gather(name: MessageName, payload: unknown): void;
  /** Nobody new is let in; who has a seat may come back. */
  setLocked(isLocked: boolean): void;
  /** Not listed and not found; by id only. */
  setPrivate(isPrivate: boolean): void;
  setMetadata(metadata: Plain): void;
  /** Not with an event clock: `onTimer(name)` after so long (≥ 1,000 ms); again with the same name moves it. */
  setTimer(name: string, delayMs: number): void;
  clearTimer(name: string): void;
  /** Written now, before anything else is sent. */
  commit(): void;
  /** Ends the room: everybody out, nothing kept. */
  dispose(): void;
  ban(userId: string): void;
}

/** One handler of messages: validated by `schema` first (Standard Schema). What it returns answers a request. */
export type MessageHandler = {
  readonly schema: StandardSchema | undefined;
  readonly handle: (player: Player, payload: unknown, name: MessageName) => unknown;
};

/** Thrown by a handler that refuses a request on purpose: the client's call rejects with this payload. */
export type Rejection = { readonly isRejection: true; readonly payload: unknown };

/** https://standardschema.dev, as far as it is used here. A validator that answers with a promise is refused. */
export type StandardSchema = {
  readonly "~standard": {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => StandardResult | Promise<StandardResult>;
  };
};
export type StandardResult =
  | { readonly value: unknown; readonly issues?: undefined }
  | { readonly issues: readonly { readonly message: string }[] };

/** One game as the engine runs it: an instance of a class of src/games. Every hook may throw; that is contained. */
export interface GameLogic {
  readonly maxClients: number;
  readonly clock: GameClock;
  /** Who watches does not count there, but here. */
  readonly maxSpectators: number;
  /** The room ends with its last seat. */
  readonly autoDispose: boolean;
  /** `tick` clocks stop so long after the last message or input. */
  readonly idleMs: number;
  /** `tick` clocks write their state at most so often; what a crash may take back. */
  readonly saveMs: number;
  /** Inputs are taken, and states carry timing. */
  readonly takesInputs: boolean;
  /** Inputs a second, as clients send them; 0 where none are taken. */
  readonly inputHz: number;
  /** Clients are to say when they sampled each input. */
  readonly wantsStamps: boolean;
  /** ms between patches at the fastest; for event clocks only a lower bound between flushes. */
  readonly patchMs: number;
  /** How long a seat is kept for one whose socket dropped, in ms. */
  readonly reconnectMs: number;
  /** Who has pinged and says nothing for so long is taken for gone. */
  readonly silenceMs: number;
  /** `*` takes what has no handler of its own. */
  readonly handlers: ReadonlyMap<MessageName, MessageHandler>;
  /** Before anything else. */
  attach(host: GameHost): void;
  /** Once in the life of a room. */
  onCreate(options: Plain): void;
  /** After sleep, a crash or a deploy: caches outside of the state are empty. */
  onRestore(): void;
  /** False or a thrown error refuses; the text of the error is shown. */
  onAuth(user: { readonly userId: string }, options: Plain): boolean;
  onJoin(player: Player, options: Plain): void;
  onDrop(player: Player): void;
  onReconnect(player: Player): void;
  onLeave(player: Player, isConsented: boolean): void;
  /** `sampledMs`: when its client sampled it, in unix ms: at most a second ago. Undefined where it does not say. */
  onInput(player: Player, input: Plain, sampledMs?: number): void;
  /** `tick` clocks: inputs first, then this. */
  onTick(stepMs: number): void;
  onTimer(name: string): void;
  onDispose(): void;
}

export type Seat = {
  readonly session: SessionId;
  readonly user: string;
  /** `held`: granted, not taken yet. `dropped`: its socket is gone, and it may come back till `untilMs`. */
  readonly state: "held" | "taken" | "dropped";
  readonly isSpectator: boolean;
  /** Hash of the reconnection token that its client is known to have; empty while it has none. */
  readonly tokenHash: string;
  /** Of the one that was sent last, until the client is known to have read it; then empty. Both let it come back. */
  readonly nextTokenHash: string;
  /** Unix ms at which a held or dropped seat ends; 0 for taken ones. */
  readonly untilMs: number;
  readonly options: Plain;
  readonly data: Plain;
};

export type GameMeta = {
  readonly game: string;
  /** Of the game's code that wrote the state. */
  readonly version: number;
  readonly createdMs: number;
  readonly isLocked: boolean;
  readonly isPrivate: boolean;
  readonly metadata: Plain;
  readonly banned: readonly string[];
  readonly disposedMs: number | null;
};

/** SQLite of one game room. Writes of one flush go into one `transaction`. */
export interface GameStore {
  transaction(write: () => void): void;
  meta(): GameMeta | undefined;
  writeMeta(meta: GameMeta): void;
  state(): Plain | undefined;
  writeState(state: Plain): void;
  seats(): readonly Seat[];
  putSeat(seat: Seat): void;
  removeSeat(session: SessionId): void;
  timers(): ReadonlyMap<string, number>;
  setTimer(name: string, dueMs: number): void;
  clearTimer(name: string): void;
  /** What the lobby has to hear; kept until it has. Newest wins. */
  report(listing: Listing | null): void;
  clear(): void;
}

/** A room as the lobby lists it. */
export type Listing = {
  readonly clients: number;
  readonly maxClients: number;
  readonly isLocked: boolean;
  readonly isPrivate: boolean;
  readonly metadata: Plain;
  readonly createdMs: number;
};

/** The sockets. */
export interface GamePeers {
  send(session: SessionId, messages: readonly GameMessage[]): void;
  sendToAll(sessions: Iterable<SessionId>, messages: readonly GameMessage[]): void;
  close(session: SessionId, reason: GameCloseReason, detail: string): void;
}

/** `consented` after a goodbye; `kicked` and `disposed` are final; `unavailable` comes back by itself. */
export type GameCloseReason =
  | "consented"
  | "kicked"
  | "disposed"
  | "malformed"
  | "too-large"
  | "too-fast"
  | "unavailable"
  | "refused";
