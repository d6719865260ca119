/**
 * The base class of games. A game is one file: a class with its state, its hooks and its messages; what it is asked to do is in
 * README, "Write a game". Every hook may throw: the room lives, and what was changed before the throw stays changed.
 * @module
 */
import type { Schema } from "@colyseus/schema";
import type { MessageName } from "../core/game/events.ts";
import type {
  GameClock,
  GameHost,
  GameLogic,
  MessageHandler,
  Plain,
  Player,
  Rejection,
  StandardSchema,
} from "../core/game/ports.ts";
import type { FilterFields, InputClass, InputOptions, PlayerView, SchemaOf } from "./game-types.ts";

/** A class of a game, as the registry holds it. */
export type GameClass = {
  readonly clock: GameClock;
  readonly version: number;
  readonly filterBy: FilterFields;
  readonly migrate: ((data: Plain, fromVersion: number) => Plain) | undefined;
  new (): Game;
};

/** Refuses a request on purpose: thrown in a handler, it rejects the client's call with `payload`. */
export class Rejected extends Error implements Rejection {
  readonly isRejection = true;
  readonly payload: unknown;

  constructor(payload: unknown) {
    super("rejected");
    this.payload = payload;
  }
}

const DEFAULT_INPUT_HZ = 20;

/**
 * @example
 * const State = schema({ count: t.uint32() }, "Counter");
 * class Counter extends Game<InstanceType<typeof State>> {
 *   override state = new State();
 *   constructor() {
 *     super();
 *     this.onMessage("add", z.number().int().max(10), (_player, amount) => (this.state.count += amount));
 *   }
 * }
 */
export abstract class Game<S extends Schema = Schema> implements GameLogic {
  /** When it runs: when something happens, also by timers, or at a fixed rate. */
  static readonly clock: GameClock = "event";
  /** Of the shape of `state`; one more for each change that {@link migrate} has to know of. */
  static readonly version: number = 1;
  /**
   * Fields of the joiner's options that must equal those of the room: `["mode"]`, or with what is meant by who leaves one out,
   * `{ mode: "duel" }`.
   */
  static readonly filterBy: FilterFields = [];
  /** State that another version saved, as plain data, to the shape of this one. Without it such a room refuses joins. */
  static readonly migrate: ((data: Plain, fromVersion: number) => Plain) | undefined = undefined;

  /** Replaced by what was saved after sleep, a crash or a deploy: keep no reference into it outside of it. */
  abstract state: S;

  maxClients = 16;
  maxSpectators = 100;
  autoDispose = true;
  patchMs = 50;
  reconnectMs = 60_000;
  /** Who has pinged and says nothing for so long is dropped, while its room is awake. */
  silenceMs = 90_000;
  idleMs = 30_000;
  saveMs = 1_000;
  readonly handlers = new Map<MessageName, MessageHandler>();
  #host: GameHost | undefined;
  #viewOf: ((sessionId: string) => PlayerView) | undefined;
  #input: { readonly type: InputClass; readonly hz: number; readonly stamps: boolean } | undefined;

  onCreate(_options: Plain): void {}
  onRestore(): void {}
  onAuth(_user: { readonly userId: string }, _options: Plain): boolean {
    return true;
  }
  onJoin(_player: Player, _options: Plain): void {}
  onDrop(_player: Player): void {}
  onReconnect(_player: Player): void {}
  onLeave(_player: Player, _isConsented: boolean): void {}
  /** `input` has the fields of the class given to {@link defineInput}; `sampledMs` is there where `stamps` were asked for. */
  onInput(_player: Player, _input: Plain, _sampledMs?: number): void {}
  onTick(_stepMs: number): void {}
  onTimer(_name: string): void {}
  onDispose(): void {}

  get clock(): GameClock {
    // SAFETY: the constructor of an instance of Game is Game or extends it.
    return (this.constructor as typeof Game).clock;
  }

  get takesInputs(): boolean {
    return this.#input !== undefined;
  }

  get inputHz(): number {
    return this.#input?.hz ?? 0;
  }

  get wantsStamps(): boolean {
    return this.#input?.stamps ?? false;
  }

  /** For the codec of the state. */
  get inputType(): InputClass | undefined {
    return this.#input?.type;
  }

