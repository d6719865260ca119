/**
 * What a provider is made from, with its defaults.
 * @module
 */
import type { Awareness } from "y-protocols/awareness";
import type * as Y from "yjs";
import { type RoomAddress, assertWebSocket, resolveAddress, resolveToken } from "./address.ts";
import type { TokenSource } from "./token.ts";

/** Below what a person notices, above what one keystroke's transactions need. */
export const DEFAULT_MERGE_MS = 8;

export type DocumentProviderOptions = {
  /** Server: `https://`, `http://`, `wss://` or `ws://`, with a path where Roost is mounted below one. Default: the page's origin. */
  readonly url?: string;
  /** Document id, 1–256 bytes; `/` is allowed. */
  readonly id: string;
  readonly doc: Y.Doc;
  /** Default: a new one. Its timers are stopped. */
  readonly awareness?: Awareness;
  /**
   * Goes as the second sub-protocol, `roost.token.<token>`, never into the address, so it has to be letters, digits
   * and `-._~+`: a JWT and a key are. A function is called for every attempt to connect, and in time before the token ends:
   * with one, nobody who is typing notices. A text cannot be renewed.
   */
  readonly token?: TokenSource;
  /** Publishable key, `pk_…`, instead of a token: for pages whose visitors have no name. */
  readonly key?: string;
  /** Keeps a copy in IndexedDB. Default: true where there is one. */
  readonly offline?: boolean;
  /** Shares with other tabs of this browser. Default: true in a page, false outside one (a Node process has no tabs). */
  readonly broadcast?: boolean;
  /** Default: true. */
  readonly connect?: boolean;
  /** Asks before the page closes while a change made in it is not saved. Default: true. */
  readonly guardUnload?: boolean;
  /** Milliseconds that local changes wait to share a frame. Default: 8. */
  readonly mergeMs?: number;
  /** Constructor, where there is no global `WebSocket`. */
  readonly WebSocket?: unknown;
  /** Who this is, on a server in open mode only; elsewhere the token says it. */
  readonly user?: string;
};

export type ResolvedOptions = RoomAddress & {
  /** Empty: none. */
  readonly token: TokenSource;
  /** `roost:<httpUrl>` without parameters: names the offline copy and the channel between tabs. */
  readonly localName: string;
  readonly useOffline: boolean;
  readonly useTabs: boolean;
  readonly mergeMs: number;
};

/** Complete, says the compiler: a name that is not here is a slip of the pen, which JavaScript would pass over in silence. */
const NAMES: Readonly<Record<keyof DocumentProviderOptions, true>> = {
  url: true,
  id: true,
  doc: true,
  awareness: true,
  token: true,
  key: true,
  offline: true,
  broadcast: true,
  connect: true,
  guardUnload: true,
  mergeMs: true,
  WebSocket: true,
  user: true,
};

/** Throws TypeError on what no retry would heal: a bad address, id or token, an option that does not exist. */
export function resolveOptions(options: DocumentProviderOptions): ResolvedOptions {
  const unknown = Object.keys(options).find((name) => !Object.hasOwn(NAMES, name));
  if (unknown !== undefined)
    throw new TypeError(`There is no option \`${unknown}\`, only ${Object.keys(NAMES).join(", ")}.`);
  if (typeof options.doc?.transact !== "function") throw new TypeError("`doc` has to be a Y.Doc.");
  const address = resolveAddress(options.url, "documents", options.id, options.user);
  const token = resolveToken(options.key, options.token);
  assertWebSocket(options.WebSocket);
  return {
    ...address,
    token,
    // The whole address: servers may share a host, below different paths.
    localName: `roost:${address.httpUrl.replace(/\?.*/, "")}`,
    useOffline: options.offline !== false && typeof indexedDB !== "undefined",
    useTabs: (options.broadcast ?? typeof document !== "undefined") && typeof BroadcastChannel !== "undefined",
    mergeMs: options.mergeMs ?? DEFAULT_MERGE_MS,
  };
}
