/**
 * A fresh token or key that comes through a socket, judged like the one it came with.
 * @module
 */
import { type AuthError, unauthorized } from "../auth/auth-error.ts";
import { authenticate } from "../auth/authenticate.ts";
import type { Member } from "../auth/principal.ts";
import { loadConfig } from "../config.ts";
import type { Env } from "../env.ts";
import type { Result } from "../protocol/result.ts";
import type { Shown } from "../rooms/token-renewal.ts";
import { jwksOf } from "./isolate-jwks.ts";
import { projectsOf } from "./project-cache.ts";

/** Whoever brings nothing is nobody, in open mode too. The page of the socket was looked at when it connected. */
export async function reauthenticate(env: Env, { text, user }: Shown): Promise<Result<Member, AuthError>> {
  if (text === "") return unauthorized("There is no key and no token.");
  const { isOpen, secrets, operatorSecret } = loadConfig(env);
  const nothing = { bearer: null, queryToken: null, queryKey: null };
  const principal = await authenticate(
    { ...nothing, socketToken: text, user, origin: "looked at" },
    {
      ...{ isOpen, secrets, operatorSecret },
      projects: projectsOf(env),
      jwks: jwksOf({ isOpen }),
      nowMs: Date.now(),
      isOriginAllowed: () => true,
    },
  );
  if (!principal.ok) return principal;
  // Its secret counts in a header alone.
  return principal.value.kind === "operator"
    ? unauthorized("It is the operator's.")
    : { ok: true, value: principal.value };
}
