/**
 * Which room a page is, where nobody names one: its canonical address.
 * @module
 */
import { anchorHash } from "../presence/index.ts";

/** Characters: an id is at most 256 bytes, and addresses are ASCII. */
const MAX_LENGTH = 256;
const HASH_LENGTH = 10;

/**
 * Host and path, so that `http` and `https`, a fragment and what campaigns add to an address are one room. A canonical address that the page
 * declares counts with its query; the bar's own does not. One too long for an id is cut, with a hash of the whole at its end.
 */
export function roomOfPage(pageUrl: string, canonical: string | null | undefined): string {
  let url = new URL(pageUrl);
  try {
    url = new URL(canonical || "?", url);
  } catch {
    // What the page declares is no address: the bar's own counts.
  }
  const { host, pathname, search } = url;
  const name = (host + pathname + (canonical ? search : "")).replace(/\/+$/, "") || "page";
  if (name.length <= MAX_LENGTH) return name;
  return `${name.slice(0, MAX_LENGTH - HASH_LENGTH)}~${anchorHash(name)}`.slice(0, MAX_LENGTH);
}
