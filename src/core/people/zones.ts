/**
 * The page in eight stripes: whose cursors are in whose view, without a comparison of everybody with everybody.
 * @module
 */
import type { CursorPosition, View } from "../../protocol/presence-messages.ts";

/** 0 to 7 from the top; {@link NO_ZONE} where nobody said what is shown. */
export type Zone = number;

const ZONES = 8;
export const NO_ZONE: Zone = ZONES;
const FRACTIONS = 0x1_0000;

/** Where the middle of a view lies. */
export function zoneOfView(view: View | null): Zone {
  return view === null ? NO_ZONE : zoneAt((view.top + view.bottom) / 2);
}

/** Where a cursor lies. Of one on an element only its own page knows that, so it is where that shows it. */
export function zoneOfCursor(cursor: CursorPosition | null, view: View | null): Zone {
  return cursor?.anchor === 0 ? zoneAt(cursor.y) : zoneOfView(view);
}

/** Stripes between two; where one of them is not known, as far as a screen away. */
export function zoneDistance(a: Zone, b: Zone): number {
  if (a === b) return 0;
  return a === NO_ZONE || b === NO_ZONE ? 2 : Math.abs(a - b);
}

function zoneAt(y: number): Zone {
  return Math.floor((y * ZONES) / FRACTIONS);
}
