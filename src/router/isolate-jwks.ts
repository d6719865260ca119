/**
 * The key sets that this isolate knows: fetched for one request, there for all that follow.
 * @module
 */
import { type JwksSource, createJwks } from "../auth/jwks.ts";
import type { Config } from "../config.ts";

let publicOnly: JwksSource | undefined;
let loopbackToo: JwksSource | undefined;

/** In open mode an identity provider may run on the developer's own machine. */
export function jwksOf({ isOpen }: Pick<Config, "isOpen">): JwksSource {
  if (isOpen) return (loopbackToo ??= make(true));
  return (publicOnly ??= make(false));
}

function make(allowsLoopback: boolean): JwksSource {
  return createJwks(async (request) => await fetch(request), Date.now, { allowsLoopback });
}
