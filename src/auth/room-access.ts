/**
 * Which scopes somebody has in which rooms: patterns `kind:id`, matched by whole segments.
 * @module
 */
import type { Scope } from "./grants.ts";

/**
 * From pattern to scopes, as in a token's `rooms`. `document:team/*` is every document below `team/`, however deep; `document:*` every
 * document; `*` every room of every kind. A `*` stands for one whole segment, as the last one for all that follow; anything else is
 * itself. Scopes of all patterns that match are joined.
 */
export type RoomAccess = Readonly<Record<string, readonly Scope[]>>;
