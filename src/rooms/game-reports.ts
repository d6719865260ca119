/**
 * The way of a room's reports to its lobby: at least once, the newest only, one at a time. Rule RO75 of SPEC.md.
 * @module
 */
import { retryDelayMs } from "../core/schedule.ts";
import type { GameStorage } from "../storage/room/game-store.ts";
import type { RoomReport } from "./game-api.ts";
import { logRoomError } from "./log.ts";

/** A report that nobody answered for so long is sent again: its object may have been lost. */
const UNANSWERED_MS = 10_000;

export type ReportingRoom = {
  readonly roomName: string;
  readonly store: Pick<GameStorage, "hasReport" | "pendingReport" | "confirmReport">;
  readonly send: (game: string, report: RoomReport) => Promise<void>;
  /** After an answer: the alarm may be due at another time. */
  readonly changed: () => void;
};

export class GameReports {
  readonly #room: ReportingRoom;
  #isSending = false;
  #failures = 0;
  #dueMs = 0;

  constructor(room: ReportingRoom) {
    this.#room = room;
  }

  /** When the alarm has to send again; Infinity where nothing waits. */
  get dueMs(): number {
    return this.#room.store.hasReport ? this.#dueMs : Infinity;
  }

  /** Sends what waits. Nothing waits for it. */
  settle(nowMs: number): void {
    if (this.#isSending || nowMs < this.#dueMs || !this.#room.store.hasReport) {
      // What was written just now goes with the answer of the one before.
      return;
    }
    const pending = this.#room.store.pendingReport();
    if (pending === undefined) return;
    const { game, ...report } = pending;
    this.#isSending = true;
    this.#dueMs = nowMs + UNANSWERED_MS;
    this.#room.send(game, report).then(
      () => this.#sent(report.version),
      (error: unknown) => this.#failed(error),
    );
  }

  #sent(version: number): void {
    this.#isSending = false;
    this.#failures = 0;
    this.#dueMs = 0;
    this.#room.store.confirmReport(version);
    this.settle(Date.now());
    this.#room.changed();
  }

  #failed(error: unknown): void {
    logRoomError("report-failed", this.#room.roomName, error);
    this.#isSending = false;
    this.#dueMs = Date.now() + retryDelayMs(this.#failures);
    this.#failures += 1;
    this.#room.changed();
  }
}
