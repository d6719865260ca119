/**
 * What the wire of games and the engine of a game room say to each other. No codec word passes this line: states, patches and
 * inputs are bytes of the state codec (ports.ts), payloads are plain values.
 * @module
 */

/** Messages are named by text or by a small number, as their game says. */
export type MessageName = string | number;

/** From a client. */
export type GameEvent =
  /** It has read its handshake and takes states and patches from here on. */
  | { readonly type: "ready" }
  | { readonly type: "message"; readonly name: MessageName; readonly payload: unknown }
  | { readonly type: "bytes"; readonly name: MessageName; readonly bytes: Uint8Array }
  /** Wants one `response` with the same id. */
  | { readonly type: "request"; readonly id: number; readonly name: MessageName; readonly payload: unknown }
  /** One encoded input, or several where the frame repeats earlier ones; for the codec to read. */
  | { readonly type: "input"; readonly isReliable: boolean; readonly isTimed: boolean; readonly body: Uint8Array }
  | { readonly type: "ping" }
  /** A goodbye: its seat is not kept. */
  | { readonly type: "leave" };

/** Goes with states and patches of games that take inputs. */
export type Timing = {
  /** ms since the room was created, modulo 2^32. */
  readonly serverMs: number;
  /** Number of the last input of this client that the state has in it; 0 before the first. */
  readonly lastInput: number;
};

/** What a client has to know of the inputs of a game. */
export type InputOffer = {
  /** Description of the input's fields, as the codec writes it. */
  readonly reflection: Uint8Array;
  readonly hz: number;
  readonly patchMs: number;
  /** It is to say when it sampled each input. */
  readonly wantsStamps?: boolean;
};

export type ResponseStatus = "ok" | "rejected" | "error";

/** To a client. */
export type GameMessage =
  | {
      readonly type: "handshake";
      readonly reconnectionToken: string;
      /** Absent for a client that knows the shape of the state from before. */
      readonly reflection?: Uint8Array;
      /** False where there is no state at all, as in lobbies. */
      readonly hasState?: false;
      readonly inputs?: InputOffer;
    }
  | { readonly type: "state"; readonly body: Uint8Array; readonly timing?: Timing }
  | { readonly type: "patch"; readonly body: Uint8Array; readonly timing?: Timing }
  | { readonly type: "message"; readonly name: MessageName; readonly payload: unknown }
  | { readonly type: "bytes"; readonly name: MessageName; readonly bytes: Uint8Array }
  | { readonly type: "response"; readonly id: number; readonly status: ResponseStatus; readonly payload: unknown }
  | { readonly type: "error"; readonly code: number; readonly message: string }
  | { readonly type: "pong" };
