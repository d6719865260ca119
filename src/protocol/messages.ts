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
  token: 10,
  rights: 11,
  notice: 12,
} as const;

/** What a client sends. `number` counts its step 2 and update messages from 1 on this socket. */
export type ClientMessage =
  | { readonly type: "hello"; readonly version: number }
  | { readonly type: "sync-step-1"; readonly stateVector: Uint8Array }
  | { readonly type: "sync-step-2"; readonly number: number; readonly update: Uint8Array }
  | { readonly type: "update"; readonly number: number; readonly update: Uint8Array }
  | { readonly type: "awareness"; readonly update: Uint8Array }
  | { readonly type: "received"; readonly seq: number }
  /** A fresh token: asked for, or because the application has a better one. */
  | { readonly type: "token"; readonly token: string }
  | { readonly type: "bye" };

/** First message of the server on a socket. */
export type Welcome = {
  readonly version: number;
  readonly session: string;
  readonly user: string;
  readonly scopes: readonly string[];
  readonly epoch: number;
  /** What the token says of its bearer, name first of all: in the own presence it stands in place of what the page says. */
  readonly profile?: Profile;
};

/** See auth/grants.ts. */
export type Profile = { readonly name?: string; readonly color?: string; readonly avatar?: string };

/** Why rights changed. */
export type RightsReason = "token-renewed" | "token-expired" | "locked" | "unlocked";

/** What this socket may do from here on, whenever that changes. */
export type Rights = {
  readonly scopes: readonly string[];
  readonly reason: RightsReason;
  readonly profile?: Profile;
};

/** Something people should know. `percent` is 50, 80 or 100: at 100 nothing can be written any more. */
export type Notice = {
  readonly kind: "document-size";
  readonly percent: number;
  readonly bytes: number;
  readonly limitBytes: number;
};

/** What the server sends. `seq` is the log position the receiver has reached with this message. */
export type ServerMessage =
  | { readonly type: "welcome"; readonly welcome: Welcome }
  | { readonly type: "sync-step-1"; readonly stateVector: Uint8Array }
  | { readonly type: "sync-step-2"; readonly seq: number; readonly update: Uint8Array }
  | { readonly type: "update"; readonly seq: number; readonly update: Uint8Array }
  | { readonly type: "awareness"; readonly update: Uint8Array }
  | { readonly type: "ack"; readonly number: number }
  | { readonly type: "refused"; readonly number: number; readonly reason: string }
  /** The token ends in so many seconds: send a fresh one. */
  | { readonly type: "token-wanted"; readonly seconds: number }
  | { readonly type: "rights"; readonly rights: Rights }
  | { readonly type: "notice"; readonly notice: Notice };
