/**
 * Where a room is, and what opens it; checked before anything is tried.
 * @module
 */
import { parseDocumentId } from "../src/protocol/room-id.ts";
import { type TokenSource, assertToken } from "./token.ts";

const SCHEMES: Readonly<Record<string, string>> = { "http:": "ws:", "https:": "wss:", "ws:": "ws:", "wss:": "wss:" };

export type RoomAddress = { readonly socketUrl: string; readonly httpUrl: string };

/**
 * The addresses of room `id` below `/v1/<kind>/`, on the page's own server where `base` names none. Throws TypeError on what no retry
 * would heal.
 */
export function resolveAddress(base: string | undefined, kind: string, id: string, user?: string): RoomAddress {
  if (typeof id !== "string") throw new TypeError("`id` has to be a text.");
  const parsed = parseDocumentId(id);
  if (!parsed.ok) throw new TypeError(parsed.error.reason);
  // A URL drops such segments, percent-encoded or not.
  if (id === "." || id === "..") throw new TypeError("The id is a dot segment, which no URL can carry.");
  const url = parseUrl(base ?? pageOrigin());
  const scheme = SCHEMES[url.protocol];
  if (scheme === undefined) throw new TypeError(`A server address starts with https:// or wss://, not ${url.protocol}`);
  url.protocol = scheme;
  url.pathname = `${url.pathname.replace(/\/+$/, "")}/v1/${kind}/${encodeURIComponent(id)}/connect`;
  url.search = "";
  url.hash = "";
  if (user !== undefined) url.searchParams.set("user", user);
  return { socketUrl: url.href, httpUrl: url.href.replace(/^ws/, "http").replace(/\/connect(?=$|\?)/, "") };
}

/** What shows who this is; empty for nothing. Throws TypeError on what no server would take. */
export function resolveToken(key: string | undefined, token: TokenSource = key ?? ""): TokenSource {
  // A secret one would be everybody's as soon as a page holds it.
  if (key !== undefined && (token !== key || !key.startsWith("pk_")))
    throw new TypeError("`key` is a publishable key, `pk_…`, and takes the place of a token.");
  if (typeof token === "string") assertToken(token);
  return token;
}

/** Throws TypeError where there is no WebSocket to use. */
export function assertWebSocket(own: unknown): void {
  if (own !== undefined || typeof WebSocket !== "undefined") return;
  throw new TypeError(
    "This runtime has no WebSocket (Node has one since 22): pass that of the package ws as `WebSocket`.",
  );
}

function pageOrigin(): string {
  if (typeof location !== "undefined") return location.origin;
  throw new TypeError("There is no page whose origin could be the server: pass `url`.");
}

function parseUrl(text: string): URL {
  try {
    return new URL(text);
  } catch {
    throw new TypeError(`"${text}" is no address of a server: it starts with https:// or wss://.`);
  }
}
