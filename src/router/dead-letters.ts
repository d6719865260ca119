/**
 * Messages that no retry could work off: to look at, and to put back on the queue.
 * @module
 */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { DeadLetters } from "../storage/d1/dead-letters.ts";
import type { RoomMessage } from "../queue/messages.ts";
import { auditLog } from "./audit-log.ts";
import { type RouterEnv, fail } from "./context.ts";
import * as routes from "./routes.ts";

export function addDeadLetterRoutes(app: OpenAPIHono<RouterEnv>): void {
  app.openapi(routes.listDeadLetters, async (c): Promise<Response> => {
    const { project = null, ...query } = c.req.valid("query");
    const page = await new DeadLetters(c.env.DB).list(project, query);
    return page.ok ? c.json(page.value) : fail(c, page.error);
  });

  app.openapi(routes.replayDeadLetter, async (c): Promise<Response> => {
    const { id } = c.req.valid("param");
    const letters = new DeadLetters(c.env.DB);
    const letter = await letters.find(id);
    if (!letter.ok) return fail(c, letter.error);
    if (letter.value === null) return fail(c, { tag: "no-route" });
    const message = readMessage(letter.value.body);
    if (message === undefined) return fail(c, { tag: "not-replayable" });
    // Sent twice does no harm, marked without being sent would.
    await c.env.EVENTS.send(message);
    const replayedMs = Date.now();
    const { project } = letter.value;
    await auditLog(c, {
      action: "replay-dead-letter",
      target: String(id),
      detail: { messageKind: message.kind },
      project,
    });
    const marked = await letters.markReplayed(id, replayedMs);
    return marked.ok ? c.json({ id, replayedMs }, 202) : fail(c, marked.error);
  });
}

/** The consumer checks the message in full; here it only has to be JSON of ours. */
function readMessage(body: string): RoomMessage | undefined {
  try {
    const message: unknown = JSON.parse(body);
    const isOurs = typeof message === "object" && message !== null && "v" in message && "kind" in message;
    // SAFETY: the queue takes any JSON, and its consumer trusts none.
    return isOurs ? (message as RoomMessage) : undefined;
  } catch {
    return undefined;
  }
}
