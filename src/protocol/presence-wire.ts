/**
 * What both directions of `roost.presence.v1` have in common: points, statuses, whole frames.
 * @module
 */
import * as decoding from "lib0/decoding";
import * as encoding from "lib0/encoding";
import { PERSON_STATUSES, type PersonStatus } from "./presence-messages.ts";
import { type Result, err, ok } from "./result.ts";

/** A frame that is not of the grammar. `reason` is safe to show. */
export type BadPresenceFrame = { readonly tag: "bad-frame"; readonly reason: string };

type CursorTypes = { readonly cursor: number; readonly anchor: number };
type CursorMessage = { readonly actor?: number; readonly anchor?: number; readonly x: number; readonly y: number };

export function writeCursor(
  encoder: encoding.Encoder,
  types: CursorTypes,
  { actor, anchor, x, y }: CursorMessage,
): void {
  encoding.writeVarUint(encoder, anchor === undefined ? types.cursor : types.anchor);
  if (actor !== undefined) encoding.writeVarUint(encoder, actor);
  if (anchor !== undefined) encoding.writeUint32(encoder, anchor);
  encoding.writeUint16(encoder, x);
  encoding.writeUint16(encoder, y);
}

export function readPoint(decoder: decoding.Decoder): { readonly x: number; readonly y: number } {
  return { x: decoding.readUint16(decoder), y: decoding.readUint16(decoder) };
}

export function readStatus(decoder: decoding.Decoder): PersonStatus {
  const status = PERSON_STATUSES[decoding.readVarUint(decoder)];
  if (status === undefined) throw new RangeError("unknown status");
  return status;
}

/** All messages of a frame, or why it is none; never throws. */
export function decodePresenceFrame<T>(
  frame: Uint8Array,
  readMessage: (decoder: decoding.Decoder) => T,
  maxMessages: number,
): Result<readonly T[], BadPresenceFrame> {
  const decoder = decoding.createDecoder(frame);
  const messages: T[] = [];
  try {
    while (decoding.hasContent(decoder)) {
      if (messages.length === maxMessages) return badFrame("too many messages in one frame");
      messages.push(readMessage(decoder));
    }
  } catch (error) {
    return badFrame(error instanceof Error ? error.message : "unreadable");
  }
  return messages.length === 0 ? badFrame("empty frame") : ok(messages);
}

function badFrame(reason: string): { readonly ok: false; readonly error: BadPresenceFrame } {
  return err({ tag: "bad-frame", reason });
}
