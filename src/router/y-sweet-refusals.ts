/**
 * What a Y-Sweet client gets instead of a socket. It asks its application for a fresh token after three upgrades that were refused,
 * shows nobody what it hears, and goes on for ever.
 * @module
 */
import type { MiddlewareHandler } from "hono";
import { ADDRESS_HEADER, countedAddress, hashAddress } from "./caller-address.ts";
import { type RouterContext, type RouterEnv, isUpgrade } from "./context.ts";
import { DENIED_VOICE, sayRefusals } from "./refused-socket.ts";
import { TokenBuckets } from "./token-buckets.ts";

/** Three attempts at once, by which it gets a fresh token in 2 s. Where that is the same again, it is in no hurry any more. */
const PLAIN_PER_MINUTE = 3;
/** What a fresh token may end. */
const ENDED: ReadonlySet<string> = new Set(["unauthorized", "token-expired"]);

const plain = new TokenBuckets();
const say = sayRefusals(DENIED_VOICE);

/** Around all that may refuse its upgrades. */
export const sayYSweetRefusals: MiddlewareHandler<RouterEnv> = async (c, next) => {
  await next();
  const isEnded = ENDED.has(c.get("failure")?.tag ?? "");
  if (isEnded && isUpgrade(c) && plain.take(await keyOf(c), PLAIN_PER_MINUTE, Date.now()) === 0) return;
  await say(c, async () => undefined);
};

/** A token at an address; it is kept nowhere. */
async function keyOf(c: RouterContext): Promise<string> {
  const [master] = c.get("config").secrets;
  const offered = `${countedAddress(c.req.header(ADDRESS_HEADER))} ${c.req.query("token") ?? ""}`;
  return await hashAddress(offered, master?.secret ?? "");
}
