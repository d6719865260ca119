/**
 * How much of what a room has sent one client may not have read yet. Rules OV5–OV8 of SPEC.md.
 *
 * The runtime does not say: its server sockets have no `bufferedAmount`, hibernating or not (workerd 2026-10-23, `undefined`),
 * `send` neither throws nor waits, and every byte that a client does not read stays in memory, one for one. A close frame
 * waits behind them. So clients prove what they have read: Roost's own report the seq they have reached (`received`), and
 * every client that answers our step 1 has read all that was sent before it.
 * @module
 */
import {
  ASK_BACKLOG_BYTES,
  BACKLOG_GRACE_MS,
  MAX_BACKLOG_BYTES,
  MAX_UNPROVEN_BYTES,
  SLOWEST_BYTES_PER_SECOND,
} from "../protocol/limits.ts";

export type BacklogVerdict = "wait" | "ask" | "close";

export class Backlog {
  /** By flushes. Answers to step 1 do not count: a slow line may take minutes for a large document. */
  #sentBytes = 0;
  /** Answers since the last question of ours that was answered. */
  #answerBytes = 0;
  #provenBytes = 0;
  /** A row whose report proves that everything up to `#markBytes` was read; 0 when none is awaited. */
  #markSeq = 0;
  #markBytes = 0;
  /** What was sent before our question; undefined when none is open. */
  #askedBytes: number | undefined;
  #askedMs = 0;
  /** How long the answer may take: what stands before our question has to be read first. */
  #graceMs = BACKLOG_GRACE_MS;
  /** It has reported or answered before, so that silence means something. */
  #hasProved: boolean;

  constructor(hasProved: boolean) {
    this.#hasProved = hasProved;
  }

  /** A flush sends so many bytes; `seq` is its row, 0 for none. True when {@link verdict} has something to say. */
  add(bytes: number, seq: number): boolean {
    this.#sentBytes += bytes;
    if (seq > 0 && this.#markSeq === 0) {
      this.#markSeq = seq;
      this.#markBytes = this.#sentBytes;
    }
    return this.#sentBytes - this.#provenBytes >= ASK_BACKLOG_BYTES;
  }

  /** So much of an answer to its step 1 was sent: no backlog, but it has to be read before what follows. */
  addAnswer(bytes: number): void {
    this.#answerBytes += bytes;
  }

  /** What may be unread, at most. */
  get bytes(): number {
    return this.#sentBytes - this.#provenBytes;
  }

  /** "ask" once per proof: it is answered when everything before it was read. */
  verdict(nowMs: number): BacklogVerdict {
    const { bytes } = this;
    if (bytes > MAX_UNPROVEN_BYTES) return "close";
    if (this.#askedBytes === undefined) return bytes >= ASK_BACKLOG_BYTES ? "ask" : "wait";
    const isLate = this.#hasProved && nowMs - this.#askedMs >= this.#graceMs;
    return isLate && bytes > MAX_BACKLOG_BYTES ? "close" : "wait";
  }

  /** Our step 1 was sent. */
  noteAsked(nowMs: number): void {
    const standingBytes = this.bytes + this.#answerBytes;
    this.#graceMs = Math.max(BACKLOG_GRACE_MS, (standingBytes / SLOWEST_BYTES_PER_SECOND) * 1_000);
    this.#askedBytes = this.#sentBytes;
    this.#askedMs = nowMs;
  }

  /** A step 2 came: everything before our question was read. */
  noteAnswered(): void {
    this.#hasProved = true;
    // The question that stands before a document is answered before the document is read.
    if (this.#askedBytes === undefined) return;
    this.#prove(this.#askedBytes);
    this.#answerBytes = 0;
    this.#askedBytes = undefined;
  }

  /** The client has read everything up to this row. */
  noteReported(seq: number): void {
    this.#hasProved = true;
    if (this.#markSeq === 0 || seq < this.#markSeq) return;
    this.#prove(this.#markBytes);
    this.#markSeq = 0;
    // The open question asks for nothing new. Its late answer may be taken for that of the next one, once.
    if (this.#askedBytes !== undefined && this.#askedBytes <= this.#provenBytes) this.#askedBytes = undefined;
  }

  #prove(bytes: number): void {
    this.#provenBytes = Math.max(this.#provenBytes, bytes);
  }
}
