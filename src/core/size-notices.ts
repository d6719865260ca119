/**
 * Telling people that their document grows towards its limit. Rules LM4–LM6 of SPEC.md.
 * @module
 */
import type { RoomMessage, SessionId } from "./events.ts";
import type { DocumentStorage } from "./ports.ts";
import type { Session } from "./session.ts";

/** Percent of the limit. 100 is said when something did not fit into what little is left. */
const STEPS = [50, 80] as const;
const FULL = 100;
/** Percent of the limit that may be left when it is called full: who pastes more than fits has not filled it. */
const FULL_MARGIN = 1;
/** A document that shrinks by less than this part of its limit is not told about again when it grows back: compaction goes up and down. */
const FORGET_PERCENT = 5;

export type NoticeRoom = {
  readonly storage: Pick<DocumentStorage, "parts" | "log">;
  readonly sessions: ReadonlyMap<SessionId, Session>;
  readonly send: (session: Session, messages: readonly RoomMessage[]) => void;
  readonly markDirty: (id: SessionId) => void;
};

export class SizeNotices {
  readonly #room: NoticeRoom;
  /** Below the first nobody is to be told anything, above the second nobody has to be told anew. */
  #tellAtBytes = 0;
  #forgetBelowBytes = Infinity;

  constructor(room: NoticeRoom) {
    this.#room = room;
  }

  /** Somebody came, or has other limits or rights: the next row looks at everybody. */
  forget(): void {
    this.#tellAtBytes = 0;
  }

  /** After each row: two comparisons, but where a step is crossed. */
  afterRow(): void {
    const bytes = this.#bytes();
    if (bytes >= this.#tellAtBytes || bytes < this.#forgetBelowBytes) this.#tell(bytes, false);
  }

  /** Something of it did not fit. */
  full(session: Session): void {
    const bytes = this.#bytes();
    if (percentOf(bytes, session) >= FULL - FULL_MARGIN) this.#tell(bytes, true);
  }

  /** What a newcomer is to know, to go with its welcome. */
  greeting(session: Session): readonly RoomMessage[] {
    const bytes = this.#bytes();
    const step = stepOf(bytes, session);
    if (step === 0) return [];
    session.toldPercent = step;
    return [notice(step, bytes, session)];
  }

  #tell(bytes: number, isFull: boolean): void {
    let [tellAtBytes, forgetBelowBytes] = [Infinity, 0];
    for (const session of this.#room.sessions.values()) {
      this.#tellOne(session, bytes, isFull);
      const { documentBytes } = session.rights.grant.limits;
      // Who may not write is not told, and is not looked at again at every row either.
      const passed = Math.max(session.toldPercent, stepOf(bytes, session));
      const next = STEPS.find((step) => step > passed);
      if (next !== undefined) tellAtBytes = Math.min(tellAtBytes, (next / 100) * documentBytes);
      if (session.toldPercent === 0) continue;
      forgetBelowBytes = Math.max(forgetBelowBytes, ((session.toldPercent - FORGET_PERCENT) / 100) * documentBytes);
    }
    this.#tellAtBytes = tellAtBytes;
    this.#forgetBelowBytes = forgetBelowBytes;
  }

  #tellOne(session: Session, bytes: number, isFull: boolean): void {
    const percent = percentOf(bytes, session);
    const step = isFull && percent >= FULL - FULL_MARGIN ? FULL : stepOf(bytes, session);
    const isForgotten = percent < session.toldPercent - FORGET_PERCENT;
    const isNews = step > session.toldPercent && session.rights.mayWrite && session.isGreeted;
    if (!isNews && !isForgotten) return;
    session.toldPercent = step;
    this.#room.markDirty(session.id);
    if (isNews) this.#room.send(session, [notice(step, bytes, session)]);
  }

  #bytes(): number {
    const { parts, log } = this.#room.storage;
    return (parts.info()?.bytes ?? 0) + log.stats().bytes;
  }
}

function percentOf(bytes: number, { rights }: Session): number {
  return (bytes / rights.grant.limits.documentBytes) * 100;
}

function stepOf(bytes: number, session: Session): number {
  const percent = percentOf(bytes, session);
  return STEPS.findLast((step) => percent >= step) ?? 0;
}

function notice(percent: number, bytes: number, { rights }: Session): RoomMessage {
  const { documentBytes } = rights.grant.limits;
  return { type: "notice", notice: { kind: "document-size", percent, bytes, limitBytes: documentBytes } };
}
