/**
 * Tokens signed with a project's `sk_` key (HS256): by the server for whoever asks it, and by a customer's back end on its own.
 * @module
 */
import { CompactSign } from "jose";
import { type Result, err, ok } from "../protocol/result.ts";
import type { Limits } from "../protocol/room-limits.ts";
import { keyIdOf, signingKey } from "./keys.ts";
import type { RoomAccess } from "./room-access.ts";
import { type BadClaims, parseClaims } from "./token-claims.ts";
import { MAX_TOKEN_CHARS } from "./token-text.ts";

export type MintClaims = {
  /** Stable id of the person: 1–128 characters, shown to others. */
  readonly user: string;
  /** What others see in place of whatever the person's page says. */
  readonly name?: string | undefined;
  /** `#rgb` or `#rrggbb`. */
  readonly color?: string | undefined;
  /** An https URL. */
  readonly avatar?: string | undefined;
  /** From pattern to scopes: `{"document:team/*": ["read", "write", "presence"]}`. What no pattern names is denied. */
  readonly rooms: RoomAccess;
  /** Lower ones than the project's. */
  readonly limits?: Partial<Limits> | undefined;
  /** From now; one hour when absent, at most a day. */
  readonly expiresInSeconds?: number | undefined;
};

export type MintedToken = { readonly token: string; readonly expiresMs: number };

export const DEFAULT_TOKEN_SECONDS = 3_600;
export const MAX_TOKEN_SECONDS = 86_400;
const encoder = new TextEncoder();

export type MintTimes = {
  readonly nowMs: number;
  /** The token ends then at the latest, whatever its claims ask for. */
  readonly untilMs?: number;
};

/** A token that the server accepts from now on. What the server would refuse is refused here, with the reason. */
export async function mintToken(
  secretKey: string,
  claims: MintClaims,
  { nowMs, untilMs = Infinity }: MintTimes,
): Promise<Result<MintedToken, BadClaims>> {
  const kid = keyIdOf(secretKey);
  if (kid === null) return bad("Tokens are minted with a project's secret key, sk_….");
  const seconds = claims.expiresInSeconds ?? DEFAULT_TOKEN_SECONDS;
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > MAX_TOKEN_SECONDS) {
    return bad(`expiresInSeconds is a whole number from 1 to ${MAX_TOKEN_SECONDS}.`);
  }
  const { user, name, color, avatar, rooms, limits } = claims;
  const iat = Math.floor(nowMs / 1000);
  const exp = Math.min(iat + seconds, Math.floor(untilMs / 1000));
  const payload = { sub: user, name, color, avatar, rooms, limits, iat, exp };
  const checked = parseClaims(payload);
  if (!checked.ok) return checked;
  const token = await new CompactSign(encoder.encode(JSON.stringify(payload)))
    .setProtectedHeader({ alg: "HS256", kid, typ: "JWT" })
    .sign(await signingKey(secretKey));
  if (token.length > MAX_TOKEN_CHARS)
    return bad(`A token has at most ${MAX_TOKEN_CHARS} characters: name fewer rooms.`);
  return ok({ token, expiresMs: checked.value.expiresMs });
}

function bad(reason: string): Result<never, BadClaims> {
  return err({ tag: "bad-claims", reason });
}
