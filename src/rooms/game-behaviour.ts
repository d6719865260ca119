/**
 * A game room between its sockets and its engine: time, timers, tokens that end, attachments and the alarm. The engine is core/game.
 * @module
 */
import type { ConnectTicket } from "../auth/connect-ticket.ts";
import type { SessionId } from "../core/events.ts";
import type { GameRefusal, OpenRequest } from "../core/game/engine-options.ts";
import type { GameEngine } from "../core/game/engine.ts";
import type { GameMessage } from "../core/game/events.ts";
import type { GameCloseReason } from "../core/game/ports.ts";
import { gameCloseFrame, gameFarewell } from "../dialects/colyseus-close.ts";
import type { Result } from "../protocol/result.ts";
import { type Attachment, writeAttachment } from "./attachment.ts";
import type { GameAlarm } from "./game-alarm.ts";
import { GamePulse } from "./game-pulse.ts";
import type { GameReports } from "./game-reports.ts";
import { SessionEnds } from "./game-session-ends.ts";
import { type GameSocket, type GameWire, turnAway } from "./game-wire.ts";
import type { Gate } from "./gate.ts";
import type { JoinedUsers } from "./joined-users.ts";
import { logRoomError } from "./log.ts";
import type { RoomProblem } from "./room-api.ts";
import type { RoomBehaviour, RoomShell } from "./room-object.ts";
import { closeSocket, sendFrames } from "./sockets.ts";
import type { TellingTime } from "./telling-time.ts";

export type GameShell = RoomShell<GameMessage, GameWire>;

/** A frame of a game; what a project allows may be less. */
const MAX_GAME_FRAME_BYTES = 0x10_0000;
const TAKEN_OVER = "this session goes on in another socket";

/** Made around the engine, which asks {@link GameBehaviour} for its sockets. */
export type GameParts = {
  readonly engine: GameEngine;
  readonly gate: Gate;
  readonly alarm: GameAlarm;
  readonly reports: GameReports;
  readonly joined: JoinedUsers;
  readonly telling: TellingTime;
};

export class GameBehaviour implements RoomBehaviour<GameWire, Attachment> {
  readonly #shell: GameShell;
  readonly #parts: GameParts;
  readonly #pulse: GamePulse;
  readonly ends: SessionEnds;
  /** The socket of each session: the one that was opened last. */
  readonly #current = new Map<SessionId, GameSocket>();
  #isAwake = false;

  constructor(shell: GameShell, makeParts: (room: GameBehaviour) => GameParts) {
    this.#shell = shell;
    this.ends = new SessionEnds(() => this.#current.values());
    this.#parts = makeParts(this);
    this.#pulse = new GamePulse(
      this.#parts.engine,
      (work) => this.run(work),
      () => this.settle(),
    );
  }

  get isTicking(): boolean {
    return this.#pulse.isTicking;
  }

