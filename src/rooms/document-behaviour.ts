/**
 * A document room between its sockets and its engine: time, timers, attachments and the alarm. The engine is core/room.ts.
 * @module
 */
import type { Config } from "../config.ts";
import type { Dialect } from "../core/events.ts";
import type { DocumentStorage } from "../core/ports.ts";
import { Room } from "../core/room.ts";
import { compactionUrgency, flushGapMs } from "../core/schedule.ts";
import type { ConnectTicket } from "../auth/connect-ticket.ts";
import { MAX_BYTES_BEFORE_HELLO, MAX_MS_BEFORE_HELLO } from "../protocol/limits.ts";
import type { CloseReason } from "../protocol/close-codes.ts";
import type { Result } from "../protocol/result.ts";
import { Admission } from "./admission.ts";
import { AlarmClock } from "./alarm-clock.ts";
import { type DocumentAttachment, unpackAwareness } from "./attachment.ts";
import { type DocumentContext, type DocumentShell, isErased } from "./document-context.ts";
import { readFrame } from "./document-dialects.ts";
import type { DocumentTasks } from "./document-tasks.ts";
import type { FirstTouch } from "./first-touch.ts";
import { FlushPacer } from "./flush-pacer.ts";
import { keepSessions } from "./keep-sessions.ts";
import { logRoomError } from "./log.ts";
import type { RoomProblem } from "./room-api.ts";
import type { RoomBehaviour } from "./room-object.ts";
import { RoomTimer } from "./room-timer.ts";
import { factsOf } from "./session-facts.ts";
import type { DocumentSocket } from "./sockets.ts";
import { TokenRenewal } from "./token-renewal.ts";
import { findVanished } from "./vanished.ts";

