/**
 * What a client of each family sends and reads, as far as load needs it. Byte layouts: each family's published protocol.
 * @module
 */

import type { PresenceServerMessage } from "../../../src/protocol/presence-messages.ts";

/** A message heard. Bodies are views into the frame. */
export type Heard =
  /** The server asks what we have. */
  | { readonly type: "step-1"; readonly stateVector: Uint8Array }
  /** Content; `completes` when it ends the first sync. */
  | { readonly type: "update"; readonly update: Uint8Array; readonly completes: boolean }
  | { readonly type: "awareness"; readonly update: Uint8Array }
  /** Everything up to `count` updates of ours is acknowledged (roost), or one more is (hocuspocus). */
  | { readonly type: "ack"; readonly number?: number }
  /** Of a room of people; its welcome is all the sync there is. */
  | { readonly type: "people"; readonly message: PresenceServerMessage }
  | { readonly type: "other" };

/** One socket's side of a family: it counts what it numbers, so each socket has its own. */
export interface Wire {
  readonly subprotocols: readonly string[];
  /** In sync as soon as the socket is open. */
  readonly needsNoSync: boolean;
  /** Frames to send at open: hello, token, step 1 with this state vector. */
  opening(stateVector: Uint8Array): readonly Uint8Array[];
  /** The answer to the server's step 1. */
  step2(update: Uint8Array): Uint8Array;
  update(update: Uint8Array): Uint8Array;
  /** `update` as of y-protocols/awareness. */
  awareness(update: Uint8Array): Uint8Array;
  /** Every message of a frame. Throws on what the family does not say. */
  read(frame: Uint8Array): readonly Heard[];
}
