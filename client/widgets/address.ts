/**
 * Where a room is on its server: `presenceUrl` of the client in fewer words.
 * @module
 */

/** Throws TypeError on an address that is none of a server. */
export function addressOf(url: string, room: string): string {
  const { origin, pathname } = new URL(url);
  if (!/^(http|ws)/.test(origin)) throw new TypeError(url);
  return `${(origin + pathname).replace(/^ws/, "http").replace(/\/+$/, "")}/v1/presence/${encodeURIComponent(room)}`;
}
