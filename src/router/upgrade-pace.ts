/**
 * How fast one address comes in: a few sockets at once, the rest one after the other. Who has to wait is held where it costs nothing, before
 * anybody is known and any room is touched, so that a thousand joins at one moment leave room between them for what others do. Counted by
 * each isolate for itself. Rule RT93 of SPEC.md.
 * @module
 */

/** An upgrade costs the router and its room some 4 ms of a slow thread, locally the same one: this is a third of it. */
export const UPGRADES_PER_SECOND = 75;
/** The tabs of an office after a deploy. */
export const UPGRADE_BURST = 50;
/** Clients of ours give an attempt up after 10 s. */
export const MAX_HOLD_MS = 8_000;
/** Of all addresses: each keeps its request, up to 32 KiB of it. */
export const MAX_HELD = 2_000;
/** About 1 MB. The one that was not asked for longest is forgotten: it has nobody waiting, or soon not any more. */
const MAX_ADDRESSES = 10_000;

const GAP_MS = 1_000 / UPGRADES_PER_SECOND;

export class UpgradePace {
  /** When the next one of an address is due, by address. In the order in which they were last asked for. */
  readonly #dueMs = new Map<string, number>();
  #held = 0;

  /** Holds one more until its turn. False, and nothing is taken, where that is too far away, or too many are held already. */
  async admit(address: string, nowMs: number, wait: (ms: number) => Promise<void>): Promise<boolean> {
    const holdMs = this.take(address, nowMs, this.#held < MAX_HELD ? MAX_HOLD_MS : 0);
    if (holdMs === undefined) return false;
    if (holdMs === 0) return true;
    this.#held += 1;
    try {
      await wait(holdMs);
    } finally {
      this.#held -= 1;
    }
    return true;
  }

  /** How long to hold one more, in ms; undefined where that is too long: nothing is taken then. */
  take(address: string, nowMs: number, maxHoldMs = MAX_HOLD_MS): number | undefined {
    const last = this.#dueMs.get(address) ?? 0;
    // Further ahead than anybody is ever held: the clock went back.
    const dueMs = Math.max(last > nowMs + MAX_HOLD_MS + GAP_MS ? 0 : last, nowMs - UPGRADE_BURST * GAP_MS);
    const holdMs = Math.max(0, Math.ceil(dueMs + GAP_MS - nowMs));
    if (holdMs > maxHoldMs) return undefined;
    this.#dueMs.delete(address);
    this.#dueMs.set(address, dueMs + GAP_MS);
    if (this.#dueMs.size > MAX_ADDRESSES) this.#dropOldest();
    return holdMs;
  }

  #dropOldest(): void {
    const [oldest] = this.#dueMs.keys();
    if (oldest !== undefined) this.#dueMs.delete(oldest);
  }
}
