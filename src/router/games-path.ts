/**
 * What stands in the paths of games: ids of rooms and names of games, which have their rights alike.
 * @module
 */

/** Where a game or a room is named, in a path without its leading slash. */
const PATTERNS = [
  // Before the list of a game, which could be called `rooms`.
  /^v1\/games\/rooms\/([^/]*)$/,
  /^v1\/games\/([^/]*)\/rooms$/,
  /^matchmake\/[^/]*\/([^/]*)$/,
  /^games\/([^/]*)$/,
  /^lobby\/([^/]*)$/,
] as const;

/** The encoded name or id; undefined for another path. */
export function parseGamePath(pathname: string): string | undefined {
  for (const pattern of PATTERNS) {
    const found = pattern.exec(pathname.slice(1))?.[1];
    if (found !== undefined) return found;
  }
  return undefined;
}

/** Sockets of Colyseus' SDK. */
export function isGameSocketPath(path: string): boolean {
  return path.startsWith("/games/") || path.startsWith("/lobby/");
}
