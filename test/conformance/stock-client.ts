/**
 * What every stock provider of Yjs can be asked in a test, whatever its own words. One file in `families/` for each family makes them
 * from the published packages, unchanged.
 * @module
 */
import type { Awareness } from "y-protocols/awareness";
import type * as Y from "yjs";

export type FamilyName = "y-websocket" | "y-partyserver" | "hocuspocus" | "y-sweet" | "roost";

/** Where a client finds the server, and as whom. */
export type StockOptions = {
  /** `ws://127.0.0.1:port`, without a path. */
  readonly wsUrl: string;
  readonly id: string;
  readonly doc: Y.Doc;
  /** Asked before each connect in families that can; the first answer stays in those that cannot. Absent in open mode. */
  readonly token?: () => string | Promise<string>;
  /** Another one's socket that carries many documents, in families that have such: from `StockClient.shared`. */
  readonly shared?: unknown;
};

/** One client of a stock provider. */
export type StockClient = {
  readonly doc: Y.Doc;
  readonly awareness: Awareness;
  /** The provider says that it is in sync with the server. */
  readonly isSynced: () => boolean;
  /** The provider says that all it wrote is saved; undefined in families that do not know. */
  readonly isClean: () => boolean | undefined;
  /** Whatever it has said of being refused: reasons, in order. */
  readonly refusals: readonly string[];
  /** Sockets opened so far: a client that loops opens many. */
  readonly opened: () => number;
  /** Sockets that it closed itself, as they were silent for a few seconds; absent in families that wait longer than a machine stalls. */
  readonly gaveUp?: () => number;
  /** As its user would. */
  readonly connect: () => void;
  readonly disconnect: () => void;
  /** The wire drops without a close frame; the provider finds out and comes back by itself. */
  readonly dropWire: () => void;
  readonly destroy: () => void;
  /** Its socket, for other documents to share; absent in families without. */
  readonly shared?: unknown;
};

export type StockFamily = {
  readonly family: FamilyName;
  /** As in the table of README: "Hocuspocus 4.8". */
  readonly label: string;
  /** It says whether what it wrote is saved. */
  readonly knowsSaved: boolean;
  /** It comes back with a fresh token by itself. */
  readonly renewsToken: boolean;
  /** It renews awareness, and so keeps the room awake. */
  readonly isChatty: boolean;
  readonly open: (options: StockOptions) => StockClient;
};
