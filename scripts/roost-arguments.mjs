/**
 * What people type after `npx roost`, read into numbers and pairs.
 * @module
 */
import { ROOM_KINDS } from "./roost-known.mjs";

/** What was typed cannot be meant so; the message says what to type. */
export class Misuse extends Error {}

const UNIT_SECONDS = /** @type {Readonly<Record<string, number>>} */ ({ s: 1, m: 60, h: 3_600, d: 86_400 });

/**
 * `90s`, `15m`, `24h`, `30d`, or seconds.
 * @param {string} name
 * @param {string} text
 */
export function parseSeconds(name, text) {
  const [, digits, unit = "s"] = /^(\d{1,9})([smhd])?$/.exec(text) ?? [];
  const factor = UNIT_SECONDS[unit];
  if (digits === undefined || factor === undefined) throw new Misuse(`${name} is a duration such as 15m, 24h or 30d`);
  return Number(digits) * factor;
}

/**
 * A date as JavaScript reads it, or milliseconds since 1970.
 * @param {string} name
 * @param {string} text
 */
export function parseTimeMs(name, text) {
  const ms = /^\d{1,15}$/.test(text) ? Number(text) : Date.parse(text);
  if (!Number.isFinite(ms)) throw new Misuse(`${name} is a date such as 2026-01-31T12:00:00Z`);
  return ms;
}

/**
 * `name=value` each, cut at the last `=`: patterns of rooms may hold one.
 * @param {string} what
 * @param {readonly string[]} texts
 * @returns {readonly (readonly [string, string])[]}
 */
export function parsePairs(what, texts) {
  return texts.map((text) => {
    const cut = text.lastIndexOf("=");
    if (cut < 1 || cut === text.length - 1) throw new Misuse(`${what} is said as name=value, not as ${text}`);
    return [text.slice(0, cut), text.slice(cut + 1)];
  });
}

/**
 * `pattern=scope,scope` each. Whether the scopes are known is the server's to say; a kind that is misspelt would be found by nobody.
 * @param {readonly string[]} texts
 * @returns {Readonly<Record<string, readonly string[]>>}
 */
export function parseRooms(texts) {
  const pairs = parsePairs("a room", texts);
  for (const [pattern] of pairs) {
    const isKnown =
      pattern === "*" || ROOM_KINDS.some((kind) => pattern.startsWith(`${kind}:`) && pattern !== `${kind}:`);
    const kinds = ROOM_KINDS.map((kind) => `${kind}:`).join(", ");
    if (!isKnown) throw new Misuse(`${pattern} is no pattern of rooms, which begins with one of ${kinds}, or is *`);
  }
  return Object.fromEntries(pairs.map(([pattern, scopes]) => [pattern, scopes.split(",")]));
}
