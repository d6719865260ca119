/**
 * Many small updates as one, in time that grows with their number.
 * @module
 */
import * as Y from "yjs";

/** `Y.mergeUpdates` is quadratic in the number of updates: 8,000 at once freeze a page for a second, in tiers for 0.05 s. */
const TIER = 32;

/** One update that holds all of `updates`; undefined for none. Throws on bytes Yjs cannot read. */
export function mergeInTiers(updates: readonly Uint8Array[]): Uint8Array | undefined {
  let tier = updates;
  while (tier.length > 1) {
    const next: Uint8Array[] = [];
    for (let start = 0; start < tier.length; start += TIER) {
      next.push(Y.mergeUpdates(tier.slice(start, start + TIER)));
    }
    tier = next;
  }
  return tier[0];
}
