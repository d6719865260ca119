/**
 * The seats of one room: who holds which, until when, and which of them storage has not heard of. Rules GM1–GM8 of SPEC.md.
 * @module
 */
import type { SessionId } from "../events.ts";
import type { GameStore, Player, Seat } from "./ports.ts";
import { type PlayerActions, Seated } from "./seated.ts";

/** From the grant of a seat until its owner has to be there. */
export const HOLD_MS = 15_000;

export class Seats {
  readonly #actions: PlayerActions;
  readonly #all = new Map<SessionId, Seated>();
  /** Who has joined: without seats that are only held. */
  readonly #players = new Map<string, Seated>();
  readonly #dirty = new Set<SessionId>();
  readonly #removed = new Set<SessionId>();
  /** Undefined after a seat has changed. Asked for several times with each message. */
  #dueMs: number | undefined;

  constructor(actions: PlayerActions) {
    this.#actions = actions;
  }

  get size(): number {
    return this.#all.size;
  }

  get players(): ReadonlyMap<string, Player> {
    return this.#players;
  }

  get isDirty(): boolean {
    return this.#dirty.size + this.#removed.size > 0;
  }

  get(session: SessionId): Seated | undefined {
    return this.#all.get(session);
  }

  all(): Iterable<Seated> {
    return this.#all.values();
  }

  /** Seats of players, or of those who watch. */
  count(isSpectator: boolean): number {
    let count = 0;
    for (const seated of this.#all.values()) count += seated.isSpectator === isSpectator ? 1 : 0;
    return count;
  }

  load(seat: Seat): Seated {
    const seated = new Seated(seat, this.#actions);
    this.#all.set(seat.session, seated);
    this.#dueMs = undefined;
    if (seat.state !== "held") this.#players.set(seat.session, seated);
    return seated;
  }

  hold(seat: Pick<Seat, "session" | "user" | "isSpectator" | "options">, untilMs: number): Seated {
    const empty = { state: "held", tokenHash: "", nextTokenHash: "", data: null } as const;
    const seated = this.load({ ...seat, ...empty, untilMs });
    this.#removed.delete(seat.session);
    this.#dirty.add(seat.session);
    return seated;
  }

  /** Its owner has a socket from here on. */
  take(seated: Seated, nextTokenHash: string): void {
    seated.state = "taken";
    seated.untilMs = 0;
    this.#dueMs = undefined;
    seated.nextTokenHash = nextTokenHash;
    this.#players.set(seated.session, seated);
    this.#dirty.add(seated.session);
  }

  /** The socket is gone; its owner may come back till then. */
  drop(seated: Seated, untilMs: number): void {
    seated.state = "dropped";
    seated.untilMs = untilMs;
    this.#dueMs = undefined;
    seated.link = undefined;
    this.#dirty.add(seated.session);
  }

  note(seated: Seated): void {
    this.#dirty.add(seated.session);
  }

  remove(seated: Seated): void {
    const { session } = seated;
    seated.link = undefined;
    this.#all.delete(session);
    this.#dueMs = undefined;
    this.#players.delete(session);
    this.#dirty.delete(session);
    this.#removed.add(session);
  }

  /** Held and dropped ones that are over. */
  expired(nowMs: number): readonly Seated[] {
    if (nowMs < this.dueMs) return [];
    return [...this.#all.values()].filter(({ state, untilMs }) => state !== "taken" && untilMs <= nowMs);
  }

  /** When the next one is over; Infinity when none will be. */
  get dueMs(): number {
    this.#dueMs ??= this.#firstEndMs();
    return this.#dueMs;
  }

  /** Finds what games changed of their players' data. Those whose data cannot be stored, which stay as they are stored. */
  noteData(): readonly Seated[] {
    const bad: Seated[] = [];
    for (const seated of this.#players.values()) {
      if (seated.data === null && seated.savedData === "null") continue;
      const text = seated.dataText();
      if (text === undefined) bad.push(seated);
      else if (text !== seated.savedData) this.#dirty.add(seated.session);
    }
    return bad;
  }

  /** Inside a transaction; {@link settle} when it is over. */
  write(store: GameStore): void {
    for (const session of this.#removed) store.removeSeat(session);
    for (const session of this.#dirty) {
      const seated = this.#all.get(session);
      if (seated !== undefined) store.putSeat(seated.toSeat());
    }
  }

  settle(): void {
    for (const session of this.#dirty) {
      const seated = this.#all.get(session);
      if (seated !== undefined) seated.savedData = seated.dataText() ?? seated.savedData;
    }
    this.#dirty.clear();
    this.#removed.clear();
  }

  #firstEndMs(): number {
    let dueMs = Infinity;
    for (const { state, untilMs } of this.#all.values()) if (state !== "taken") dueMs = Math.min(dueMs, untilMs);
    return dueMs;
  }
}
