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
const MAX_EVENT_BYTES = 4 * 1024;
/** Of a key of the state, and of an event. */
export const NAME = /^(?!__proto__$)[^]{1,64}$/;

/** Deeper JSON may overflow the stack of whoever reads it. */
const MAX_LEVELS = 64;

/** Empty for nothing, and for what JSON does not have. */
export function toJson(value: unknown): string {
  try {
    return JSON.stringify(value) ?? "";
  } catch {
    return "";
  }
}

/** Of {@link toJson}: nothing is undefined again. */
export function parse(json: string): unknown {
  return json ? JSON.parse(json) : undefined;
}

/** All that one page says of its visitor. */
export function isPerson(user: Face, state: object): boolean {
  const json = toJson(state);
  return (
    isSmall(json, MAX_STATE_BYTES) &&
    isShallow(parse(json), MAX_LEVELS + 1) &&
    isSmall(json + toJson(user), MAX_SAID_BYTES) &&
    Object.keys(state).length <= MAX_STATE_KEYS
  );
}

/** Whether the server would take this JSON. */
export function isSmall(json: string, maxBytes = MAX_EVENT_BYTES): boolean {
  return toUtf8(json).length <= maxBytes;
}

/** Whether it takes what this JSON says; what an event says has one level less around it than a state. */
export function isShallow(value: unknown, levels = MAX_LEVELS): boolean {
  return (
    value !== Object(value) ||
    (levels > 0 && Object.values(Object(value)).every((inner) => isShallow(inner, levels - 1)))
  );
}
