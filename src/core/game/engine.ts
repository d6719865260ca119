/**
 * The engine of a game room: events in, messages out, all synchronous. It knows no socket, no clock and no timer: its shell passes the
 * time and calls {@link GameEngine.flush} after everything it tells it. Rules GM1–GM57 of SPEC.md.
 * @module
 */
import { type Result, err } from "../../protocol/result.ts";
import type { SessionId } from "../events.ts";
import { Containment } from "./contain.ts";
import type {
  EngineOptions,
  GameCounts,
  GameHealth,
  GameRefusal,
  LiveSession,
  OpenRequest,
  ReserveRequest,
  SeatFacts,
  SeatGrant,
  SeatOwner,
} from "./engine-options.ts";
import type { GameEvent } from "./events.ts";
import type { FlushError } from "./flusher.ts";
import { GameRun, type RunStart } from "./game-run.ts";
import { EXCEPTION_CODE } from "./intake.ts";
import type { GameMeta, Listing } from "./ports.ts";

const NOT_FOUND: GameRefusal = { tag: "not-found", reason: "There is no such room." };
const GONE: GameRefusal = { tag: "gone", reason: "This room has ended." };

export class GameEngine {
  readonly #options: EngineOptions;
  readonly #contain: Containment;
  readonly #counts: GameCounts = {
    ...{ unknownMessages: 0, invalidMessages: 0, spectatorMessages: 0 },
    ...{ droppedInputs: 0, closedSockets: 0, droppedMessages: 0 },
  };
  #run: GameRun | undefined;
  /** Why there is none, where there is something in storage. */
  #refusal: GameRefusal | undefined;

  constructor(options: EngineOptions) {
    this.#options = options;
    this.#contain = new Containment(options.noteError);
  }

  /**
   * First of all, at each start of the object: the room as it was stored. Sockets that were open while it slept go on as if nothing had
   * been; whose socket is gone may come back. Throws when storage does.
   */
  restore(live: readonly LiveSession[], nowMs: number): void {
    this.#run = undefined;
    this.#refusal = undefined;
    const meta = this.#options.store.meta();
    if (meta === undefined || meta.disposedMs !== null) {
      if (meta !== undefined) this.#refusal = GONE;
      for (const { session } of live) this.#options.peers.close(session, "disposed", "");
      return;
    }
    const loaded = this.#load(meta, live, nowMs);
    if (loaded.ok) this.#run = loaded.value;
    else this.#refusal = { tag: "unreadable", reason: `This room cannot be opened: ${loaded.error}.` };
    const seats = this.#run?.parts.seats;
    for (const { session } of live) {
      if (seats?.get(session)?.link === undefined) this.#options.peers.close(session, "unavailable", "");
    }
  }

  /** Holds a seat for 15 s, in a room that is made for it where `creates` says so. Flush before the answer goes out. */
  reserve(request: ReserveRequest, nowMs: number): Result<SeatGrant, GameRefusal> {
    if (this.#run === undefined) return this.#create(request, nowMs);
    this.#run.enter(nowMs);
    return this.#run.joining.reserve(request);
  }

  /** What {@link open} would answer; for what can be refused before there is a socket. */
  mayOpen(session: SessionId, request: OpenRequest, nowMs: number): Result<void, GameRefusal> {
    if (this.#run === undefined) return err(this.#refusal ?? NOT_FOUND);
    this.#run.enter(nowMs);
    const found = this.#run.joining.find(session, request);
    return found.ok ? { ok: true, value: undefined } : found;
  }

  /**
   * A socket of this session. Refused: the shell closes that socket, and whoever else has this session keeps it. Let in: what was open
   * under this session before is not it any more; the shell closes it, and tells nobody when it does.
   */
  open(session: SessionId, request: OpenRequest, nowMs: number): Result<void, GameRefusal> {
    if (this.#run === undefined) return err(this.#refusal ?? NOT_FOUND);
    this.#run.enter(nowMs);
    return this.#run.joining.open(session, request);
  }

  /** Everything of one frame, of the socket that was opened last for this session. */
  receive(session: SessionId, events: readonly GameEvent[], nowMs: number): void {
    this.#run?.enter(nowMs);
    this.#run?.receive(session, events);
  }

  /** What the shell found wrong with a frame: its socket is closed, its seat kept as for any that is lost. */
  refuseFrame(session: SessionId, reason: "malformed" | "too-large" | "too-fast", detail: string, nowMs: number): void {
    this.#run?.enter(nowMs);
    this.#run?.disconnect(session, reason, detail);
  }

  /** The socket that was opened last for this session closed. A late close of an earlier one is not told. */
  close(session: SessionId, nowMs: number): void {
    this.#run?.enter(nowMs);
    this.#run?.close(session);
  }

  /** Who comes back with this token, by the token alone. Changes nothing. */
  sessionOf(reconnectionToken: string, user: string, nowMs: number): Result<SeatOwner, GameRefusal> {
    if (this.#run === undefined) return err(this.#refusal ?? NOT_FOUND);
    this.#run.enter(nowMs);
    return this.#run.joining.sessionOf(reconnectionToken, user);
  }

  /** Out for good, whoever `isMeant`. How many of them had a socket. */
  kick(isMeant: (seat: SeatFacts) => boolean, reason: string, nowMs: number): number {
    this.#run?.enter(nowMs);
    return this.#run?.kick(isMeant, reason) ?? 0;
  }

  /** Out for good, and nothing kept of who they were: no seat, no token, no ban. What the game wrote into its state is the game's. */
  forget(user: string, nowMs: number): void {
    this.#run?.parts.facts.unban(user);
    this.kick(({ userId }) => userId === user, "", nowMs);
  }

  /** As its game may do it too. False where there is no room. */
  setLocked(isLocked: boolean, nowMs: number): boolean {
    this.#run?.enter(nowMs);
    this.#run?.parts.facts.change({ isLocked });
    return this.#run !== undefined;
  }

  /** At {@link nextDueMs}, or later. */
  alarm(nowMs: number): void {
    this.#run?.enter(nowMs);
  }

  /** At {@link tickDueMs}. */
  tick(nowMs: number): void {
    this.#run?.enter(nowMs);
    this.#run?.tick();
  }

  /** Unix ms, asked after every event; once undefined, ticks stop until it is a time again. */
  tickDueMs(nowMs: number): number | undefined {
    return this.#run?.tickDueMs(nowMs);
  }

  /**
   * After each of the others, and at {@link flushDueMs}: writes, then says what is due. False where that failed, and all since the last
   * flush is taken back: a seat that was reserved is none. Throws when storage does that too.
   */
  flush(nowMs: number): boolean {
    const run = this.#run;
    if (run === undefined) return true;
    run.enter(nowMs);
    const isEnding = run.prepareEnd();
    const flushed = run.flusher.flush();
    if (!flushed.ok) {
      this.#recover(run, flushed.error, nowMs);
      return false;
    }
    if (isEnding) {
      this.#run = undefined;
      this.#refusal = GONE;
    }
    return true;
  }

  /** When {@link flush} has something to do, without anything happening before; undefined where nothing waits. In memory only. */
  flushDueMs(): number | undefined {
    return this.#run?.flusher.dueMs();
  }

  /** When {@link alarm} is to be called, also if the room sleeps till then; undefined where nothing is. */
  nextDueMs(): number | undefined {
    return this.#run?.nextDueMs();
  }

  listing(): Listing | undefined {
    return this.#run?.listing();
  }

  /** Undefined where there is no room, or none that can be opened. */
  health(nowMs: number): GameHealth | undefined {
    return this.#run?.health(nowMs);
  }

  #create(request: ReserveRequest, nowMs: number): Result<SeatGrant, GameRefusal> {
    if (this.#refusal !== undefined || request.creates === undefined) return err(this.#refusal ?? NOT_FOUND);
    const kind = this.#options.findGame(request.creates);
    if (kind === undefined) return err({ tag: "not-found", reason: "There is no such game." });
    const facts = { isLocked: false, isPrivate: false, metadata: null, banned: [], disposedMs: null };
    const meta: GameMeta = { game: kind.name, version: kind.version, createdMs: nowMs, ...facts };
    const created = GameRun.create(this.#start(kind, meta, true, nowMs), request.options);
    if (!created.ok) return err({ tag: "refused", reason: created.error });
    const reserved = created.value.joining.reserve(request);
    // Nothing is written yet: without its first seat it never was.
    if (reserved.ok) this.#run = created.value;
    return reserved;
  }

  #load(meta: GameMeta, live: readonly LiveSession[], nowMs: number): Result<GameRun, string> {
    const kind = this.#options.findGame(meta.game);
    if (kind === undefined) return err(`its game ${meta.game} is not known here`);
    return GameRun.load(this.#start(kind, meta, false, nowMs), live);
  }

  #start(kind: RunStart["kind"], meta: GameMeta, isNew: boolean, nowMs: number): RunStart {
    return { options: this.#options, contain: this.#contain, counts: this.#counts, kind, meta, isNew, nowMs };
  }

  /** Back to what is stored: of what came after it nobody has seen anything, but with `tick` clocks. */
  #recover(run: GameRun, { tag, error }: FlushError, nowMs: number): void {
    this.#contain.count(tag === "encode" ? "state" : "storage", error);
    const live = run.live();
    // A game's fault is no reason to lose the line; where storage fails, who comes again sees what is true.
    if (tag === "store") for (const { session } of live) this.#options.peers.close(session, "unavailable", "");
    this.restore(tag === "store" ? [] : live, nowMs);
    this.#run?.startOver({
      type: "error",
      code: EXCEPTION_CODE,
      message: "the game failed; its last moves were taken back",
    });
  }
}