  /** Who plays and who watches, by session id; also those whose socket dropped, while their seat is kept. */
  get players(): ReadonlyMap<string, Player> {
    return this.host.players;
  }

  get roomId(): string {
    return this.host.roomId;
  }

  /** Unix ms, the same all through one event or tick: use this, never a clock of the platform. */
  get nowMs(): number {
    return this.host.nowMs;
  }

  /** Called by the room. */
  attach(host: GameHost): void {
    this.#host = host;
  }

  /** Called by the room when it opens the state. */
  bindState(state: S, viewOf: (sessionId: string) => PlayerView): void {
    this.state = state;
    this.#viewOf = viewOf;
  }

  protected get host(): GameHost {
    if (this.#host === undefined) throw new Error("the room is not there yet: use onCreate, not the constructor");
    return this.#host;
  }

  /**
   * In the constructor, as that runs at each start. `*` takes what has no handler of its own. Without a schema the payload is whatever the
   * client says.
   */
  protected onMessage<T>(
    name: MessageName,
    schema: SchemaOf<T>,
    handle: (player: Player, payload: T, name: MessageName) => unknown,
  ): void;
  protected onMessage(
    name: MessageName,
    handle: (player: Player, payload: unknown, name: MessageName) => unknown,
  ): void;
  protected onMessage(
    name: MessageName,
    first: StandardSchema | MessageHandler["handle"],
    second?: MessageHandler["handle"],
  ): void {
    if (typeof first === "function" && second === undefined) {
      this.handlers.set(name, { schema: undefined, handle: first });
    } else if (second !== undefined && "~standard" in first) this.handlers.set(name, { schema: first, handle: second });
    else throw new TypeError("a message has a name, perhaps a schema, and a handler");
  }

  /** As {@link onMessage}: what the handler returns is the answer. Throw {@link Rejected} to refuse. */
  protected onRequest<T, R>(
    name: MessageName,
    schema: SchemaOf<T>,
    handle: (player: Player, payload: T, name: MessageName) => R,
  ): void {
    this.onMessage(name, schema, handle);
  }

  /**
   * In the constructor: clients send these, so many a second, and {@link onInput} gets them one by one. With `stamps` it hears when each
   * was sampled, in unix ms: what its player saw then is what it aimed at.
   */
  protected defineInput(type: InputClass, { hz = DEFAULT_INPUT_HZ, stamps = false }: InputOptions = {}): void {
    this.#input = { type, hz, stamps };
  }

  protected broadcast(name: MessageName, payload?: unknown, except?: Player): void {
    this.host.broadcast(name, payload, except);
  }

  /**
   * As {@link broadcast}, for what many say many times a second: all of one name until the next flush is one message whose payload is
   * the list of theirs. A frame costs the same whatever is in it.
   */
  protected gather(name: MessageName, payload: unknown): void {
    this.host.gather(name, payload);
  }

  /** Nobody new is let in; who has a seat may come back. */
  protected lock(): void {
    this.host.setLocked(true);
  }

  protected unlock(): void {
    this.host.setLocked(false);
  }

  protected setPrivate(isPrivate: boolean): void {
    this.host.setPrivate(isPrivate);
  }

  /** Shown in the lobby; 4 KB of JSON at most. */
  protected setMetadata(metadata: Plain): void {
    this.host.setMetadata(metadata);
  }

  /** Not with an event clock: {@link onTimer} with this name after so long (≥ 1,000 ms), also if the room sleeps till then. */
  protected setTimer(name: string, delayMs: number): void {
    this.host.setTimer(name, delayMs);
  }

  protected clearTimer(name: string): void {
    this.host.clearTimer(name);
  }

  /** All there is so far is written before anything of it is seen. Only `tick` clocks need it. */
  protected commit(): void {
    this.host.commit();
  }

  /** Ends the room: everybody out, nothing kept. */
  protected dispose(): void {
    this.host.dispose();
  }

  protected ban(userId: string): void {
    this.host.ban(userId);
  }

  /** What of the state's tagged fields this player sees. Lost in sleep: add again in {@link onRestore}. */
  protected view(player: Player): PlayerView {
    if (this.#viewOf === undefined) throw new Error("the state is not open yet");
    return this.#viewOf(player.sessionId);
  }
}
