/**
 * Whether everything typed here is durable on the server. Counting only; no document, socket or clock.
 * @module
 */

/**
 * - `saved`: every change made here is a row in the room's database.
 * - `saving`: on its way, the socket is open.
 * - `unsaved`: held here only (and in the browser's storage, if that is on), for lack of a socket or of the right to write.
 * - `refused`: the server will not take it: the document is full, or the change too large.
 */
export type SaveStateName = "saved" | "saving" | "unsaved" | "refused";

/**
 * Numbers what is sent and listens to acks. A message counts only if it carries something unsaved: the step 2 that answers
 * every connect does not make a clean document look busy.
 */
export class SaveState {
  readonly #onChange: (state: SaveStateName) => void;
  #last: SaveStateName = "saved";
  #isConnected = false;
  /** Something here is in no numbered message of this socket yet. */
  #hasUnsent = false;
  /** Some of it was made in this page, so closing it may lose it. */
  #isMade = false;
  #sent = 0;
  #acked = 0;
  /** The highest number that carries something unsaved. */
  #awaited = 0;
  #isRefused = false;
  #isRefusedHere = false;
  #mayWrite = true;

  constructor(onChange: (state: SaveStateName) => void) {
    this.#onChange = onChange;
  }

  get state(): SaveStateName {
    if (this.#isRefused) return "refused";
    if (!this.#hasUnsent && this.#acked >= this.#awaited) return "saved";
    return this.#isConnected && this.#mayWrite ? "saving" : "unsaved";
  }

  /** True while closing the page could lose what was typed in it. Content that came from the browser's storage is still there. */
  get mayLose(): boolean {
    return this.#isMade && (this.state === "saving" || this.state === "unsaved");
  }

  /** True when a full answer to the server's step 1 has to be acked before this is saved. */
  get hasUnsent(): boolean {
    return this.#hasUnsent;
  }

  /** False once the server said so, until it says otherwise. */
  get mayWrite(): boolean {
    return this.#mayWrite;
  }

  /** A change was made here. */
  changed(): void {
    this.#hasUnsent = true;
    this.#isMade = true;
    this.#publish();
  }

  /** Content appeared whose place on the server is unknown: it was in the document from the start, or in the browser's storage. */
  loaded(): void {
    this.#hasUnsent = true;
    this.#publish();
  }

  opened(): void {
    // What a lost socket still owed goes out again with the next step 2, whatever became of it.
    this.#hasUnsent ||= this.#acked < this.#awaited;
    this.#askAgain();
    this.#isConnected = true;
    this.#sent = 0;
    this.#acked = 0;
    this.#awaited = 0;
    this.#publish();
  }

  closed(): void {
    this.#isConnected = false;
    this.#publish();
  }

  /** The server said whether this client may write. When it may again, what was refused is asked for with the rest. */
  allow(mayWrite: boolean): void {
    if (mayWrite && !this.#mayWrite) this.#askAgain();
    this.#mayWrite = mayWrite;
    this.#publish();
  }

  /** Number of a message that carries everything unsent. */
  numberForAll(): number {
    if (this.#hasUnsent) this.#awaited = this.#sent + 1;
    this.#hasUnsent = false;
    return this.numberForNothing();
  }

  /** Number of a message that carries something unsaved, but not what is unsent here. */
  numberForSome(): number {
    this.#awaited = this.#sent + 1;
    return this.numberForNothing();
  }

  /** Number of a message that carries nothing. */
  numberForNothing(): number {
    this.#sent += 1;
    this.#publish();
    return this.#sent;
  }

  /** The server's state shows that nothing here is new. */
  nothingNew(): void {
    this.#hasUnsent = false;
    this.#publish();
  }

  /** Every message up to `number` is durable. Acks may be lost or come late: the highest one counts; one never asked for counts as the last. */
  acked(number: number): void {
    this.#acked = Math.max(this.#acked, Math.min(number, this.#sent));
    if (this.#acked >= this.#awaited && !this.#hasUnsent && !this.#isRefusedHere) this.#isRefused = false;
    this.#publish();
  }

  /**
   * Message `number` will never be applied. False when that is no loss: it carried nothing of ours, as a reader's answer to
   * step 1, or was on its way when the right to write ended, and waits for it here.
   */
  refused(number: number): boolean {
    if (number > this.#awaited) return false;
    if (!this.#mayWrite) {
      this.loaded();
      return false;
    }
    this.refuse();
    return true;
  }

  /** What is here will not be sent: it is over the limits. */
  refuse(): void {
    this.#isRefused = true;
    this.#isRefusedHere = true;
    this.#publish();
  }

  #askAgain(): void {
    this.#hasUnsent ||= this.#isRefused;
    this.#isRefusedHere = false;
  }

  #publish(): void {
    const { state } = this;
    if (state === "saved") this.#isMade = false;
    if (state === this.#last) return;
    this.#last = state;
    this.#onChange(state);
  }
}
