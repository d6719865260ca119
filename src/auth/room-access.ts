/**
 * Which scopes somebody has in which rooms: patterns `kind:id`, matched by whole segments.
 * @module
 */
import { type Result, err, ok } from "../protocol/result.ts";
import { ROOM_KINDS, type RoomAddress, type RoomKind } from "../protocol/room-id.ts";
import { SCOPES, type Scope } from "./grants.ts";
import { hasControl } from "./user-id.ts";

/**
 * From pattern to scopes, as in a token's `rooms`. `document:team/*` is every document below `team/`, however deep; `document:*` every
 * document; `*` every room of every kind. A `*` stands for one whole segment, as the last one for all that follow; as a part
 * of a longer one it is refused, and anything else is itself. Scopes of all patterns that match are joined.
 */
export type RoomAccess = Readonly<Record<string, readonly Scope[]>>;

/** `reason` is one sentence that may be shown to whoever wrote it. */
export type BadAccess = { readonly tag: "bad-access"; readonly reason: string };

export const EVERY_ROOM = "*";
export const MAX_PATTERNS = 100;
export const MAX_PATTERN_CHARS = 300;

/** As JSON has it, in a token or a project. Unknown kinds and scopes are refused: a typo must not pass for less than was meant. */
export function parseAccess(value: unknown): Result<RoomAccess, BadAccess> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    return bad("rooms is an object from patterns to lists of scopes.");
  }
  const entries = Object.entries(value);
  if (entries.length > MAX_PATTERNS) return bad(`rooms holds at most ${MAX_PATTERNS} patterns.`);
  const access: [string, readonly Scope[]][] = [];
  for (const [pattern, scopes] of entries) {
    if (!isPattern(pattern)) return bad(`A pattern is "*" or kind:id, with at most ${MAX_PATTERN_CHARS} characters.`);
    if (!hasWholeStars(pattern)) return bad("A * stands for a whole segment between slashes, never for a part of one.");
    const known = parseScopes(scopes);
    if (known === null) return bad(`Scopes are a list of ${SCOPES.join(", ")}.`);
    access.push([pattern, known]);
  }
  // Not by assignment: that would make a prototype of what stands under `__proto__`.
  return ok(Object.fromEntries(access));
}

/** In one room, in the order of SCOPES. */
export function scopesFor(access: RoomAccess, room: Pick<RoomAddress, "kind" | "id">): readonly Scope[] {
  return joinScopes(access, (pattern) => matches(pattern, room));
}

/** In every room of a kind, whatever its id: for lists and searches. */
export function scopesEverywhere(access: RoomAccess, kind: RoomKind): readonly Scope[] {
  return joinScopes(access, (pattern) => pattern === EVERY_ROOM || pattern === `${kind}:*`);
}

/** True for a pattern that names one room of a kind, by one segment. */
export function namesOneRoom(pattern: string, kind: RoomKind): boolean {
  return pattern.startsWith(`${kind}:`) && !/[*/]/.test(pattern);
}

function joinScopes(access: RoomAccess, isMeant: (pattern: string) => boolean): readonly Scope[] {
  const found = new Set(Object.entries(access).flatMap(([pattern, scopes]) => (isMeant(pattern) ? scopes : [])));
  return SCOPES.filter((scope) => found.has(scope));
}

/** By code points, with nothing decoded or normalised: `..`, `%2F` and the two spellings of é are what they are. */
function matches(pattern: string, room: Pick<RoomAddress, "kind" | "id">): boolean {
  if (pattern === EVERY_ROOM) return true;
  if (!pattern.startsWith(`${room.kind}:`)) return false;
  const wanted = pattern.slice(room.kind.length + 1).split("/");
  const segments = room.id.split("/");
  const isOpenEnded = wanted.at(-1) === "*";
  if (isOpenEnded ? segments.length < wanted.length : segments.length !== wanted.length) return false;
  return wanted.every((segment, index) => segment === "*" || segment === segments[index]);
}

function isPattern(text: string): boolean {
  if (text === EVERY_ROOM) return true;
  if (text.length > MAX_PATTERN_CHARS || !text.isWellFormed() || hasControl(text)) return false;
  return ROOM_KINDS.some((kind) => text.startsWith(`${kind}:`) && text.length > kind.length + 1);
}

/** `team*` reads like a wider pattern than it could be: nobody means the one id that has a star in it. */
function hasWholeStars(pattern: string): boolean {
  return pattern
    .slice(pattern.indexOf(":") + 1)
    .split("/")
    .every((segment) => segment === "*" || !segment.includes("*"));
}

function parseScopes(value: unknown): readonly Scope[] | null {
  if (!Array.isArray(value) || value.length > SCOPES.length) return null;
  const isEach = value.every((scope) => SCOPES.some((known) => known === scope));
  return isEach ? SCOPES.filter((scope) => value.includes(scope)) : null;
}

function bad(reason: string): Result<never, BadAccess> {
  return err({ tag: "bad-access", reason });
}
