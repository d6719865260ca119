/**
 * What waits for the next flush, and the flush: one row, then one frame per socket. Rules RM15–RM20 and OV5–OV9 of SPEC.md.
 * @module
 */
import type { CloseReason } from "../protocol/close-codes.ts";
import { MAX_BACKLOG_BYTES } from "../protocol/limits.ts";
import { type Result, err, ok } from "../protocol/result.ts";
import { COUNTS_ANEW } from "./ack-count.ts";
import { Batch } from "./batch.ts";
import { deliver } from "./delivery.ts";
import type { DocumentState } from "./document/document-state.ts";
import type { RoomMessage, SessionId } from "./events.ts";
import type { DocumentStorage, Peers } from "./ports.ts";
import type { RoomPresence } from "./presence/room-presence.ts";
import type { Session } from "./session.ts";

export type CommitRoom = {
  readonly storage: DocumentStorage;
  readonly peers: Peers;
  readonly document: DocumentState;
  readonly presence: RoomPresence;
  readonly sessions: ReadonlyMap<SessionId, Session>;
  /** Takes out of the batch what is to go with a later one. */
  readonly sift: (nowMs: number) => void;
  /** Told after each row, before its frames. */
  readonly wroteRow: (nowMs: number) => void;
  readonly send: (session: Session, messages: readonly RoomMessage[]) => void;
  readonly end: (id: SessionId, reason: CloseReason, detail: string) => void;
};

/** "delivery-failed": the row, if there was one, is written, and everybody was closed. */
export type FlushError = { readonly tag: "storage-failed" | "delivery-failed"; readonly cause: unknown };

export class GroupCommit {
  readonly #room: CommitRoom;
  #batch = new Batch();

  constructor(room: CommitRoom) {
    this.#room = room;
  }

  /** What goes with the next flush. */
  get batch(): Batch {
    return this.#batch;
  }

  /** Empties {@link batch}; returns what was in it. */
  take(): Batch {
    const batch = this.#batch;
    this.#batch = new Batch();
    return batch;
  }

  /** See `Room.flush`. */
  flush(nowMs: number): Result<number, FlushError> {
    this.#room.sift(nowMs);
    const batch = this.take();
    this.#room.document.dropOldAnswers(nowMs);
    let seq = 0;
    try {
      if (batch.hasUpdates) seq = this.#room.storage.log.append(batch.row(), nowMs);
    } catch (cause) {
      this.#reject(batch);
      const spread = this.#spread(this.take(), 0, nowMs);
      return spread.ok ? err({ tag: "storage-failed", cause }) : spread;
    }
    return this.#spread(batch, seq, nowMs);
  }

  /** The row could not be written: whoever waits for it must come again, and memory must not claim it. */
  #reject(batch: Batch): void {
    const { document, end } = this.#room;
    document.forget();
    this.#batch.addPresenceOf(batch);
    for (const id of new Set([...batch.senders(), ...batch.acks()])) end(id, "unavailable", "storage is not writable");
  }

  /** After the row: what it brings, to everybody. */
  #spread(batch: Batch, seq: number, nowMs: number): Result<number, FlushError> {
    const { document, sessions, wroteRow, end } = this.#room;
    try {
      if (seq > 0) {
        document.committed();
        wroteRow(nowMs);
      }
      if (!batch.isEmpty) this.#deliver(batch, seq, nowMs);
      return ok(seq);
    } catch (cause) {
      // Some may have heard it and some not, and later updates would wait for it: a new sync brings it to all.
      document.forget();
      for (const { id, isSynced } of [...sessions.values()]) {
        if (isSynced) end(id, "unavailable", "not everything could be sent");
      }
      return err({ tag: "delivery-failed", cause });
    }
  }

  #deliver(batch: Batch, seq: number, nowMs: number): void {
    const { presence, sessions, peers, document, send, end } = this.#room;
    const outgoing = presence.outgoing(batch, nowMs);
    for (const session of deliver({ batch, seq, presence: outgoing, sessions, peers, nowMs })) {
      const verdict = session.backlog.verdict(nowMs);
      if (verdict === "close") end(session.id, "unavailable", "it does not read what it is sent");
      if (verdict !== "ask") continue;
      if (session.count !== undefined) {
        // It would not count its answer, and nothing else says what it has read.
        const isMuch = session.backlog.bytes > MAX_BACKLOG_BYTES;
        if (isMuch) end(session.id, COUNTS_ANEW, "what it has read is not known");
        continue;
      }
      session.backlog.noteAsked(nowMs);
      send(session, [{ type: "sync-step-1", stateVector: document.stateVector() }]);
    }
  }
}
