/**
 * How often a room speaks, and lets speak: occupancy × the frame budget. Rule PP19.
 * @module
 */
import type { Pace, PresenceRates, RoomSize } from "../../protocol/presence-messages.ts";

/** More than anybody sees. */
const MAX_HZ = 20;
/** Cursors of a sampled room. */
const MAX_SAMPLED_HZ = 5;
const STATE_HZ = 5;
const EVENT_HZ = 10;
/** Counts of rooms that are not full in detail. */
const REPORT_HZ = 1;
/** A rate that moves by less is not worth a frame to everybody. */
const NOTABLE_CHANGE = 0.2;

/** Those whose cursors are shown, and those whose are not. */
export type Paces = { readonly speaker: PresenceRates; readonly other: PresenceRates };

/** Flushes a second that the budget allows, at most what the size asks for. */
export function flushHz(size: RoomSize, sockets: number, framesPerSecond: number): number {
  const affordable = framesPerSecond / Math.max(1, sockets);
  if (size === "count") return Math.min(REPORT_HZ, affordable);
  return Math.min(size === "full" ? MAX_HZ : MAX_SAMPLED_HZ, affordable);
}

export function pacesFor(size: RoomSize, sockets: number, framesPerSecond: number): Paces {
  const hz = rounded(flushHz(size, sockets, framesPerSecond));
  const state = Math.min(STATE_HZ, hz);
  if (size === "full") {
    const rates = { state, cursor: hz, typing: hz, event: Math.min(EVENT_HZ, hz), counts: hz };
    return { speaker: rates, other: rates };
  }
  const slow = Math.min(REPORT_HZ, hz);
  if (size === "count") {
    const rates = { state: slow, cursor: 0, typing: 0, event: slow, counts: slow };
    return { speaker: rates, other: rates };
  }
  return {
    speaker: { state, cursor: hz, typing: hz, event: state, counts: slow },
    other: { state: slow, cursor: slow, typing: slow, event: slow, counts: slow },
  };
}

/** True when those who were told `before` should hear of `after`. */
export function isNotable(before: Paces, after: Paces): boolean {
  return areNotable(before.speaker, after.speaker) || areNotable(before.other, after.other);
}

export function paceMessage(
  mode: RoomSize,
  hz: PresenceRates,
  dropped: number,
  more: Pick<Pace, "refused" | "ask"> = {},
): { readonly type: "pace"; readonly pace: Pace } {
  return { type: "pace", pace: { mode, hz, dropped, ...more } };
}

function areNotable(before: PresenceRates, after: PresenceRates): boolean {
  const kinds = ["state", "cursor", "typing", "event", "counts"] as const;
  return kinds.some((kind) => Math.abs(after[kind] - before[kind]) > NOTABLE_CHANGE * before[kind]);
}

/** Two decimals: nobody reads more. */
function rounded(hz: number): number {
  return Math.max(0.01, Math.round(hz * 100) / 100);
}
