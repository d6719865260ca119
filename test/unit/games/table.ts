/**
 * A shipped game in its engine with the codec of its state, and clients that decode what they are sent; in simulated time.
 * @module
 */
import { type Decoder, Reflection } from "@colyseus/schema";
import type { SessionId } from "../../../src/core/events.ts";
import type { EngineOptions } from "../../../src/core/game/engine-options.ts";
import { GameEngine } from "../../../src/core/game/engine.ts";
import type { GameMessage, MessageName } from "../../../src/core/game/events.ts";
import type { Plain } from "../../../src/core/game/ports.ts";
import { colyseusState } from "../../../src/dialects/colyseus-state.ts";
import type { GameClass } from "../../../src/games/game.ts";
import { GAMES } from "../../../src/games/registry.ts";
import { MemoryGameStore } from "../../support/memory-game-store.ts";

export class Guest<S> {
  readonly session: SessionId;
  token = "";
  isOpen = true;
  isReady = false;
  #decoder: Decoder | undefined;
  heard: GameMessage[] = [];

  constructor(session: SessionId) {
    this.session = session;
  }

  hear(message: GameMessage): void {
    this.heard.push(message);
    if (message.type === "handshake") {
      this.token = message.reconnectionToken;
      if (message.reflection !== undefined) this.#decoder = Reflection.decode(message.reflection);
    }
    if (message.type === "state" && this.#decoder?.root.refs.size === 1) this.#decoder.decode(message.body);
    else if (message.type === "state") this.#decoder?.decodeResync(message.body);
    if (message.type === "patch") this.#decoder?.decode(message.body);
  }

  /** As this client has decoded it. */
  get state(): S {
    if (this.#decoder === undefined) throw new Error("no state has come");
    // SAFETY: the decoder builds what the game's own description says.
    return this.#decoder.state as S;
  }

  /** Payloads of the messages of one name. */
  told(name: MessageName): readonly unknown[] {
    return this.heard.flatMap((message) =>
      message.type === "message" && message.name === name ? [message.payload] : [],
    );
  }

  /** Texts of the last refusals. */
  get refusals(): readonly string[] {
    return this.heard.flatMap((message) => (message.type === "error" ? [message.message] : []));
  }
}

export class Table<S> {
  nowMs = 1_000_000;
  readonly store = new MemoryGameStore();
  readonly errors: string[] = [];
  readonly #kind: GameClass | undefined;
  readonly #options: Plain;
  readonly #guests = new Map<SessionId, Guest<S>>();
  #engine: GameEngine;
  #tokens = 0;

  constructor(game: string | GameClass, options: Plain = {}) {
    this.#kind = typeof game === "string" ? GAMES.get(game) : game;
    this.#options = options;
    this.#engine = this.#start();
  }

  join(name: string, { isSpectator = false }: { readonly isSpectator?: boolean } = {}): Guest<S> {
    // SAFETY: ids are whatever the lobby says.
    const guest = new Guest<S>(`s${this.#guests.size + 1}` as SessionId);
    const said = { ...(typeof this.#options === "object" ? this.#options : {}), name, color: "#112233" };
    const seat = { session: guest.session, user: name, options: said, isSpectator, creates: "game" };
    const reserved = this.#engine.reserve(seat, this.nowMs);
    if (!reserved.ok) throw new Error(reserved.error.reason);
    this.#guests.set(guest.session, guest);
    this.#open(guest, name);
    return guest;
  }

  comeBack(guest: Guest<S>, name: string): void {
    guest.isOpen = true;
    this.#open(guest, name);
  }

  send(guest: Guest<S>, name: MessageName, payload?: unknown): void {
    this.#engine.receive(guest.session, [{ type: "message", name, payload }], this.nowMs);
    this.#settle();
  }

  input(guest: Guest<S>, body: Uint8Array): void {
    this.#engine.receive(guest.session, [{ type: "input", isReliable: true, isTimed: false, body }], this.nowMs);
    this.#settle();
  }

  /** The line is cut; with `says` it says goodbye. */
  drop(guest: Guest<S>, says = false): void {
    guest.isOpen = false;
    if (says) this.#engine.receive(guest.session, [{ type: "leave" }], this.nowMs);
    else this.#engine.close(guest.session, this.nowMs);
    this.#settle();
  }

  wait(ms: number): void {
    const endMs = this.nowMs + ms;
    for (;;) {
      const tickMs = this.#engine.tickDueMs(this.nowMs) ?? Infinity;
      const alarmMs = this.#engine.nextDueMs() ?? Infinity;
      const dueMs = Math.min(this.#engine.flushDueMs() ?? Infinity, alarmMs, tickMs);
      if (dueMs > endMs) break;
      this.nowMs = Math.max(this.nowMs, dueMs);
      if (tickMs <= this.nowMs) this.#engine.tick(this.nowMs);
      if (alarmMs <= this.nowMs) this.#engine.alarm(this.nowMs);
      this.#settle();
    }
    this.nowMs = endMs;
  }

  /** Evicted and awake again; sockets stay. */
  sleep(): void {
    this.#engine = this.#start();
    const live = [...this.#guests.values()].filter(({ isOpen }) => isOpen);
    this.#engine.restore(
      live.map(({ session }) => ({ session, eventsPerSecond: 1_000 })),
      this.nowMs,
    );
    this.#settle();
  }

  /** Whether it would be evicted: no timer of its own keeps it awake. */
  get isQuiet(): boolean {
    return this.#engine.flushDueMs() === undefined && this.#engine.tickDueMs(this.nowMs) === undefined;
  }

  get nextDueMs(): number | undefined {
    return this.#engine.nextDueMs();
  }

  #open(guest: Guest<S>, user: string): void {
    const request = { user, scopes: ["read", "write"], eventsPerSecond: 1_000, skipHandshake: guest.token !== "" };
    const token = guest.token === "" ? {} : { reconnectionToken: guest.token };
    const opened = this.#engine.open(guest.session, { ...request, ...token }, this.nowMs);
    if (!opened.ok) throw new Error(opened.error.reason);
    this.#settle();
    this.#engine.receive(guest.session, [{ type: "ready" }], this.nowMs);
    this.#settle();
  }

  #settle(): void {
    this.#engine.flush(this.nowMs);
  }

  #start(): GameEngine {
    const deliver = (sessions: Iterable<SessionId>, messages: readonly GameMessage[]) => {
      for (const session of sessions) {
        const guest = this.#guests.get(session);
        if (guest?.isOpen === true) for (const message of messages) guest.hear(message);
      }
    };
    const options: EngineOptions = {
      roomId: "room",
      store: this.store,
      findGame: (name) => {
        const kind = this.#kind;
        if (kind === undefined) return undefined;
        const start = () => {
          const logic = new kind();
          return { logic, openState: colyseusState(logic) };
        };
        return { name, version: kind.version, migrate: kind.migrate, start };
      },
      mintToken: () => `token ${(this.#tokens += 1)}`,
      hashToken: (token) => token,
      noteError: (hook, error) => void this.errors.push(`${hook}: ${String(error)}`),
      peers: {
        send: (session, messages) => deliver([session], messages),
        sendToAll: deliver,
        close: (session) => {
          const guest = this.#guests.get(session);
          if (guest !== undefined) guest.isOpen = false;
        },
      },
    };
    return new GameEngine(options);
  }
}
