/**
 * What somebody joins with, as far as it can be passed on: plain data of a size that fits a row.
 * @module
 */
import { type Result, err, ok } from "../protocol/result.ts";
import type { Plain } from "../rooms/game-api.ts";
import type { RouterError } from "./problem.ts";

export type Options = { readonly [key: string]: Plain };

/** As those of a message. What is deeper ends in the stack of whoever walks through it. */
const MAX_DEPTH = 32;
/** As the room has it. */
const MAX_CHARS = 4_096;

export function parseOptions(body: unknown): Result<Options, RouterError> {
  // A list stands for nothing.
  if (typeof body !== "object" || body === null || Array.isArray(body)) return ok({});
  if (!isWithin(body, MAX_DEPTH)) return bad(`Options are nested at most ${MAX_DEPTH} levels deep.`);
  if (JSON.stringify(body).length > MAX_CHARS) return bad(`Options have at most ${MAX_CHARS} characters of JSON.`);
  // SAFETY: it was JSON.
  return ok(body as Options);
}

function isWithin(value: unknown, depth: number): boolean {
  if (typeof value !== "object" || value === null) return true;
  return depth > 0 && Object.values(value).every((inner) => isWithin(inner, depth - 1));
}

function bad(reason: string): Result<never, RouterError> {
  return err({ tag: "bad-request", reason });
}
