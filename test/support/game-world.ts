/**
 * A game room with its clients, in simulated time: what a shell does, without sockets.
 * @module
 */
import { createHash } from "node:crypto";
import type { SessionId } from "../../src/core/events.ts";
import type { EngineOptions, GameHealth, GameRefusal, SeatGrant } from "../../src/core/game/engine-options.ts";
import { GameEngine } from "../../src/core/game/engine.ts";
import type { GameEvent, GameMessage, MessageName } from "../../src/core/game/events.ts";
import type { GameCloseReason, Plain } from "../../src/core/game/ports.ts";
import type { Result } from "../../src/protocol/result.ts";
import { GameClient } from "./game-client.ts";
import { MemoryGameStore } from "./memory-game-store.ts";
import { type Fields, encodeInputs } from "./plain-game-state.ts";
import { type TallyOptions, tallyKind } from "./tally-game.ts";

export type Visit = {
  readonly user?: string;
  readonly options?: Plain;
  readonly isSpectator?: boolean;
  readonly scopes?: readonly string[];
  readonly eventsPerSecond?: number;
};

export class GameWorld {
  nowMs = 1_000_000;
  readonly store = new MemoryGameStore();
  readonly journal: string[] = [];
  readonly errors: string[] = [];
  readonly clients = new Map<SessionId, GameClient>();
  engine: GameEngine;
  tally: TallyOptions;
  /** Calls of the sockets. */
  sends = 0;
  /** The next messages of this name cannot be encoded. */
  unencodable: MessageName | undefined;
  #sessions = 0;
  /** When the interval goes off next. */
  #tokens = 0;

