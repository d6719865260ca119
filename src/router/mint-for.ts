/**
 * Tokens of a project, signed for whoever may have them made.
 * @module
 */
import { formatKey } from "../auth/keys.ts";
import { type MintClaims, type MintedToken, mintToken } from "../auth/mint-token.ts";
import { type Result, err } from "../protocol/result.ts";
import { memberOf } from "./access.ts";
import type { RouterContext } from "./context.ts";
import type { RouterError } from "./problem.ts";
import { projectsOf } from "./project-cache.ts";

/** A token of the caller's project, which ends with what the caller came with at the latest. */
export async function mintFor(c: RouterContext, claims: MintClaims): Promise<Result<MintedToken, RouterError>> {
  const { secrets } = c.get("config");
  if (secrets.length === 0) return err({ tag: "misconfigured", reason: "ROOST_SECRETS is not set." });
  const member = memberOf(c);
  const { project } = member;
  const found = await projectsOf(c.env).find(project, "proven");
  if (!found.ok) return found;
  if (found.value === null) return err({ tag: "no-route" });
  const { keyVersion, previousUntilMs } = found.value;
  // With the caller's own key: whoever holds one that is rotated away makes nothing that outlives it.
  const { version = member.keyVersion ?? keyVersion, master } = member.key ?? {};
  const signer = await formatKey(secrets, { kind: "sk", project, version, ...(master !== undefined && { master }) });
  const keyEndsMs = version < keyVersion ? (previousUntilMs ?? 0) : Infinity;
  const untilMs = Math.min(keyEndsMs, member.expiresMs ?? Infinity);
  const minted = await mintToken(signer, claims, { nowMs: Date.now(), untilMs });
  return minted.ok ? minted : err({ tag: "bad-request", reason: minted.error.reason });
}
