/**
 * `roost/server`: tokens and documents for a customer's back end, in Node, Workers or wherever else there is WebCrypto.
 * @module
 */
import { type MintClaims, mintToken } from "../src/auth/mint-token.ts";

export type * from "./server/answers.ts";
export { RoostProblem, type RoostServerOptions } from "./server/request.ts";
export { RoostServer } from "./server/roost-server.ts";
export type { MintClaims } from "../src/auth/mint-token.ts";

/**
 * A token that lets its bearer into `rooms`, signed here with the project's `sk_` key: no request is made.
 *
 * @example
 * const token = await createToken(secretKey, { user: "alice", name: "Alice", rooms: { "document:team/*": ["read", "write", "presence"] } });
 * @throws TypeError that says which of the claims does not fit, or that the key is none.
 */
export async function createToken(secretKey: string, claims: MintClaims): Promise<string> {
  const minted = await mintToken(secretKey, claims, { nowMs: Date.now() });
  if (!minted.ok) throw new TypeError(minted.error.reason);
  return minted.value.token;
}
