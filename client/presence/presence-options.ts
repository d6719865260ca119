/**
 * What a presence client is made from.
 * @module
 */
import type { Face } from "../../src/protocol/presence-messages.ts";
import { assertWebSocket } from "../address.ts";
import type { TokenSource } from "../token.ts";

export type PresenceClientOptions = {
  /** Server: `https://`, `http://`, `wss://` or `ws://`, with a path where Roost is mounted below one. Default: the page's origin. */
  readonly url?: string;
  /** Room id, 1–256 bytes. */
  readonly room: string;
  /** Publishable key, `pk_…`, for pages whose visitors have no name. */
  readonly key?: string;
  /** As of `DocumentProvider`. */
  readonly token?: TokenSource;
  /** How others see this visitor, where no token says it. */
  readonly user?: Face;
  /** What `setState` would set, from the start. */
  readonly state?: Readonly<Record<string, unknown>>;
  /**
   * What the tabs of this visitor have in common, told to nobody: 16–64 letters, digits, `-` and `_`. Default: a random text for each
   * browser session.
   */
  readonly person?: string;
  /** Default: true. */
  readonly connect?: boolean;
  /** Constructor, where there is no global `WebSocket`. */
  readonly WebSocket?: unknown;
  /** Never points more often, whatever the server's pace. */
  readonly maxCursorHz?: number;
};

export type ResolvedPresence = {
  /** Origin of the server. */
  readonly server: string;
  readonly socketUrl: string;
  /** Answers with counts, to whom may join. */
  readonly httpUrl: string;
  readonly token: TokenSource;
  readonly WebSocket: unknown;
  /** Undefined: to be shared by the tabs of this browser. */
  readonly person: string | undefined;
  /** A token says who this is; the tabs of one user are one person without a word. */
  readonly hasToken: boolean;
};

/** Throws TypeError on what no retry would heal. What is wrong with a room's id the server says. */
export function resolvePresence(options: PresenceClientOptions): ResolvedPresence {
  const { url = location.origin, room, key, token, person, WebSocket } = options;
  const { protocol, host, pathname } = new URL(url);
  const [, secure] = /^(?:http|ws)(s?):$/.exec(protocol) ?? [];
  if (secure === undefined) throw new TypeError("A server address starts with https:// or wss://.");
  // A secret one would be everybody's as soon as a page holds it.
  if (key !== undefined && (token !== undefined || !key.startsWith("pk_")))
    throw new TypeError("`key` is a publishable key, and takes the place of a token.");
  assertWebSocket(WebSocket);
  const path = `${pathname.replace(/\/+$/, "")}/v1/presence/${encodeURIComponent(room)}`;
  return {
    server: `http${secure}://${host}`,
    socketUrl: `ws${secure}://${host}${path}/connect`,
    httpUrl: `http${secure}://${host}${path}/count`,
    token: token ?? key ?? "",
    WebSocket,
    person,
    hasToken: token !== undefined,
  };
}
