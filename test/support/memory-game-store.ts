/**
 * Storage of a game room in memory: what survives a crash is what was committed.
 * @module
 */
import type { SessionId } from "../../src/core/events.ts";
import type { GameMeta, GameStore, Listing, Plain, Seat } from "../../src/core/game/ports.ts";

type Rows = {
  meta: GameMeta | undefined;
  state: Plain | undefined;
  seats: ReadonlyMap<SessionId, Seat>;
  timers: ReadonlyMap<string, number>;
  reported: Listing | null | undefined;
};

export class MemoryGameStore implements GameStore {
  #rows: Rows = { meta: undefined, state: undefined, seats: new Map(), timers: new Map(), reported: undefined };
  #isWriting = false;
  /** Transactions so far, and of them those that wrote the state. */
  commits = 0;
  stateWrites = 0;
  /** The next so many transactions fail at their end. */
  failures = 0;

  get reported(): Listing | null | undefined {
    return this.#rows.reported;
  }

  transaction(write: () => void): void {
    if (this.#isWriting) throw new Error("transactions do not nest");
    const before = this.#rows;
    this.#rows = { ...before };
    this.#isWriting = true;
    try {
      write();
      if (this.failures > 0) {
        this.failures -= 1;
        throw new Error("disk full");
      }
      this.commits += 1;
      if (this.#rows.state !== before.state) this.stateWrites += 1;
    } catch (error) {
      this.#rows = before;
      throw error;
    } finally {
      this.#isWriting = false;
    }
  }

  meta(): GameMeta | undefined {
    return structuredClone(this.#rows.meta);
  }

  writeMeta(meta: GameMeta): void {
    this.#change({ meta: structuredClone(meta) });
  }

  state(): Plain | undefined {
    return structuredClone(this.#rows.state);
  }

  writeState(state: Plain): void {
    this.#change({ state: structuredClone(state) });
  }

  seats(): readonly Seat[] {
    return structuredClone([...this.#rows.seats.values()]);
  }

  putSeat(seat: Seat): void {
    this.#change({ seats: new Map(this.#rows.seats).set(seat.session, structuredClone(seat)) });
  }

  removeSeat(session: SessionId): void {
    this.#change({ seats: without(this.#rows.seats, session) });
  }

  timers(): ReadonlyMap<string, number> {
    return new Map(this.#rows.timers);
  }

  setTimer(name: string, dueMs: number): void {
    this.#change({ timers: new Map(this.#rows.timers).set(name, dueMs) });
  }

  clearTimer(name: string): void {
    this.#change({ timers: without(this.#rows.timers, name) });
  }

  report(listing: Listing | null): void {
    this.#change({ reported: structuredClone(listing) });
  }

  /** But for what the lobby has to hear. */
  clear(): void {
    this.#change({ meta: undefined, state: undefined, seats: new Map(), timers: new Map() });
  }

  #change(change: Partial<Rows>): void {
    if (!this.#isWriting) throw new Error("writes of a flush are one transaction");
    this.#rows = { ...this.#rows, ...change };
  }
}

function without<K, V>(map: ReadonlyMap<K, V>, key: K): ReadonlyMap<K, V> {
  const rest = new Map(map);
  rest.delete(key);
  return rest;
}
