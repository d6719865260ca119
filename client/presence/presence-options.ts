/**
 * What a presence client is made from.
 * @module
 */
import type { Face } from "../../src/protocol/presence-messages.ts";
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
  readonly source: TokenSource;
  readonly WebSocket: unknown;
  /** Undefined: to be shared by the tabs of this browser. */
  readonly person: string | undefined;
  /** A token says who this is; the tabs of one user are one person without a word. */
  readonly hasToken: boolean;
};

/** Throws TypeError on what no retry would heal. What is wrong with a room's id the server says. */
export function resolvePresence(options: PresenceClientOptions): ResolvedPresence {
  const { url, room, key, token, person, WebSocket } = options;
  const address = presenceUrl(url, room);
  // A secret one would be everybody's as soon as a page holds it.
  if (key?.startsWith("pk_") === false) throw new TypeError("`key` is no pk_");
  return {
    server: new URL(address).origin,
    socketUrl: `${address.replace(/^http/, "ws")}/connect`,
    httpUrl: `${address}/count`,
    source: token ?? key ?? "",
    WebSocket,
    person,
    hasToken: token !== undefined,
  };
}

/**
 * Where a room answers over HTTP: with its people, and below `/count` with how many they are. `url` is that of the server; throws
 * TypeError on one that is none.
 */
export function presenceUrl(url: string = location.origin, room: string): string {
  const { origin, pathname } = new URL(url);
  if (!/^(http|ws)/.test(origin)) throw new TypeError("`url` is no http");
  return `${origin.replace(/^ws/, "http") + pathname.replace(/\/+$/, "")}/v1/presence/${encodeURIComponent(room)}`;
}
