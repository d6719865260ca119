/**
 * Where a room is, and what opens it; checked before anything is tried.
 * @module
 */
import { parseDocumentId } from "../src/protocol/room-id.ts";
import { type TokenSource, assertToken } from "./token.ts";

export type RoomAddress = {
  readonly socketUrl: string;
  /** Its summary over HTTP, where a refusal says why. */
  readonly httpUrl: string;
};

/**
 * The addresses of room `id` below `/v1/<kind>/`, on the page's own server where `base` names none. Throws TypeError on what no retry
 * would heal.
 */
export function resolveAddress(base: string | undefined, kind: string, id: string, user?: string): RoomAddress {
  if (typeof id !== "string") throw new TypeError("`id` has to be a text.");
  const parsed = parseDocumentId(id);
  if (!parsed.ok) throw new TypeError(parsed.error.reason);
  // A URL drops such segments, percent-encoded or not.
  if (id === "." || id === "..") throw new TypeError("No URL can carry this id.");
  const { protocol, host, pathname } = parseUrl(base ?? pageOrigin());
  const secure = /^(?:http|ws)(s?):$/.exec(protocol)?.[1];
  if (secure === undefined) throw new TypeError(`A server address starts with https:// or wss://, not ${protocol}`);
  const room = `${secure}://${host}${pathname.replace(/\/+$/, "")}/v1/${kind}/${encodeURIComponent(id)}`;
  const query = user === undefined ? "" : `?user=${encodeURIComponent(user)}`;
  return { socketUrl: `ws${room}/connect${query}`, httpUrl: `http${room}${query}` };
}

/** What shows who this is; empty for nothing. Throws TypeError on what no server would take. */
export function resolveToken(key: string | undefined, token: TokenSource = key ?? ""): TokenSource {
  // A secret one would be everybody's as soon as a page holds it.
  if (key !== undefined && (token !== key || !key.startsWith("pk_")))
    throw new TypeError("`key` is a publishable key, `pk_…`, instead of a token.");
  if (typeof token === "string") assertToken(token);
  return token;
}

/** Throws TypeError where there is no WebSocket to use. */
export function assertWebSocket(own: unknown): void {
  if (own !== undefined || typeof WebSocket !== "undefined") return;
  throw new TypeError("There is no WebSocket here: pass that of ws as `WebSocket`.");
}

function pageOrigin(): string {
  if (typeof location !== "undefined") return location.origin;
  throw new TypeError("Without a page there is no default server: pass `url`.");
}

function parseUrl(text: string): URL {
  try {
    return new URL(text);
  } catch {
    throw new TypeError(`"${text}" is no address of a server: it starts with https:// or wss://.`);
  }
}
