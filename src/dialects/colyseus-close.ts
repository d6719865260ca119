/**
 * How sockets of the Colyseus family end. Its SDK comes back by itself after 1001, 1005, 1006 and 4010 and after nothing else, and shows
 * the text of an error frame more readily than that of a close.
 * @module
 */
import { encode as write } from "@colyseus/schema";
import type { Frame } from "../core/events.ts";
import type { GameCloseReason } from "../core/game/ports.ts";
import { CLOSE_FRAMES, type CloseFrame, type CloseReason } from "../protocol/close-codes.ts";
import { CODE } from "./colyseus-codes.ts";

const CONSENTED = 4000;
const MAY_TRY_RECONNECT = 4010;
/** RFC 6455 §5.5: a reason has at most 123 bytes. */
const MAX_REASON_BYTES = 123;

const COMES_BACK: ReadonlySet<CloseReason> = new Set<CloseReason>(["unavailable", "internal", "hello-late"]);
/** Of these nothing is to be shown: it asked for it, or is back in a moment. */
const IS_SILENT: ReadonlySet<number> = new Set([CONSENTED, 1001, MAY_TRY_RECONNECT]);

export function colyseusCloseFrame(reason: CloseReason): CloseFrame {
  const frame = CLOSE_FRAMES[reason];
  if (COMES_BACK.has(reason)) return { code: MAY_TRY_RECONNECT, reason: frame.reason };
  return reason === "normal" ? { code: CONSENTED, reason: "" } : frame;
}

/** The same for reasons that only games have. */
const GAME_REASONS: Readonly<Record<GameCloseReason, CloseFrame>> = {
  consented: { code: CONSENTED, reason: "" },
  kicked: { code: CLOSE_FRAMES.forbidden.code, reason: "removed from the room" },
  disposed: { code: CLOSE_FRAMES.deleted.code, reason: "the room has ended" },
  malformed: CLOSE_FRAMES.malformed,
  "too-large": { code: CLOSE_FRAMES["too-large"].code, reason: "frame too large" },
  "too-fast": CLOSE_FRAMES["too-fast"],
  unavailable: { code: MAY_TRY_RECONNECT, reason: CLOSE_FRAMES.unavailable.reason },
  refused: { code: CLOSE_FRAMES.forbidden.code, reason: "not let in" },
};

/** `detail` is shown to the player; cut to what a close frame has room for. */
export function gameCloseFrame(reason: GameCloseReason, detail = ""): CloseFrame {
  const frame = GAME_REASONS[reason];
  return detail === "" ? frame : { code: frame.code, reason: cut(detail) };
}

/** What is said before that close frame: its code and text as an error, which the SDK hands to `onError`. */
export function gameFarewell(reason: GameCloseReason, detail = ""): readonly Frame[] {
  return farewell(GAME_REASONS[reason], detail);
}

export function colyseusFarewell(reason: CloseReason, detail: string): readonly Frame[] {
  return farewell(colyseusCloseFrame(reason), detail);
}

export function errorFrame(code: number, message: string): Uint8Array<ArrayBuffer> {
  const buffer = new Uint8Array(19 + 3 * message.length);
  const at = { offset: 1 };
  buffer[0] = CODE.error;
  write.number(buffer, code, at);
  write.string(buffer, message, at);
  return buffer.slice(0, at.offset);
}

function farewell({ code, reason }: CloseFrame, detail: string): readonly Frame[] {
  return IS_SILENT.has(code) ? [] : [errorFrame(code, detail === "" ? reason : detail)];
}

function cut(text: string): string {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= MAX_REASON_BYTES) return text;
  // A letter that was cut in two is left out.
  return new TextDecoder().decode(bytes.subarray(0, MAX_REASON_BYTES)).replace(/\uFFFD+$/u, "");
}
