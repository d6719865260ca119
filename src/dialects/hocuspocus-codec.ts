/**
 * What stands behind the address of a Hocuspocus frame: its body, read as an event of the room, and the frames of the room's messages.
 * @module
 */
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import type { Frame, RoomEvent, RoomMessage } from "../core/events.ts";
import { readBytes, readText } from "../protocol/bounded.ts";
import { encodeFrame } from "../protocol/frame-encoder.ts";
import {
  type AddressedFrame,
  HOCUSPOCUS,
  HOCUSPOCUS_AUTH,
  HOCUSPOCUS_SYNC as SYNC,
} from "../protocol/hocuspocus-address.ts";
import { assertNever } from "../protocol/result.ts";

const STATUS = { refused: 0, saved: 1 } as const;
const SCOPE = { reads: "readonly", writes: "read-write" } as const;
const UTF8 = new TextEncoder();

/**
 * The event of a frame. Throws on anything outside the grammar. What stands behind its message is not read: newer clients add to
 * messages (the version behind the token), and servers of their own read no further either.
 */
export function readEvent(frame: Uint8Array, { type, bodyAt }: Pick<AddressedFrame, "type" | "bodyAt">): RoomEvent {
  const decoder = decoding.createDecoder(frame);
  decoder.pos = bodyAt;
  switch (type) {
    case HOCUSPOCUS.sync:
      return readSync(decoder);
    case HOCUSPOCUS.awareness:
      return { type: "awareness", update: readBytes(decoder) };
    case HOCUSPOCUS.auth:
      return { type: "auth", token: readToken(decoder) };
    case HOCUSPOCUS.queryAwareness:
      return { type: "query-awareness" };
    case HOCUSPOCUS.stateless:
      return { type: "custom", payload: readText(decoder) };
    case HOCUSPOCUS.close:
      return { type: "bye" };
    default:
      throw new RangeError(`no client sends messages of type ${type}`);
  }
}

function readSync(decoder: decoding.Decoder): RoomEvent {
  const type = decoding.readVarUint(decoder);
  switch (type) {
    case SYNC.step1:
      return { type: "sync-step-1", stateVector: readBytes(decoder) };
    case SYNC.step2:
      return { type: "sync-step-2", update: readBytes(decoder) };
    case SYNC.update:
      return { type: "update", update: readBytes(decoder) };
    default:
      throw new RangeError(`unknown sync message type ${type}`);
  }
}

function readToken(decoder: decoding.Decoder): string {
  if (decoding.readVarUint(decoder) !== HOCUSPOCUS_AUTH.token) throw new RangeError("only a server says who may");
  return readText(decoder);
}

/** Writes the frames of one address. */
export class AddressWriter {
  /** The address as every frame begins with it. */
  readonly prefix: Uint8Array;
  readonly #saved: Frame;
  readonly #refused: Frame;

  constructor(address: string) {
    const encoder = encoding.createEncoder();
    encoding.writeVarUint8Array(encoder, UTF8.encode(address));
    this.prefix = encoding.toUint8Array(encoder);
    this.#saved = this.#frame([HOCUSPOCUS.syncStatus, STATUS.saved]);
    this.#refused = this.#frame([HOCUSPOCUS.syncStatus, STATUS.refused]);
  }

  /** Its frames; none where the family has no word for it. */
  encode(message: RoomMessage): readonly Frame[] {
    switch (message.type) {
      case "ack":
      case "checkpoint":
      case "notice":
        return [];
      case "welcome":
        return [this.#authenticated(message.scopes)];
      case "rights":
        return [this.#authenticated(message.rights.scopes)];
      case "token-wanted":
        // Without a token it is the question for one; older clients, which have none to send, pass over it.
        return [this.#frame([HOCUSPOCUS.auth, HOCUSPOCUS_AUTH.token])];
      case "sync-step-1":
        return [this.#frame([HOCUSPOCUS.sync, SYNC.step1], message.stateVector)];
      case "sync-step-2":
        return [this.#frame([HOCUSPOCUS.sync, SYNC.step2], message.update)];
      case "update":
        return [this.#frame([HOCUSPOCUS.sync, SYNC.update], message.update)];
      case "awareness":
        return [this.#frame([HOCUSPOCUS.awareness], message.update)];
      case "custom":
        return [this.#frame([HOCUSPOCUS.stateless], UTF8.encode(message.payload))];
      case "acks":
        return Array.from({ length: message.count }, () => this.#saved);
      case "refused":
        // Of what it does not count it waits for no word.
        return message.number === undefined ? [] : [this.#refused];
      default:
        return assertNever(message);
    }
  }

  #authenticated(scopes: readonly string[]): Frame {
    const scope = scopes.includes("write") ? SCOPE.writes : SCOPE.reads;
    return this.#frame([HOCUSPOCUS.auth, HOCUSPOCUS_AUTH.authenticated], UTF8.encode(scope));
  }

  /** Numbers below 128 and, where there is one, a text or bytes with their length. */
  #frame(numbers: readonly number[], bytes?: Uint8Array): Frame {
    return encodeFrame(this.prefix.length + (bytes?.length ?? 0), (encoder) => {
      encoding.writeUint8Array(encoder, this.prefix);
      for (const number of numbers) encoding.writeVarUint(encoder, number);
      if (bytes !== undefined) encoding.writeVarUint8Array(encoder, bytes);
    });
  }
}