  constructor(tally: TallyOptions = {}) {
    this.tally = { journal: this.journal, ...tally };
    this.engine = new GameEngine(this.#options());
    this.engine.restore([], this.nowMs);
  }

  client(user = "anonymous", session = `s${(this.#sessions += 1)}`): GameClient {
    // SAFETY: ids are whatever the lobby says.
    const client = new GameClient(session as SessionId, user);
    this.clients.set(client.session, client);
    return client;
  }

  reserve(client: GameClient, { options = null, isSpectator = false }: Visit = {}): Result<SeatGrant, GameRefusal> {
    const { session, user } = client;
    const reserved = this.engine.reserve({ session, user, options, isSpectator, creates: "tally" }, this.nowMs);
    this.settle();
    return reserved;
  }

  /** A socket; it does not say that it is ready. */
  open(client: GameClient, visit: Visit = {}, token = client.token): Result<void, GameRefusal> {
    const { scopes = ["read", "write"], eventsPerSecond = 1_000 } = visit;
    const request = { user: client.user, scopes, eventsPerSecond, skipHandshake: token !== "" };
    const shown = token === "" ? {} : { reconnectionToken: token };
    const opened = this.engine.open(client.session, { ...request, ...shown }, this.nowMs);
    if (opened.ok) {
      client.isOpen = true;
      client.closed = undefined;
      client.heard = [];
      client.lastInput = 0;
    }
    this.settle();
    return opened;
  }

  /** Seat, socket, and the state read. */
  join(visit: Visit = {}): GameClient {
    const client = this.client(visit.user);
    const reserved = this.reserve(client, visit);
    if (!reserved.ok) throw new Error(reserved.error.reason);
    const opened = this.open(client, visit);
    if (!opened.ok) throw new Error(opened.error.reason);
    this.say(client, { type: "ready" });
    return client;
  }

  comeBack(client: GameClient): Result<void, GameRefusal> {
    const opened = this.open(client);
    if (opened.ok) this.say(client, { type: "ready" });
    return opened;
  }

  say(client: GameClient, ...events: readonly GameEvent[]): void {
    if (client.isOpen) this.engine.receive(client.session, events, this.nowMs);
    this.settle();
  }

  message(client: GameClient, name: MessageName, payload?: unknown): void {
    this.say(client, { type: "message", name, payload });
  }

  request(
    client: GameClient,
    name: MessageName,
    payload?: unknown,
  ): Extract<GameMessage, { type: "response" }> | undefined {
    this.say(client, { type: "request", id: 7, name, payload });
    this.wait(1_000);
    return client.take("response").at(-1);
  }

  /** One input each; numbered on. */
  input(client: GameClient, ...steps: readonly number[]): void {
    const inputs = steps.map((by) => ({ number: (client.lastInput += 1), input: { by } }));
    this.say(client, { type: "input", isReliable: true, isTimed: false, body: encodeInputs(inputs) });
  }

  /** The line is cut. */
  drop(client: GameClient): void {
    if (!client.isOpen) return;
    client.isOpen = false;
    this.engine.close(client.session, this.nowMs);
    this.settle();
  }

  settle(): void {
    this.engine.flush(this.nowMs);
  }

  /** Time goes by, event by event, as the timers of a shell would have it. */
  wait(ms: number): void {
    const endMs = this.nowMs + ms;
    for (let turns = 0; turns < 100_000; turns += 1) {
      const { engine } = this;
      const tickMs = engine.tickDueMs(this.nowMs) ?? Infinity;
      const alarmMs = engine.nextDueMs() ?? Infinity;
      const dueMs = Math.min(engine.flushDueMs() ?? Infinity, alarmMs, tickMs);
      if (dueMs > endMs) {
        this.nowMs = endMs;
        return;
      }
      this.nowMs = Math.max(this.nowMs, dueMs);
      if (tickMs <= this.nowMs) engine.tick(this.nowMs);
      if (alarmMs <= this.nowMs) engine.alarm(this.nowMs);
      this.settle();
    }
    throw new Error("time does not go by");
  }

  /** Nothing keeps the object in memory. */
  get isAsleepable(): boolean {
    return this.engine.flushDueMs() === undefined && this.engine.tickDueMs(this.nowMs) === undefined;
  }

  /** Evicted, and awake again; sockets stay. */
  sleep(ms = 0): void {
    if (!this.isAsleepable) throw new Error("it has something to do");
    this.nowMs += ms;
    this.engine = new GameEngine(this.#options());
    const live = [...this.clients.values()].filter(({ isOpen }) => isOpen);
    this.engine.restore(
      live.map(({ session }) => ({ session, eventsPerSecond: 1_000 })),
      this.nowMs,
    );
    this.settle();
  }

  /** The process dies and every socket with it. */
  crash(): void {
    for (const client of this.clients.values()) client.isOpen = false;
    this.engine = new GameEngine(this.#options());
    this.engine.restore([], this.nowMs);
    this.settle();
  }

  stored(): Fields | undefined {
    const saved = this.store.state();
    // SAFETY: what the engine wraps around the fields of Tally.
    return (saved as { readonly state: Fields } | undefined)?.state;
  }

  health(): GameHealth | undefined {
    return this.engine.health(this.nowMs);
  }

  takeJournal(): readonly string[] {
    return this.journal.splice(0);
  }

  #options(): EngineOptions {
    return {
      roomId: "room",
      store: this.store,
      findGame: (name) => (name === "tally" ? tallyKind(this.tally) : undefined),
      mintToken: () => `token ${(this.#tokens += 1)}`,
      hashToken: (token) => createHash("sha256").update(token).digest("base64url"),
      noteError: (hook) => void this.errors.push(hook),
      peers: {
        send: (session, messages) => this.#deliver([session], messages),
        sendToAll: (sessions, messages) => this.#deliver([...sessions], messages),
        close: (session, reason, detail) => this.#closed(session, reason, detail),
      },
    };
  }

  #deliver(sessions: readonly SessionId[], messages: readonly GameMessage[]): void {
    this.sends += 1;
    const isBad = messages.some((message) => message.type === "message" && message.name === this.unencodable);
    if (isBad) throw new TypeError("it cannot be packed");
    for (const session of sessions) {
      const client = this.clients.get(session);
      if (client?.isOpen === true) for (const message of messages) client.hear(message);
    }
  }

  #closed(session: SessionId, reason: GameCloseReason, detail: string): void {
    const client = this.clients.get(session);
    if (client?.isOpen !== true) return;
    client.isOpen = false;
    client.closed = { reason, detail };
  }
}
