/**
 * The messages of `roost.v1`: numbers, shapes, directions. Their bytes are in frames.ts, their grammar in PROTOCOL.md.
 * @module
 */

/** Message types; the numbers are the wire. */
export const MESSAGE = {
  syncStep1: 0,
  syncStep2: 1,
  update: 2,
  ack: 3,
  awareness: 4,
  hello: 5,
  welcome: 6,
  refused: 7,
  bye: 8,
  received: 9,
} as const;

/** What a client sends. `number` counts its step 2 and update messages from 1 on this socket. */
export type ClientMessage =
  | { readonly type: "hello"; readonly version: number }
  | { readonly type: "sync-step-1"; readonly stateVector: Uint8Array }
  | { readonly type: "sync-step-2"; readonly number: number; readonly update: Uint8Array }
  | { readonly type: "update"; readonly number: number; readonly update: Uint8Array }
  | { readonly type: "awareness"; readonly update: Uint8Array }
  | { readonly type: "received"; readonly seq: number }
  | { readonly type: "bye" };

/** First message of the server on a socket. */
export type Welcome = {
  readonly version: number;
  readonly session: string;
  readonly user: string;
  readonly scopes: readonly string[];
  readonly epoch: number;
};

/** What the server sends. `seq` is the log position the receiver has reached with this message. */
export type ServerMessage =
  | { readonly type: "welcome"; readonly welcome: Welcome }
  | { readonly type: "sync-step-1"; readonly stateVector: Uint8Array }
  | { readonly type: "sync-step-2"; readonly seq: number; readonly update: Uint8Array }
  | { readonly type: "update"; readonly seq: number; readonly update: Uint8Array }
  | { readonly type: "awareness"; readonly update: Uint8Array }
  | { readonly type: "ack"; readonly number: number }
  | { readonly type: "refused"; readonly number: number; readonly reason: string };
