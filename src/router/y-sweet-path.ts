/**
 * Paths of Y-Sweet's clients. They write ids as they are, slashes included, and into the path of a socket twice.
 * @module
 */
import { type Result, err, ok } from "../protocol/result.ts";
import { type BadId, MAX_ID_BYTES } from "../protocol/room-id.ts";

export type YSweetPath = {
  readonly asks: "socket" | "content" | "update" | "token";
  /** Of the document, percent-encoded. */
  readonly encodedId: string;
};

type NoPath = BadId | { readonly tag: "no-route" };

const DOCUMENT_PREFIX = "/d/";
const TOKEN_PREFIX = "/doc/";
const BETWEEN = "/ws/";
/** Two ids, each byte percent-encoded, and a little: what is longer holds no id, and is not looked through. */
const MAX_SOCKET_CHARS = 2 * 3 * MAX_ID_BYTES + 16;
/** What a path ends with, by what it asks for. */
const ENDINGS = [
  [DOCUMENT_PREFIX, "/as-update", "content"],
  [DOCUMENT_PREFIX, "/update", "update"],
  [TOKEN_PREFIX, "/auth", "token"],
] as const;

/** True for paths that {@link parseYSweetPath} reads. */
export function isYSweetPath(pathname: string): boolean {
  return pathname.startsWith(DOCUMENT_PREFIX) || pathname.startsWith(TOKEN_PREFIX);
}

/** `/d/<id>/ws/<id>`, `/d/<id>/as-update`, `/d/<id>/update` or `/doc/<id>/auth`; the first where a path is two of them. */
export function parseYSweetPath(pathname: string): Result<YSweetPath, NoPath> {
  const isDocument = pathname.startsWith(DOCUMENT_PREFIX);
  const named = isDocument ? namedTwice(pathname.slice(DOCUMENT_PREFIX.length)) : undefined;
  if (named !== undefined) return ok({ asks: "socket", encodedId: named });
  for (const [prefix, ending, asks] of ENDINGS) {
    if (!pathname.startsWith(prefix) || !pathname.endsWith(ending)) continue;
    return ok({ asks, encodedId: pathname.slice(prefix.length, -ending.length) });
  }
  if (isDocument && pathname.includes(BETWEEN)) {
    return err({ tag: "bad-id", reason: "The path of a socket names its document twice." });
  }
  return err({ tag: "no-route" });
}

/** X of `X/ws/X`; undefined where there is none. */
function namedTwice(rest: string): string | undefined {
  if (rest.length > MAX_SOCKET_CHARS) return undefined;
  for (let at = rest.indexOf(BETWEEN); at !== -1; at = rest.indexOf(BETWEEN, at + 1)) {
    const first = rest.slice(0, at);
    if (isSameId(first, rest.slice(at + BETWEEN.length))) return first;
  }
  return undefined;
}

/** The first comes out of a token, as its maker has encoded it; the second the client puts behind it, as it has the id. */
function isSameId(first: string, second: string): boolean {
  const id = decode(first);
  if (id === undefined) return false;
  return id === decode(second) || asClientsWrite(id) === second;
}

function asClientsWrite(id: string): string {
  const url = new URL("http://client/");
  url.pathname = id;
  return url.pathname.slice(1);
}

function decode(text: string): string | undefined {
  try {
    return decodeURIComponent(text);
  } catch {
    return undefined;
  }
}
