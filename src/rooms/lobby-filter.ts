/**
 * Which rooms a socket of a lobby wants to see: fields of their metadata, as Colyseus' LobbyRoom is asked.
 * @module
 */
import type { ListedRoom } from "./game-api.ts";

export type LobbyFilter = {
  /** The game; absent for the lobby's own. */
  readonly name?: string;
  /** Each field equals that of the room. */
  readonly metadata?: Readonly<Record<string, string | number | boolean | null>>;
};

/** A filter is kept with its socket, in at most 2 KB of its attachment. */
const MAX_FIELDS = 16;
const MAX_TEXT_CHARS = 64;

/** What of a client's words is a filter. Never throws. */
export function parseFilter(value: unknown): LobbyFilter {
  if (typeof value !== "object" || value === null) return {};
  const [name, metadata]: readonly unknown[] = [Reflect.get(value, "name"), Reflect.get(value, "metadata")];
  const fields: (readonly [string, unknown])[] =
    typeof metadata === "object" && metadata !== null ? Object.entries(metadata) : [];
  const known = fields.slice(0, MAX_FIELDS).flatMap(([field, wanted]) => {
    return field.length <= MAX_TEXT_CHARS && isScalar(wanted) ? [[field, wanted] as const] : [];
  });
  return {
    ...(typeof name === "string" && name.length <= MAX_TEXT_CHARS && { name }),
    ...(known.length > 0 && { metadata: Object.fromEntries(known) }),
  };
}

/** As a ticket has it. */
export function readFilter(text: string | undefined): LobbyFilter {
  if (text === undefined) return {};
  try {
    return parseFilter(JSON.parse(text));
  } catch {
    return {};
  }
}

export function isWanted({ metadata }: ListedRoom, game: string, filter: LobbyFilter): boolean {
  if (filter.name !== undefined && filter.name !== game) return false;
  const fields = Object.entries(filter.metadata ?? {});
  if (fields.length === 0) return true;
  const has = new Map(typeof metadata === "object" && metadata !== null ? Object.entries(metadata) : []);
  return fields.every(([field, wanted]) => has.get(field) === wanted);
}

function isScalar(value: unknown): value is string | number | boolean | null {
  if (typeof value === "string") return value.length <= MAX_TEXT_CHARS;
  return value === null || typeof value === "number" || typeof value === "boolean";
}
