/**
 * What a token says, checked: of its own making or of a project's identity provider.
 * @module
 */
import { type Result, err, ok } from "../protocol/result.ts";
import { type Limits, parseLimits } from "../protocol/room-limits.ts";
import type { Profile, UserId } from "./grants.ts";
import { type RoomAccess, parseAccess } from "./room-access.ts";
import { ANONYMOUS, hasControl, parseUserId } from "./user-id.ts";

export type TokenClaims = {
  readonly user: UserId;
  /** Absent where the token says nothing of a name, color or avatar. */
  readonly profile?: Profile;
  readonly access: RoomAccess;
  readonly limits: Partial<Limits>;
  /** Unix ms of `exp` and `nbf`; without the latter 0. */
  readonly expiresMs: number;
  readonly notBeforeMs: number;
};

/** `reason` is one sentence that may be shown to whoever made the token. */
export type BadClaims = { readonly tag: "bad-claims"; readonly reason: string };

const MAX_NAME_CHARS = 128;
const MAX_AVATAR_CHARS = 512;
const COLOR = /^#([\da-f]{3}|[\da-f]{6})$/i;
/** 9999-12-31T23:59:59Z: beyond it somebody counted in milliseconds. */
const MAX_SECONDS = 253_402_300_799;

/** Claims of a payload, whatever it holds beside them. Of rooms and limits, absent means none. */
export function parseClaims(payload: Readonly<Record<string, unknown>>): Result<TokenClaims, BadClaims> {
  const { sub, exp, nbf, iat, rooms, limits } = payload;
  const user = typeof sub === "string" ? parseUserId(sub) : bad("sub is the id of the user.");
  if (!user.ok) return bad(user.error.reason);
  if (user.value === ANONYMOUS) return bad("sub names somebody: anonymous is who nobody named.");
  if (!isTime(exp)) return bad("exp is the time of expiry in Unix seconds.");
  if (nbf !== undefined && !isTime(nbf)) return bad("nbf is a time in Unix seconds.");
  if (iat !== undefined && !isTime(iat)) return bad("iat is a time in Unix seconds.");
  const profile = parseProfile(payload);
  if (!profile.ok) return profile;
  const access = parseAccess(rooms ?? {});
  if (!access.ok) return bad(access.error.reason);
  const some = parseLimits(limits ?? {});
  if (!some.ok) return bad(some.error.reason);
  return ok({
    user: user.value,
    ...(Object.keys(profile.value).length > 0 && { profile: profile.value }),
    access: access.value,
    limits: some.value,
    expiresMs: Math.floor(exp * 1000),
    notBeforeMs: nbf === undefined ? 0 : Math.floor(nbf * 1000),
  });
}

/** A field that is there and does not fit is refused, not left out: who sets it wrong would be free to wear another's face. */
export function parseProfile(fields: Readonly<Record<string, unknown>>): Result<Profile, BadClaims> {
  const { name, color, avatar } = fields;
  if (name !== undefined && !isName(name)) {
    return bad(`name has 1 to ${MAX_NAME_CHARS} characters and no control characters.`);
  }
  if (color !== undefined && !(typeof color === "string" && COLOR.test(color))) return bad("color is #rgb or #rrggbb.");
  if (avatar !== undefined && !isAvatar(avatar)) {
    return bad(`avatar is an https URL of at most ${MAX_AVATAR_CHARS} characters.`);
  }
  return ok({
    ...(name !== undefined && { name }),
    ...(color !== undefined && { color }),
    ...(avatar !== undefined && { avatar }),
  });
}

function isName(value: unknown): value is string {
  if (typeof value !== "string" || value.length < 1 || value.length > MAX_NAME_CHARS) return false;
  return value.isWellFormed() && !hasControl(value);
}

function isAvatar(value: unknown): value is string {
  if (typeof value !== "string" || value.length > MAX_AVATAR_CHARS || hasControl(value)) return false;
  return value.isWellFormed() && value.startsWith("https://") && URL.parse(value) !== null;
}

function isTime(value: unknown): value is number {
  return typeof value === "number" && value >= 0 && value <= MAX_SECONDS;
}

function bad(reason: string): Result<never, BadClaims> {
  return err({ tag: "bad-claims", reason });
}
