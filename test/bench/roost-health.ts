/**
 * What Roost's own API tells about a document under measurement.
 * @module
 */

/** Address of a document's description, from that of its socket. */
export function healthUrl(socketUrl: string): string {
  const url = new URL(socketUrl.replace(/^ws/, "http"));
  return `${url.origin}${url.pathname.replace(/\/connect$/, "")}`;
}

/** Rows that the typing path has written for a document so far: its versions count them. */
export async function rowsOf(socketUrl: string): Promise<number> {
  const response = await fetch(healthUrl(socketUrl));
  // SAFETY: the documented answer of this route.
  const { version } = (await response.json()) as { readonly version: string };
  return Number(version.slice(-SEQ_DIGITS));
}

/** `<epoch>-<seq>`, zero-padded. */
const SEQ_DIGITS = 12;
