/**
 * What a simulated world knows of its sockets, and what they may do in it.
 * @module
 */
import type { SessionId } from "../../src/core/events.ts";
import type { SessionFacts, SessionProgress } from "../../src/core/session.ts";
import type { SessionGrant } from "../../src/core/session-rights.ts";
import type { CloseReason } from "../../src/protocol/close-codes.ts";
import { DEFAULT_LIMITS } from "../../src/protocol/room-limits.ts";
import type { SyncClient } from "./sync-client.ts";

/** One WebSocket: frames keep their order in each direction. */
export type Socket = {
  readonly id: SessionId;
  readonly client: SyncClient;
  facts: SessionFacts;
  readonly toServer: Uint8Array[];
  readonly toClient: Uint8Array[];
  /** What its attachment keeps. */
  progress: SessionProgress | undefined;
  /** The client has gone; the server learns it with `close`. */
  isDropped: boolean;
};

/** What sockets may do, and what may become of them. */
export type WorldRules = {
  readonly grant: () => SessionGrant;
  /** Reasons for which a client that does nothing wrong may be closed. */
  readonly harmless: ReadonlySet<CloseReason>;
  readonly refused: (reason: string) => void;
  /** Around each frame that a socket sends. */
  readonly receive: (id: SessionId, receive: () => void) => void;
};

/** Everybody may do everything. */
export const OPEN: WorldRules = {
  grant: () => ({ scopes: ["read", "write"], limits: DEFAULT_LIMITS }),
  harmless: new Set(["unavailable"]),
  refused: (reason) => {
    throw new Error(`refused: ${reason}`);
  },
  receive: (_, receive) => receive(),
};
