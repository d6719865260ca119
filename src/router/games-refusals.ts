/**
 * Refusals in the words of Colyseus' SDK: of its matchmaking as JSON with `code` and `message`, of its sockets as an error in the socket.
 * @module
 */
import type { MiddlewareHandler } from "hono";
import { AUTH_FAILED_CODE, REFUSAL_CODES, UNHANDLED_CODE, gameErrorFrame } from "../protocol/game-refusals.ts";
import type { RouterEnv } from "./context.ts";
import type { ProblemBody } from "./problem.ts";
import { RefusedSockets, sayRefusals } from "./refused-socket.ts";

/** Its browser build asks with cookies, which nothing here reads or sets; without this header it could not read the answer. */
export const shareWithCookies: MiddlewareHandler<RouterEnv> = async (c, next) => {
  await next();
  if (c.res.headers.has("access-control-allow-origin")) c.res.headers.set("access-control-allow-credentials", "true");
};

/** Its error is the status of the answer with `message`. */
export const speakMatchmaking: MiddlewareHandler<RouterEnv> = async (c, next) => {
  await next();
  const { res } = c;
  if (res.headers.get("content-type") !== "application/problem+json") return;
  const problem = await res.json<ProblemBody>();
  const message = problem.detail ?? problem.title;
  const body = JSON.stringify({ ...problem, code: codeOf(problem), message });
  c.res = undefined;
  c.res = new Response(body, res);
};

const MAX_OPEN = 1_000;
/** They close at once: the SDK shows the error and takes the code as final. */
const refused = new RefusedSockets(0, MAX_OPEN);

export const speakSockets = sayRefusals(
  { greeting: (reason) => gameErrorFrame(AUTH_FAILED_CODE, reason) },
  [],
  refused,
);

function codeOf({ type, status }: ProblemBody): number {
  const known = Object.entries(REFUSAL_CODES).find(([tag]) => type === `urn:roost:problem:game-${tag}`);
  if (known !== undefined) return known[1];
  return status === 401 || status === 403 ? AUTH_FAILED_CODE : UNHANDLED_CODE;
}