  /** Once the sockets that were open before this object slept are all back. */
  wake(): void {
    this.#isAwake = true;
    const live = [...this.#current.values()].map(({ id, ticket }) => ({
      session: id,
      eventsPerSecond: ticket.limits.eventsPerSecond,
    }));
    this.#parts.engine.restore(live, Date.now());
  }

  /** Before there is a socket; undefined for one that would be let in. */
  refusalOf(ticket: ConnectTicket): GameRefusal | undefined {
    const may = this.#parts.engine.mayOpen(sessionOf(ticket), requestOf(ticket), Date.now());
    this.settle();
    return may.ok ? undefined : may.error;
  }

  async admit(ticket: ConnectTicket): Promise<Result<void, RoomProblem>> {
    return this.#parts.gate.enter(ticket);
  }

  arrived(ticket: ConnectTicket): void {
    this.#parts.gate.arrived(ticket);
  }

  open(entry: GameSocket): void {
    const before = this.#current.get(entry.id);
    const { seat: _once, ...kept } = entry.ticket;
    const opened = this.#parts.engine.open(entry.id, requestOf(entry.ticket), Date.now());
    if (!opened.ok) return this.#turnAway(entry, before, opened.error);
    entry.ticket = kept;
    this.#current.set(entry.id, entry);
    writeAttachment<Attachment>(entry.socket, { v: 2, ticket: kept, joinedMs: entry.joinedMs });
    this.ends.forget();
    this.#parts.joined.enter(kept);
    this.#tellCreated();
    if (before !== undefined) this.#retire(before);
  }

  restore(entry: GameSocket, _attachment: Attachment): void {
    // One whose close event comes after the wake: the engine has noticed that it is gone.
    if (!this.#isAwake) this.#current.set(entry.id, entry);
  }

  receive(entry: GameSocket, frame: Uint8Array | string): void {
    const { engine } = this.#parts;
    const { id, ticket, dialect } = entry;
    if (this.#current.get(id) !== entry) return;
    const nowMs = Date.now();
    const limitBytes = Math.min(ticket.limits.frameBytes, MAX_GAME_FRAME_BYTES);
    if (frame.length > limitBytes) {
      return engine.refuseFrame(id, "too-large", `a frame is limited to ${limitBytes} bytes`, nowMs);
    }
    const decoded = dialect.decode(frame);
    if (!decoded.ok) return engine.refuseFrame(id, "malformed", decoded.error.reason, nowMs);
    engine.receive(id, decoded.value, nowMs);
  }

  close(entry: GameSocket, _isGoodbye: boolean): void {
    if (this.#current.get(entry.id) !== entry) return;
    this.#current.delete(entry.id);
    this.#parts.engine.close(entry.id, Date.now());
  }

  /** False where nothing of what happened since the last one could be kept. */
  settle(): boolean {
    const { engine, reports, alarm } = this.#parts;
    const nowMs = Date.now();
    this.#end(nowMs);
    const isKept = engine.flush(nowMs);
    this.#pulse.rest(nowMs);
    reports.settle(nowMs);
    alarm.arm();
    return isKept;
  }

  async alarm(): Promise<void> {
    const { alarm, engine, joined, telling } = this.#parts;
    const nowMs = Date.now();
    alarm.fired();
    engine.alarm(nowMs);
    // Where that fails too, it is set again.
    if (telling.take(nowMs)) joined.retry();
  }

  /** The engine's word to a socket. It is gone for the room with it. */
  closeSession(session: SessionId, reason: GameCloseReason, detail: string): void {
    const entry = this.#current.get(session);
    if (entry === undefined) return;
    this.#current.delete(session);
    this.#shell.sockets.remove(entry);
    sendFrames(entry.socket, gameFarewell(reason, detail));
    const frame = gameCloseFrame(reason, detail);
    closeSocket(entry.socket, frame.code, frame.reason);
  }

  /** What nobody waits for. Where storage fails twice, only a fresh start tells what is true. */
  run(work: () => void): void {
    try {
      work();
    } catch (error) {
      logRoomError("settle-failed", this.#shell.roomName, error);
      this.#shell.ctx.abort("the room's storage failed");
    }
  }

  /** Of tokens that are over: the seat is kept as for any that is lost. */
  #end(nowMs: number): void {
    for (const { entry, isExpired } of this.ends.takeDue(nowMs)) {
      if (isExpired) {
        this.#current.delete(entry.id);
        this.#shell.sockets.close(entry.id, "refresh-token", "");
      } else this.closeSession(entry.id, "unavailable", "");
      this.#parts.engine.close(entry.id, nowMs);
    }
  }

  /** By whoever is the first to be here: a seat that nobody took made no room. Said again later it is the same event. */
  #tellCreated(): void {
    const { engine } = this.#parts;
    const [game, listing] = [engine.health(Date.now())?.game, engine.listing()];
    if (this.#current.size !== 1 || game === undefined || listing === undefined) return;
    this.#shell.told.note("game.created", { game, createdMs: listing.createdMs }, { once: "created" });
  }

  #turnAway(entry: GameSocket, before: GameSocket | undefined, { tag, reason }: GameRefusal): void {
    const { sockets } = this.#shell;
    sockets.remove(entry);
    // Whoever has this session keeps it.
    if (before !== undefined && this.#current.get(entry.id) === before) sockets.point(before);
    turnAway(entry.socket, { tag, reason });
  }

  /** Its owner came back before anybody noticed that it was gone. */
  #retire(before: GameSocket): void {
    this.#shell.sockets.remove(before);
    const frame = gameCloseFrame("refused", TAKEN_OVER);
    closeSocket(before.socket, frame.code, frame.reason);
  }
}

function sessionOf({ session }: ConnectTicket): SessionId {
  // SAFETY: the router made it, or has seen that it is like one; here it is only compared.
  return session as SessionId;
}

function requestOf({ grant, limits, seat }: ConnectTicket): OpenRequest {
  return {
    user: grant.user,
    scopes: grant.scopes,
    skipHandshake: seat?.skipHandshake ?? false,
    eventsPerSecond: limits.eventsPerSecond,
    ...(seat?.reconnectionToken !== undefined && { reconnectionToken: seat.reconnectionToken }),
  };
}
