/**
 * What the server takes of who says it; more would end the socket for good (PRESENCE.md, Limits). Of a face it leaves out what it does not take.
 * @module
 */
import type { Face } from "../../src/protocol/presence-messages.ts";
import { toUtf8 } from "./utf8.ts";

const MAX_STATE_KEYS = 32;
const MAX_STATE_BYTES = 8 * 1024;
/** User and state together. */
const MAX_SAID_BYTES = 11 * 1024;
export const MAX_EVENT_BYTES = 4 * 1024;
/** Of a key of the state, and of an event. */
export const NAME = /^(?!__proto__$)[^]{1,64}$/;

/** Empty for nothing, and for what JSON does not have. */
export function toJson(value: unknown): string {
  return JSON.stringify(value) ?? "";
}

/** All that one page says of its visitor. */
export function isPerson(user: Face, state: object): boolean {
  const json = toJson(state);
  return (
    sizeOf(json) <= MAX_STATE_BYTES &&
    sizeOf(json + toJson(user)) <= MAX_SAID_BYTES &&
    Object.keys(state).length <= MAX_STATE_KEYS
  );
}

export function sizeOf(json: string): number {
  return toUtf8(json).length;
}
