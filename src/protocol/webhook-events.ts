/**
 * What endpoints of a project can be told of, and how they say what they want.
 * @module
 */
import { type Result, err, ok } from "./result.ts";

/** Every type there is, with what it says. README's table is made of these. */
export const WEBHOOK_EVENTS = {
  "document.created": "A document has its first snapshot",
  "document.changed": "Its content changed; at most once for each snapshot, so some seconds after the last edit",
  "document.saved": "A snapshot of this version lies in R2",
  "document.version": "A version was kept in its history",
  "document.deleted": "It was erased",
  "room.opened": "The first connection to a room that had none",
  "room.joined": "A user came into a room, with the first of their connections",
  "room.left": "A user is gone from a room, with the last of their connections",
  "room.emptied": "The last connection is gone",
  "game.created": "A room of a game was made",
  "game.ended": "A room of a game has ended",
  "limit.reached": "A limit refused something; at most once a minute for each limit and room",
  "webhook.disabled": "An endpoint of the project was disabled, as it had failed for days or answered 410",
  "webhook.test": "Somebody asked for a test",
} as const;
export type WebhookEventType = keyof typeof WEBHOOK_EVENTS;

/** What rooms tell of; the rest follows from what they store. */
export type RoomEventType = Extract<WebhookEventType, `room.${string}` | `game.${string}` | `limit.${string}`>;

/** First words of the types that rooms tell of, as far as somebody wants them. */
export const ROOM_EVENT_FAMILIES = ["room", "game", "limit"] as const;
export type RoomEventFamily = (typeof ROOM_EVENT_FAMILIES)[number];

/** `reason` is one sentence that may be shown to whoever wrote it. */
export type BadFilter = { readonly tag: "bad-filter"; readonly reason: string };

const MAX_FILTERS = 50;

/** A filter is a type, a family (`document.*`) or `*`. They are stored as they are and matched by SQLite's GLOB. */
export function parseEventFilters(value: unknown): Result<readonly string[], BadFilter> {
  if (!Array.isArray(value) || value.length === 0 || value.length > MAX_FILTERS) {
    return bad(`Name 1 to ${MAX_FILTERS} events.`);
  }
  const filters: string[] = [];
  for (const filter of value) {
    if (typeof filter !== "string" || !isFilter(filter)) return bad(`There is no such event: ${String(filter)}`);
    if (!filters.includes(filter)) filters.push(filter);
  }
  return ok(filters);
}

/** The same verdict as GLOB's. */
export function matchesFilter(filter: string, type: string): boolean {
  if (filter === "*") return true;
  return filter.endsWith(".*") ? type.startsWith(filter.slice(0, -1)) : filter === type;
}

/** Of `filters`, what a room has to tell of. */
export function roomFamilies(filters: readonly string[]): readonly RoomEventFamily[] {
  return ROOM_EVENT_FAMILIES.filter((family) =>
    filters.some((filter) => filter === "*" || filter.startsWith(`${family}.`)),
  );
}

/** True for a type that a room may tell of, whatever Roost the room is of. */
export function isRoomEventType(type: string): boolean {
  return /^(?:room|game|limit)\.[a-z]{1,40}$/.test(type);
}

function isFilter(filter: string): boolean {
  const types = Object.keys(WEBHOOK_EVENTS);
  if (filter === "*" || types.includes(filter)) return true;
  return filter.endsWith(".*") && types.some((type) => matchesFilter(filter, type));
}

function bad(reason: string): Result<never, BadFilter> {
  return err({ tag: "bad-filter", reason });
}
