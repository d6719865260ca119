/**
 * How much each socket of a room of people may not have read yet: who is asked for a sign of reading, and who has to go. Rules PP29–PP31.
 *
 * As in backlog.ts: the runtime does not tell, and what a client does not read stays in memory, however often it sends heartbeats. The
 * question is a number that nobody guesses, in a pace; a client from before it goes on without a word.
 * @module
 */
import type { CloseReason } from "../../protocol/close-codes.ts";
import type { SessionId } from "../events.ts";
import type { Connection } from "./connection.ts";

/** Unread by one client, as far as is known: above it, it is asked. */
export const ASK_BYTES = 0x4_0000;
/** Where many are in a room, above their share of this: so much lies unasked in memory at most. */
export const ASK_ROOM_BYTES = 0x80_0000;
/** Of 5,000 sockets, who hear counts only, each is asked twice a minute at most. */
const MIN_ASK_BYTES = 0x1000;
/** An answer may take so long, or as long as a slow line takes for what stands before the question. */
export const READ_GRACE_MS = 5_000;
const SLOWEST_BYTES_PER_SECOND = 0x1_0000;
/** Above it, who has answered before is closed when its answer is late. */
export const MAX_LATE_BYTES = 0x10_0000;
/** Above it anybody is closed: all that one who never answers notices, in a room without many of its kind. */
export const MAX_UNREAD_BYTES = 0x100_0000;
/** Of all with an open question together: above it those with most are closed, once they had their time. An isolate has 128 MB. */
export const MAX_ROOM_UNREAD_BYTES = 0x200_0000;
/** And above this, once they had a little. */
export const FULL_ROOM_UNREAD_BYTES = 0x400_0000;
const HASTY_GRACE_MS = 1_000;
/** What a frame takes beside its bytes while it waits. */
const FRAME_BYTES = 64;
/** Attachments know how much is unread to so many bytes, rounded up. */
const KEPT_STEP_BYTES = 0x4000;

/** `beforeBytes`: what stood before the question, which is 0 where none is open. */
export type KeptReading = readonly [unreadBytes: number, question: number, beforeBytes: number, hasAnswered: boolean];

/** Of one connection. */
export class Reading {
  unreadBytes: number;
  question: number;
  #beforeBytes: number;
  #askedMs: number;
  /** So that silence means something. */
  #hasAnswered: boolean;
  #keptBytes: number;

  constructor(kept: KeptReading = [0, 0, 0, false], nowMs: number) {
    [this.unreadBytes, this.question, this.#beforeBytes, this.#hasAnswered] = kept;
    this.#keptBytes = this.unreadBytes;
    this.#askedMs = nowMs;
  }

  /** True when it is more than what is kept. */
  add(bytes: number): boolean {
    this.unreadBytes += bytes;
    return this.unreadBytes > this.#keptBytes;
  }

  ask(question: number, nowMs: number): void {
    this.question = question;
    this.#beforeBytes = this.unreadBytes;
    this.#askedMs = nowMs;
  }

  /** The open question was answered: all before it was read. */
  prove(): void {
    this.unreadBytes -= this.#beforeBytes;
    this.question = 0;
    this.#hasAnswered = true;
  }

  /** It has to go, where all who were asked have `roomBytes` together. */
  isOver(roomBytes: number, nowMs: number): boolean {
    const openMs = nowMs - this.#askedMs;
    if (this.unreadBytes > MAX_UNREAD_BYTES) return true;
    if (roomBytes > FULL_ROOM_UNREAD_BYTES && openMs >= HASTY_GRACE_MS) return true;
    if (roomBytes > MAX_ROOM_UNREAD_BYTES && openMs >= READ_GRACE_MS) return true;
    const graceMs = Math.max(READ_GRACE_MS, (this.#beforeBytes / SLOWEST_BYTES_PER_SECOND) * 1_000);
    return this.#hasAnswered && this.unreadBytes > MAX_LATE_BYTES && openMs >= graceMs;
  }

  keep(): KeptReading {
    this.#keptBytes = Math.ceil(this.unreadBytes / KEPT_STEP_BYTES) * KEPT_STEP_BYTES;
    return [this.#keptBytes, this.question, this.#beforeBytes, this.#hasAnswered];
  }
}

export type ReadersRoom = {
  readonly connections: ReadonlyMap<SessionId, Connection>;
  /** Any number above 0 that nobody guesses. */
  readonly question: () => number;
  readonly ask: (connection: Connection) => void;
  readonly markDirty: (id: SessionId) => void;
  readonly end: (id: SessionId, reason: CloseReason, detail: string) => void;
};

export class Readers {
  readonly #room: ReadersRoom;
  readonly #unasked = new Set<Connection>();
  readonly #asked = new Set<Connection>();

  constructor(room: ReadersRoom) {
    this.#room = room;
  }

  /** The shell has sent one frame of so many bytes. */
  noteSent(id: SessionId, bytes: number): void {
    const { connections, markDirty } = this.#room;
    const connection = connections.get(id);
    if (connection === undefined) return;
    const { reading } = connection;
    if (reading.add(FRAME_BYTES + bytes)) markDirty(id);
    const share = Math.max(MIN_ASK_BYTES, Math.min(ASK_BYTES, ASK_ROOM_BYTES / connections.size));
    if (reading.question === 0 && reading.unreadBytes >= share) this.#unasked.add(connection);
  }

  /** One that was here before a sleep; what it was asked then, it has time from now on to answer. */
  restore(connection: Connection): void {
    if (connection.reading.question > 0) this.#asked.add(connection);
  }

  delete(connection: Connection): void {
    this.#unasked.delete(connection);
    this.#asked.delete(connection);
  }

  /** False where that answers no open question. */
  answered(connection: Connection, question: number): boolean {
    if (question === 0 || connection.reading.question !== question) return false;
    connection.reading.prove();
    this.#asked.delete(connection);
    this.#room.markDirty(connection.id);
    return true;
  }

  /** After each flush: only what is sent makes anything worse, so a quiet room needs no timer for it. */
  look(nowMs: number): void {
    const { end, question, ask, markDirty } = this.#room;
    for (const connection of this.#unasked) {
      connection.reading.ask(question(), nowMs);
      this.#asked.add(connection);
      markDirty(connection.id);
      ask(connection);
    }
    this.#unasked.clear();
    let roomBytes = 0;
    for (const { reading } of this.#asked) roomBytes += reading.unreadBytes;
    const byMost = [...this.#asked].toSorted((a, b) => b.reading.unreadBytes - a.reading.unreadBytes);
    for (const { id, reading } of byMost) {
      if (!reading.isOver(roomBytes, nowMs)) continue;
      roomBytes -= reading.unreadBytes;
      end(id, "unavailable", "it does not read what it is sent");
    }
  }
}