export class DocumentBehaviour implements RoomBehaviour<Dialect, DocumentAttachment> {
  readonly #shell: DocumentShell;
  readonly #context: DocumentContext;
  readonly #config: Config;
  readonly #storage: DocumentStorage;
  readonly admission: Admission;
  readonly pacer: FlushPacer;
  readonly #alarmClock: AlarmClock;
  readonly room: Room;
  /** Set by the room class: the tasks need the engine, the alarm needs the tasks. */
  #tasks: DocumentTasks | undefined;
  readonly #timer = new RoomTimer(() => {
    this.room.endUngreeted(Date.now() - MAX_MS_BEFORE_HELLO);
    this.settle();
  });
  #lastSweepMs = 0;
  /** Something was received since the last sweep task. */
  #isActive = false;

  constructor(shell: DocumentShell, context: DocumentContext, firstTouch: FirstTouch) {
    const { config, storage, refusals } = context;
    const { framesPerSecond } = config;
    this.#shell = shell;
    this.#context = context;
    this.admission = new Admission({
      ...{ firstTouch, storage, refusals, present: shell.sockets.crowd },
      lock: () => this.room.rights.lock,
      armOnce: () => this.armOnce(),
    });
    this.#config = config;
    this.#storage = storage;
    this.#alarmClock = new AlarmClock(shell.ctx.storage, storage);
    this.room = new Room({
      storage,
      peers: shell.sockets,
      blipHoldMs: config.blipHoldMs,
      renewToken: (id, token) => renewal.renew(id, token),
      limited: (limit) => refusals.add(limit),
      wroteRow: (nowMs) => this.#afterRow(nowMs),
    });
    const renewal = new TokenRenewal({
      ...context,
      end: (id, reason, detail) => this.room.end(id, reason, detail),
      regrant: (id, grant) => {
        this.room.rights.regrant(id, grant, Date.now());
        this.#scheduleTokens();
      },
      settle: () => this.settle(),
    });
    this.pacer = new FlushPacer({
      gapMs: (recent) => flushGapMs({ sockets: shell.sockets.size, framesPerSecond, ...recent }),
      hasPending: () => !this.room.pending.isEmpty,
      flush: (nowMs) => this.#flush(nowMs),
      commits: {
        updates: () => this.room.pending.updates,
        durable: () => shell.ctx.storage.sync(),
        failed: (error) => logRoomError("commit-failed", shell.roomName, error),
      },
    });
  }

  attachTasks(tasks: DocumentTasks): void {
    this.#tasks = tasks;
  }

  async admit(ticket: ConnectTicket): Promise<Result<void, RoomProblem>> {
    return await this.admission.admit(ticket);
  }

  arrived(ticket: ConnectTicket): void {
    this.admission.arrived(ticket);
  }

  /** For whoever asks of an erased room: no event comes any more that would set an alarm which was lost in the erase. */
  armOnce(): void {
    this.#alarmClock.armOnce();
  }

  open(entry: DocumentSocket): void {
    this.room.open(factsOf(entry), entry.joinedMs);
    // Erased between admission and here: PartyServer waits in between.
    if (isErased(this.#storage)) return this.room.end(entry.id, "deleted", "");
    this.#scheduleSweep();
    this.#scheduleTokens();
    this.#alarmClock.armOnce();
    this.#context.joined.enter(entry.ticket);
  }

  restore(entry: DocumentSocket, attachment: DocumentAttachment): void {
    const { progress, awareness } = attachment;
    this.room.restore(factsOf(entry), progress, unpackAwareness(awareness), Date.now());
  }

  receive(entry: DocumentSocket, frame: Uint8Array | string): void {
    const nowMs = Date.now();
    this.#isActive = true;
    const { frameBytes } = entry.ticket.limits;
    const limitBytes = this.room.isGreeted(entry.id) ? frameBytes : Math.min(frameBytes, MAX_BYTES_BEFORE_HELLO);
    if (frame.length > limitBytes) {
      if (limitBytes === frameBytes) this.#context.refusals.add("frameBytes");
      return this.room.end(entry.id, "too-large", `a frame is limited to ${limitBytes} bytes`);
    }
    const read = readFrame(entry, frame, this.#context.address.id);
    if (!read.ok) return this.room.end(entry.id, read.error.close, read.error.detail);
    this.room.receive(entry.id, read.value, nowMs);
    // After the frame: whoever sent it is not silent.
    this.#sweepAfterSilence(nowMs);
  }

  close(entry: DocumentSocket, isGoodbye: boolean): void {
    this.room.close(entry.id, isGoodbye, Date.now());
  }

  settle(): void {
    const nowMs = Date.now();
    this.room.expireHeld(nowMs);
    this.pacer.request();
    // A flush that waits will write them; without one they would be lost to the next sleep.
    if (this.room.pending.isEmpty && !this.room.isShedding) keepSessions(this.room, this.#shell.sockets);
    this.#timer.setTo(this.room.nextDeadlineMs(MAX_MS_BEFORE_HELLO), nowMs);
  }

  async alarm(): Promise<void> {
    this.#alarmClock.fired();
    await this.#tasks?.run();
    this.arm();
  }

  /** For a caller that waits for its row. False when it could not be written. */
  flushNow(): boolean {
    const flushed = this.room.flush(Date.now());
    if (!flushed.ok) logRoomError(flushed.error.tag, this.#shell.roomName, flushed.error.cause);
    this.settle();
    return flushed.ok;
  }

  /** Ends every session. */
  closeAll(reason: CloseReason): void {
    for (const { id } of this.#shell.sockets.all()) this.room.end(id, reason, "");
    this.settle();
  }

  /** After a task table change. */
  arm(): void {
    this.#alarmClock.arm();
  }

  /** Sockets that went silent are closed and leave. Returns how many. */
  sweep(nowMs: number): number {
    this.#lastSweepMs = nowMs;
    const vanished = findVanished(this.room, this.#shell, { ...this.#config, nowMs });
    for (const id of vanished) this.room.end(id, "vanished", "");
    return vanished.length;
  }

  /** What is due for tokens; returns when the next thing is. */
  expireRights(nowMs: number): number {
    this.room.rights.expire(nowMs);
    this.settle();
    return this.room.rights.dueMs;
  }

  /** Closes one session, or all of a user, for good. Returns how many. */
  kick(isMeant: (entry: DocumentSocket) => boolean, reason: string): number {
    const meant = [...this.#shell.sockets.all()].filter(isMeant);
    for (const { id } of meant) this.room.end(id, "forbidden", reason);
    this.settle();
    return meant.length;
  }

  /** True when something was received since the last call. */
  takeActivity(): boolean {
    const wasActive = this.#isActive;
    this.#isActive = false;
    return wasActive;
  }

  #flush(nowMs: number): void {
    const flushed = this.room.flush(nowMs);
    if (!flushed.ok) logRoomError(flushed.error.tag, this.#shell.roomName, flushed.error.cause);
    keepSessions(this.room, this.#shell.sockets);
    // Somebody was closed by it, and the others must hear that.
    this.pacer.request();
  }

  /** A row was written, by a flush or before an answer. */
  #afterRow(nowMs: number): void {
    this.#context.content.forget();
    this.pacer.noteRow();
    // Asked at every row: the table alone knows whether a task is there, as tasks come and go while rows are written.
    let hasMoved = this.#storage.tasks.ensureBy("snapshot", nowMs + this.#config.snapshotDelayMs);
    if (compactionUrgency(this.#storage.log.stats(), this.#storage.parts.info()?.bytes ?? 0, this.#config) === "now") {
      hasMoved = this.#storage.tasks.ensureBy("compact", nowMs) || hasMoved;
    }
    if (hasMoved) this.arm();
    else this.#alarmClock.armOnce();
  }

  #scheduleSweep(): void {
    // Alone, nobody sees a ghost.
    if (this.#shell.sockets.size < 2) return;
    if (this.#storage.tasks.get("sweep") !== undefined) return;
    if (this.#storage.tasks.ensureBy("sweep", Date.now() + this.#config.sweepFirstMs)) this.arm();
  }

  /** The first event after a silence also looks for sockets that vanished in it. */
  #sweepAfterSilence(nowMs: number): void {
    this.#scheduleSweep();
    if (nowMs - this.#lastSweepMs >= this.#config.sweepFirstMs) this.sweep(nowMs);
  }

  /** One task for all tokens: it writes when one comes that ends sooner than all others. */
  #scheduleTokens(): void {
    const { dueMs } = this.room.rights;
    if (dueMs < Infinity && this.#storage.tasks.ensureBy("tokens", dueMs)) this.arm();
  }
}
