/**
 * Ids of people, whoever says them.
 * @module
 */
import { NOBODY } from "../protocol/profile.ts";
import { type Result, err, ok } from "../protocol/result.ts";
import type { UserId } from "./grants.ts";

export const MAX_USER_CHARS = 128;
export const ANONYMOUS = NOBODY as UserId;

export type BadUser = { readonly tag: "bad-user"; readonly reason: string };

/** 1–128 characters without controls or halves of surrogate pairs. */
export function parseUserId(text: string): Result<UserId, BadUser> {
  if (text === "") return bad("A user id is not empty.");
  if (text.length > MAX_USER_CHARS) return bad(`A user id has at most ${MAX_USER_CHARS} characters.`);
  if (!text.isWellFormed() || hasControl(text)) return bad("A user id holds no control characters.");
  return ok(text as UserId);
}

/** C0, DEL and C1. */
export function hasControl(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || (code >= 0x7f && code <= 0x9f)) return true;
  }
  return false;
}

function bad(reason: string): Result<never, BadUser> {
  return err({ tag: "bad-user", reason });
}
