/**
 * The count that a client of a family that counts keeps, as far as a room can know it. Rules FM1 and FM8–FM10 of SPEC.md.
 *
 * Such a client says "saved" at zero. Its step 1 sets the count to one, each update that it makes adds one, each ack takes one away; an
 * answer to a step 1 of ours adds nothing. So the one question of ours that it counts is that which answers its own, and what was
 * refused stays in the count for as long as the socket.
 * @module
 */
import type { CloseReason } from "../protocol/close-codes.ts";
import { ClockTable } from "./document/clock-table.ts";
import { readUpdate } from "./document/update-reader.ts";

/** For who must count anew, on another socket: its presence is held, as it comes back at once. */
export const COUNTS_ANEW: CloseReason = "refresh-token";

/** An ack that was sent so long ago has been read before what comes now was sent: no line is slower there and back. */
const ACK_UNDERWAY_MS = 5_000;
/** Of the ack of an answer: this, or four times what the answer itself took. Who asks on a timer is not to wait for seconds. */
const ANSWER_UNDERWAY_MS = 1_000;

export class AckCount {
  /** What came before has been acked, or is not in the count any more. */
  #through = 0;
  /** For these there is no ack. */
  readonly #unacked = new Set<number>();
  /** What it knew when it said step 1; undefined once it has answered ours. */
  #knew: { readonly stateVector: Uint8Array; clocks?: ClockTable } | undefined;
  #hasBegun: boolean;
  #isAsked = false;
  #askedMs = 0;
  /** The last answer to us, and how long it took. */
  #answer = 0;
  #answerMs = ACK_UNDERWAY_MS;
  #answerAckedMs = -Infinity;
  /** The answer that is under way, or the ack of the last one, counts for its step 1. */
  #isAnswered = false;
  #hasMissed: boolean;
  #ackedMs = -Infinity;

  constructor(hasBegun: boolean, hasMissed: boolean) {
    this.#hasBegun = hasBegun;
    this.#hasMissed = hasMissed;
  }

  /** Something stays in the count that no ack takes away. */
  get hasMissed(): boolean {
    return this.#hasBegun && this.#hasMissed;
  }

  /** Our step 1 is unanswered. */
  get isAsked(): boolean {
    return this.#isAsked;
  }

  /** Its step 1 has come, behind the message `number`. False where it may have come before our last ack: nobody knows what it counts. */
  begin(stateVector: Uint8Array, number: number, nowMs: number): boolean {
    if (this.#hasBegun && nowMs - this.#ackedMs < ACK_UNDERWAY_MS) return false;
    this.#hasBegun = true;
    this.#through = number;
    this.#unacked.clear();
    const underwayMs = Math.min(ACK_UNDERWAY_MS, Math.max(ANSWER_UNDERWAY_MS, 4 * this.#answerMs));
    const isAckUnderway = nowMs - this.#answerAckedMs < underwayMs;
    this.#isAnswered = this.#isAsked || isAckUnderway;
    this.#knew = isAckUnderway ? undefined : { stateVector };
    // Its answer brings all that.
    if (!isAckUnderway) this.#hasMissed = false;
    return true;
  }

  /**
   * True where its step 1 is to be answered with ours too. The answer to one that is under way counts for it, and so does an answer
   * whose ack may be: should that have been read before, it says "unsaved" until it asks once more, which is never wrong.
   */
  ask(nowMs: number): boolean {
    if (this.#isAnswered) return false;
    this.#isAsked = true;
    this.#askedMs = nowMs;
    return true;
  }

  noteAnswered(number: number, nowMs: number): void {
    if (this.#isAsked) this.#answerMs = nowMs - this.#askedMs;
    this.#isAsked = false;
    this.#answer = number;
    this.#knew = undefined;
  }

  /**
   * An update came. One that was written before its step 1, which set the count to one, is not counted and has no ack. Such updates
   * wait in a client for our first word, so they come before its answer to us. False where nobody can tell which it is.
   */
  note(number: number | undefined, update: Uint8Array): boolean {
    const clocks = this.#clocksBefore();
    const read = clocks === undefined ? undefined : readUpdate(update, clocks);
    if (clocks === undefined || read?.ok !== true) return true;
    const { blocks, deletes } = read.value;
    // Deletions have no time.
    if (blocks.length === 0) return deletes.isEmpty;
    const isCounted = blocks.every(({ client, start }) => start >= clocks.get(client));
    if (!isCounted && number !== undefined) this.#unacked.add(number);
    return true;
  }

  #clocksBefore(): ClockTable | undefined {
    const knew = this.#knew;
    if (knew === undefined) return undefined;
    const decoded = knew.clocks ?? ClockTable.decode(knew.stateVector);
    if (decoded instanceof ClockTable) return decoded;
    return (knew.clocks = decoded.ok ? decoded.value : new ClockTable());
  }

  /** A message will not become a row, as far as this socket goes. True when its attachment has to know. */
  miss(number: number): boolean {
    // One after the other of who may not write at all are not kept.
    if (this.#hasBegun && number === this.#through + 1) this.#through = number;
    else this.#unacked.add(number);
    const isNew = !this.#hasMissed;
    this.#hasMissed = true;
    return isNew;
  }

  /** How many acks are due when all up to `settled` is a row or refused. */
  take(settled: number, nowMs: number): number {
    // What it wrote before its step 1 is not in its count.
    if (!this.#hasBegun || settled <= this.#through) return 0;
    let count = settled - this.#through;
    for (const each of this.#unacked) {
      if (each > settled) continue;
      this.#unacked.delete(each);
      count -= 1;
    }
    this.#through = settled;
    if (count === 1 && this.#answer === settled) this.#answerAckedMs = nowMs;
    else if (count > 0) this.#ackedMs = nowMs;
    return count;
  }
}
