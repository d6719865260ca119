/**
 * A server under measurement. Every one runs in a process of its own and keeps its state in the folder it is given.
 * @module
 */

export type TargetName =
  /** A Durable Object that sends each frame to every other socket: no parsing, no storage. The unit of the ratios. */
  | "raw relay"
  /** The same with one SQLite row per frame. */
  | "relay with insert"
  /** A Durable Object that joins what came in since its last flush into one frame; stores nothing. */
  | "raw batching"
  /** The same with one SQLite row per flush, durable before anybody hears it: what an object that parses nothing can do. */
  | "batching with insert"
  /** A Durable Object that streams stored bytes to whoever connects, and parses nothing. */
  | "stored bytes"
  /** PartyServer's own `broadcast()` of each frame to every other socket: what a presence room is in its examples. */
  | "PartyServer broadcast"
  | "y-partyserver"
  | "Hocuspocus"
  | "y-websocket"
  | "Roost"
  /** The same without snapshots: rows alone, as durable, but nothing in R2 and D1. */
  | "Roost saving later"
  /** The same server's rooms of people. */
  | "Roost presence"
  /** Its game rooms. */
  | "Roost games"
  | "Colyseus";

/** What its clients speak. `relay`: y-websocket's frames, no handshake, in sync from the start. `game`: Colyseus'. */
export type WireName = "relay" | "y-websocket" | "hocuspocus" | "roost" | "roost-presence" | "game";

export type Target = {
  readonly name: TargetName;
  readonly wire: WireName;
  /** Resolves when it answers. What an earlier start left in `stateDir` is there again. */
  readonly start: (stateDir: string) => Promise<RunningTarget>;
};

export type RunningTarget = {
  /** WebSocket address of a document, of games that of the server; the same one until {@link RunningTarget.stop}. */
  readonly socketUrl: (documentId: string) => string;
  /** The process whose CPU, memory and writes are the server's: workerd, or the server's own Node. */
  readonly pid: () => number;
  /** Kills that process and resolves when the server answers again, on the same state and address. */
  readonly kill9: () => Promise<void>;
  /** What its Worker has logged so far, where that says what its alarms do. */
  readonly logs?: readonly { readonly message: string }[];
  /** Ends it in its own orderly way. */
  readonly stop: () => Promise<void>;
};
