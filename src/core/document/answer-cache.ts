/**
 * Answers that were just given: a deploy drops a thousand sockets that all come back with the same state vector. Rule AN10.
 * @module
 */

export type AnswerKey = {
  readonly stateVector: Uint8Array;
  /** Newest row that the answer is made of. */
  readonly seq: number;
};

type Entry = AnswerKey & { readonly frames: readonly Uint8Array[]; readonly bytes: number; readonly madeMs: number };

/** A room comes back within these few seconds or one by one. */
export const ANSWER_LIFE_MS = 5_000;
/** State vectors differ where people typed offline: more than these are no herd. */
export const MAX_ANSWERS = 16;
/** Of all answers and their keys. A larger document is read again for each join. */
export const MAX_ANSWERS_BYTES = 8 * 1024 * 1024;

/**
 * Bounded in bytes, number and time. No timer empties it: that would keep the room awake. Entries go with the next row, the next
 * step 1 or {@link dropOld}, whichever is first; a room in which nothing happens sleeps, and sleep forgets them.
 */
export class AnswerCache {
  /** Oldest first. */
  #entries: Entry[] = [];
  #bytes = 0;

  /** Bytes held. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The frames of an answer at most {@link ANSWER_LIFE_MS} old; undefined when there is none. */
  find({ stateVector, seq }: AnswerKey, nowMs: number): readonly Uint8Array[] | undefined {
    this.dropOld(nowMs);
    return this.#entries.find((entry) => entry.seq === seq && areEqual(entry.stateVector, stateVector))?.frames;
  }

  /** Passes `frames` on as they come, and once all were taken remembers them, unless they are too many bytes. */
  *keep(key: AnswerKey, nowMs: number, frames: Iterable<Uint8Array>): Generator<Uint8Array, void, void> {
    let kept: Uint8Array[] = [];
    let bytes = key.stateVector.length;
    for (const frame of frames) {
      bytes += frame.length;
      if (bytes <= MAX_ANSWERS_BYTES) kept.push(frame);
      else kept = [];
      yield frame;
    }
    if (bytes > MAX_ANSWERS_BYTES) return;
    while (this.#entries.length >= MAX_ANSWERS || this.#bytes + bytes > MAX_ANSWERS_BYTES) this.#dropFirst();
    // A copy: the key is a view of the frame it came in.
    const { seq } = key;
    this.#entries.push({ seq, stateVector: key.stateVector.slice(), frames: kept, bytes, madeMs: nowMs });
    this.#bytes += bytes;
  }

  /** Drops what is too old; does nothing most of the time. */
  dropOld(nowMs: number): void {
    for (let first = this.#entries[0]; first !== undefined; first = this.#entries[0]) {
      if (Math.abs(nowMs - first.madeMs) <= ANSWER_LIFE_MS) return;
      this.#dropFirst();
    }
  }

  /** After a row, and whenever stored bytes changed otherwise. */
  clear(): void {
    if (this.#entries.length === 0) return;
    this.#entries = [];
    this.#bytes = 0;
  }

  #dropFirst(): void {
    this.#bytes -= this.#entries.shift()?.bytes ?? 0;
  }
}

function areEqual(one: Uint8Array, other: Uint8Array): boolean {
  return one.length === other.length && one.every((byte, index) => byte === other[index]);
}
