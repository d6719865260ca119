/**
 * What dialects and core say to each other: bytes never pass this line, dialect words neither.
 * @module
 */
import type { Result } from "../protocol/result.ts";
import type { CloseFrame, CloseReason } from "../protocol/close-codes.ts";
import type { Notice, Profile, Rights } from "../protocol/messages.ts";

export type SessionId = string & { readonly __brand: "SessionId" };

/** From a client. `number` is present in dialects that acknowledge. */
export type RoomEvent =
  | { readonly type: "hello" }
  | { readonly type: "sync-step-1"; readonly stateVector: Uint8Array }
  | { readonly type: "sync-step-2"; readonly update: Uint8Array; readonly number?: number }
  | { readonly type: "update"; readonly update: Uint8Array; readonly number?: number }
  | { readonly type: "awareness"; readonly update: Uint8Array }
  | { readonly type: "query-awareness" }
  | { readonly type: "received"; readonly seq: number }
  /** What a family that says who it is in the socket begins with; a later one brings a fresh token. */
  | { readonly type: "auth"; readonly token: string }
  /** Asks to be told, with the same bytes, when all it has sent before is a row. */
  | { readonly type: "checkpoint"; readonly mark: Uint8Array }
  /** An application's own message to the others of families that have such. */
  | { readonly type: "custom"; readonly payload: string }
  /** A fresh token. Verified outside of the core, which hears of it as new rights. */
  | { readonly type: "token"; readonly token: string }
  | { readonly type: "bye" };

/** To a client. */
export type RoomMessage =
  | {
      readonly type: "welcome";
      readonly session: SessionId;
      readonly user: string;
      readonly scopes: readonly string[];
      readonly epoch: number;
      readonly profile?: Profile;
    }
  | { readonly type: "sync-step-1"; readonly stateVector: Uint8Array }
  | { readonly type: "sync-step-2"; readonly seq: number; readonly update: Uint8Array }
  | { readonly type: "update"; readonly seq: number; readonly update: Uint8Array }
  | { readonly type: "awareness"; readonly update: Uint8Array }
  /** Everything up to `number` is settled. */
  | { readonly type: "ack"; readonly number: number }
  /** For families that count: so many sync messages more are settled and were not refused. */
  | { readonly type: "acks"; readonly count: number }
  /** All that came before this mark is a row; or the last one that this is true of, where something stands in the way. */
  | { readonly type: "checkpoint"; readonly mark: Uint8Array }
  | { readonly type: "custom"; readonly payload: string }
  | { readonly type: "refused"; readonly number: number | undefined; readonly reason: string }
  | { readonly type: "token-wanted"; readonly seconds: number }
  | { readonly type: "rights"; readonly rights: Rights }
  | { readonly type: "notice"; readonly notice: Notice };

export type Frame = Uint8Array<ArrayBuffer> | string;

/** A frame outside the dialect's grammar; ends its own socket only. */
export type DialectError = { readonly tag: "bad-frame"; readonly reason: string };

/** How a client family behaves; core decides by these, never by a name. */
export type DialectTraits = {
  /** Renews awareness by itself and drops peers that do not (y-protocols' 15 s / 30 s). Keeps the room awake. */
  readonly renewsAwareness: boolean;
  /** After a blip of its own it forgets its peers but keeps their clocks, and refuses the same states until they are newer. */
  readonly keepsPeerClocks: boolean;
  /** Sends what it hears of others' awareness back, so that not all it sends is its own. */
  readonly repeatsPeers: boolean;
  /**
   * How it learns that what it sent is a row: acks of the numbers it gives its sync messages ("number"), one ack for each of
   * them ("count"), marks that come back ("mark"), not at all ("none").
   */
  readonly acknowledges: "number" | "count" | "mark" | "none";
  /** Takes what it sent for saved when it hears it again. */
  readonly hearsItself: boolean;
  /** Has messages of applications, and hears those of others. */
  readonly hasCustomMessages: boolean;
  /** Sends a fresh token when it is asked for one; "some" of its clients do, and one cannot tell which. */
  readonly renewsToken: boolean | "some";
  /** Must say hello before anything else. */
  readonly saysHello: boolean;
  /** Sends the text heartbeat that the runtime answers, so silence is judged by its timestamp. */
  readonly heartbeats: boolean;
};

/** Bytes ⇄ the events and messages of one kind of room. Stateless; one instance serves every socket. */
export interface Wire<Event, Message> {
  decode(frame: Uint8Array | string): Result<readonly Event[], DialectError>;
  /** Frames for these messages, in order; messages the family has no word for are left out. */
  encode(messages: readonly Message[]): readonly Frame[];
  /** As if `messages` had been encoded after those of `frames`: what many hear is encoded once, also for who hears more. */
  append(frames: readonly Frame[], messages: readonly Message[]): readonly Frame[];
  /** Total table from reason to this family's own code. */
  closeFrame(reason: CloseReason): CloseFrame;
  /** What is said before that close frame, where the code alone tells the family's clients too little. */
  farewell?(reason: CloseReason, detail: string): readonly Frame[];
}

/** One client family of documents. */
export interface Dialect extends Wire<RoomEvent, RoomMessage> {
  readonly traits: DialectTraits;
  /**
   * In families whose every frame names what it is about (a channel): the dialect of the channel of a socket's first frame. The
   * same object for the same channel, so that what all hear is encoded once. Undefined for a frame about none.
   */
  readonly bind?: (first: Uint8Array | string) => Result<BoundDialect | undefined, DialectError>;
  /** In those: what a frame about no channel, or another one than the socket's, gets in return; undefined for all others. */
  readonly answerStray?: (frame: Uint8Array | string) => readonly Frame[] | undefined;
}

/** The dialect of one channel. */
export type BoundDialect = {
  readonly dialect: Dialect;
  /** As it stands in the frames; a socket keeps it through sleep. */
  readonly channel: string;
  /** The document that the channel names. */
  readonly document: string;
};
