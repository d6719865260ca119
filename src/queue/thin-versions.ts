/**
 * Which automatic versions go as they grow old: all of an hour stay, then the last of each hour for a day, of each day for a month,
 * and of each month after that. Rules RV10 and RV11 of rooms/SPEC.md.
 * @module
 */

export type Thinned<Version extends string> = { readonly version: Version; readonly createdMs: number };

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const MONTH_MS = 30 * DAY_MS;

/**
 * Of automatic versions in any order, those that go. Hours, days and months are those of UTC, so that one that goes today would have gone
 * tomorrow too: how often this runs makes no difference to what is left in the end.
 */
export function versionsToThin<Version extends string>(
  versions: readonly Thinned<Version>[],
  nowMs: number,
): readonly Version[] {
  const newestFirst = versions.toSorted((one, other) => (one.version < other.version ? 1 : -1));
  const taken = new Set<string>();
  return newestFirst.flatMap(({ version, createdMs }) => {
    const place = placeOf(createdMs, nowMs);
    if (place === undefined) return [];
    if (taken.has(place)) return [version];
    taken.add(place);
    return [];
  });
}

/**
 * When of versions that are left at `nowMs` the next may go, undefined where none ever does. At the end of an hour or day rather than the moment, so
 * that what goes at nearly the same time goes together.
 */
export function nextThinningMs<Version extends string>(
  versions: readonly Thinned<Version>[],
  nowMs: number,
): number | undefined {
  const newestFirst = versions.toSorted((one, other) => (one.version < other.version ? 1 : -1));
  const times = newestFirst.flatMap((older, index) => {
    const newer = newestFirst[index - 1];
    const atMs = newer === undefined ? undefined : sharedFromMs(older.createdMs, newer.createdMs, nowMs);
    return atMs === undefined ? [] : [atMs];
  });
  return times.length === 0 ? undefined : Math.min(...times);
}

/** When two neighbours come to have the same place: the older one goes then. One may be past the age at which they had. */
function sharedFromMs(olderMs: number, newerMs: number, nowMs: number): number | undefined {
  const tiers = [
    { ageMs: HOUR_MS, chars: "2026-01-31T00".length, stepMs: HOUR_MS },
    { ageMs: DAY_MS, chars: "2026-01-31".length, stepMs: DAY_MS },
    { ageMs: MONTH_MS, chars: "2026-01".length, stepMs: DAY_MS },
  ];
  const [older, newer] = [new Date(olderMs).toISOString(), new Date(newerMs).toISOString()];
  const tier = tiers.find(
    ({ ageMs, chars }) => newerMs + ageMs > nowMs && older.slice(0, chars) === newer.slice(0, chars),
  );
  return tier && Math.ceil((newerMs + tier.ageMs) / tier.stepMs) * tier.stepMs;
}

/** One version has each place; undefined for one that is too young to be counted. */
function placeOf(createdMs: number, nowMs: number): string | undefined {
  const ageMs = nowMs - createdMs;
  if (ageMs < HOUR_MS) return undefined;
  const at = new Date(createdMs).toISOString();
  if (ageMs < DAY_MS) return at.slice(0, "2026-01-31T00".length);
  return at.slice(0, ageMs < MONTH_MS ? "2026-01-31".length : "2026-01".length);
}
