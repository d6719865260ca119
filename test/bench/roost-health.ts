/**
 * What Roost's own API tells about a document under measurement.
 * @module
 */

/** Address of a document's description, from that of its socket. */
export function healthUrl(socketUrl: string): string {
  const url = new URL(socketUrl.replace(/^ws/, "http"));
  return `${url.origin}${url.pathname.replace(/\/connect$/, "")}`;
}
