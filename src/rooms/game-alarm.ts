/**
 * The one alarm of a game room: seats that end, the game's own timers, tokens, and what could not be told. Rules RO74 and RO75.
 * @module
 */

export type GameAlarmed = {
  readonly storage: Pick<DurableObjectStorage, "setAlarm" | "deleteAlarm">;
  /** When something is due, also if the room sleeps till then; Infinity when nothing is. */
  readonly dueMs: () => number;
};

export class GameAlarm {
  readonly #room: GameAlarmed;
  /** As this instance set it; unknown after a wake. */
  #armedMs: number | undefined;

  constructor(room: GameAlarmed) {
    this.#room = room;
  }

  /**
   * A written row, so only where something is due sooner; an alarm that comes too soon sets the next. Where nothing is due any more it
   * is taken back: a room that sleeps would be woken for nothing.
   */
  arm(): void {
    const dueMs = this.#room.dueMs();
    if (dueMs === Infinity) return this.#disarm();
    if (dueMs >= (this.#armedMs ?? Infinity)) return;
    this.#armedMs = dueMs;
    // Confirmed by the same output gate as any write; a failure resets the object.
    void this.#room.storage.setAlarm(dueMs);
  }

  /** The alarm fired: it stands nowhere now. */
  fired(): void {
    this.#armedMs = undefined;
  }

  #disarm(): void {
    if (this.#armedMs === undefined) return;
    this.#armedMs = undefined;
    void this.#room.storage.deleteAlarm();
  }
}
