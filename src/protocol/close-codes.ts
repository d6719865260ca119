/**
 * Why a socket is closed, and the code that says so (DESIGN §6). Codes in 4400–4499 are final for y-websocket 3.1;
 * everything retryable lies outside.
 * @module
 */

export type CloseReason =
  | "malformed"
  | "too-large"
  | "unauthorized"
  | "forbidden"
  | "deleted"
  | "refresh-token"
  | "hello-late"
  | "too-fast"
  | "vanished"
  | "unavailable"
  | "internal"
  | "normal";

export type CloseFrame = { readonly code: number; readonly reason: string };

/** Code and text per reason. Texts stay below the 123 bytes of RFC 6455 §5.5. */
export const CLOSE_FRAMES: Readonly<Record<CloseReason, CloseFrame>> = {
  malformed: { code: 4400, reason: "malformed frame" },
  "too-large": { code: 4413, reason: "frame or document too large" },
  unauthorized: { code: 4401, reason: "not authorized" },
  forbidden: { code: 4403, reason: "not allowed here" },
  deleted: { code: 4404, reason: "document deleted" },
  "refresh-token": { code: 4501, reason: "token needs refreshing" },
  "hello-late": { code: 4508, reason: "hello or auth too late" },
  "too-fast": { code: 4529, reason: "too fast, back off" },
  // Not 1013: who was asleep and is back should not be kept waiting.
  vanished: { code: 1001, reason: "nothing was heard for too long" },
  unavailable: { code: 1013, reason: "try again later" },
  internal: { code: 1011, reason: "internal error, try again" },
  normal: { code: 1000, reason: "" },
};

const FINAL_CODES: ReadonlySet<number> = new Set([4400, 4413, 4401, 4403, 4404]);

/** True when a client must not reconnect by itself after `code`. */
export function isFinalCloseCode(code: number): boolean {
  return FINAL_CODES.has(code);
}

/** True when a client reconnects with a longer delay after `code`. */
export function isBackOffCloseCode(code: number): boolean {
  return code === 1013 || code === 4508 || code === 4529;
}
