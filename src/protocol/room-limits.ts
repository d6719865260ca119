/**
 * Limits that a project or a token may set, each with its default and range. Those of the wire itself are in limits.ts.
 * @module
 */
import { type Result, err, ok } from "./result.ts";

type Range = { readonly fallback: number; readonly min: number; readonly max: number };

const KIB = 1024;
const MIB = 1024 * KIB;

const RANGES = {
  /** One inbound WebSocket frame, or the body of a REST update. */
  frameBytes: { fallback: 16 * MIB, min: KIB, max: 16 * MIB },
  /** Parts plus tail of one document: a notice at 50 and 80 %, read-only at 100 %. */
  documentBytes: { fallback: 64 * MIB, min: KIB, max: 64 * MIB },
  socketsPerRoom: { fallback: 5_000, min: 1, max: 32_000 },
  /** Of one user in one room; people without a name are not counted together. */
  socketsPerUser: { fallback: 100, min: 1, max: 32_000 },
  /** Of one address in one room: an office or a school may stand behind it. */
  socketsPerAddress: { fallback: 1_000, min: 1, max: 32_000 },
  /** Of one address in one presence room, without a user: each is somebody else to all others, and costs nothing to make up. */
  anonymousPerAddress: { fallback: 100, min: 1, max: 32_000 },
  /** Into one room; four times as many at once, as after a deploy. */
  joinsPerSecond: { fallback: 500, min: 1, max: 32_000 },
  /** Sync messages of one socket, twice as many at once. */
  syncMessagesPerSecond: { fallback: 10_000, min: 1, max: 1_000_000 },
  /** Bytes of all its messages, eight times as many at once. */
  syncBytesPerSecond: { fallback: 2 * MIB, min: KIB, max: 1_024 * MIB },
  /** Bytes of updates into one document, four times as many at once. On top of it each socket and REST caller has 64 KiB/s, 256 KiB at once. */
  roomBytesPerSecond: { fallback: 2 * MIB, min: KIB, max: 1_024 * MIB },
  /** Presence frames of one socket, five times as many at once; what is above it is shown later. */
  presencePerSecond: { fallback: 100, min: 1, max: 10_000 },
  /** Events of presence and game rooms. */
  eventsPerSecond: { fallback: 100, min: 1, max: 10_000 },
  /**
   * Documents that are not deleted, as D1 knows them: up to a minute late, so that many made at once may pass it, and without
   * rooms that nobody has edited. And of each game so many rooms. Keeps a bill from growing without end; it is no exact quota.
   */
  roomsPerProject: { fallback: 1_000_000, min: 0, max: 1_000_000_000 },
  /**
   * REST requests of one project's pages and people together, a tenth of them from one address or user; its back end has as many
   * for itself. In each isolate.
   */
  requestsPerMinute: { fallback: 6_000, min: 1, max: 10_000_000 },
  /** WebSocket upgrades from one address. */
  connectsPerMinute: { fallback: 1_200, min: 1, max: 10_000_000 },
} as const satisfies Readonly<Record<string, Range>>;

export type LimitName = keyof typeof RANGES;
export type Limits = Readonly<Record<LimitName, number>>;

// SAFETY: the keys of a literal.
export const LIMIT_NAMES = Object.keys(RANGES) as readonly LimitName[];

/** `limit` names the one that does not fit; `reason` is one sentence that may be shown. */
export type BadLimit = { readonly tag: "bad-limit"; readonly limit: string; readonly reason: string };

export const DEFAULT_LIMITS: Limits = fromEach((name) => RANGES[name].fallback);

/** DESIGN §9: on a developer's machine everybody has the same address. */
export const OPEN_MODE_LIMITS: Limits = {
  ...DEFAULT_LIMITS,
  socketsPerUser: 5_000,
  socketsPerAddress: 5_000,
  anonymousPerAddress: 5_000,
  joinsPerSecond: 5_000,
  syncBytesPerSecond: 8 * MIB,
  roomBytesPerSecond: RANGES.roomBytesPerSecond.max,
  requestsPerMinute: RANGES.requestsPerMinute.max,
  connectsPerMinute: 20_000,
};

/** Some limits, as JSON has them. Unknown names and values out of range are refused. */
export function parseLimits(value: unknown): Result<Partial<Limits>, BadLimit> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return err({ tag: "bad-limit", limit: "limits", reason: "Limits are an object of numbers." });
  }
  const limits: { -readonly [name in LimitName]?: number } = {};
  for (const [key, limit] of Object.entries(value)) {
    const name = LIMIT_NAMES.find((known) => known === key);
    if (name === undefined) return err({ tag: "bad-limit", limit: key, reason: "There is no such limit." });
    const { min, max } = RANGES[name];
    if (!Number.isInteger(limit) || limit < min || limit > max) {
      return err({ tag: "bad-limit", limit: name, reason: `${name} is a whole number from ${min} to ${max}.` });
    }
    limits[name] = limit;
  }
  return ok(limits);
}

/** What holds where each layer overrides the one before it: defaults, project, token. */
export function mergeLimits(base: Limits, ...overrides: readonly Partial<Limits>[]): Limits {
  // SAFETY: `base` has every limit, and overrides hold numbers only.
  return Object.assign({}, base, ...overrides) as Limits;
}

function fromEach(valueOf: (name: LimitName) => number): Limits {
  // SAFETY: every name gets its number.
  return Object.fromEntries(LIMIT_NAMES.map((name) => [name, valueOf(name)])) as Limits;
}
