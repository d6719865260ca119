/**
 * What whoever runs the server asks: is it up, what does it offer, how much does it do.
 * @module
 */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { DeadLetters } from "../storage/d1/dead-letters.ts";
import type { RouterEnv } from "./context.ts";
import { renderMetrics } from "./metrics.ts";
import * as routes from "./routes.ts";

const INFO = {
  openapi: "3.1.0",
  info: {
    title: "Roost",
    version: "1",
    description: "Real-time collaboration: documents, their rooms and their search.",
  },
};

export function addOperationRoutes(app: OpenAPIHono<RouterEnv>): void {
  app.openapi(routes.healthz, async (c) => c.text("ok"));

  // Made once, when every route is there: anybody may ask for it as often as they like.
  let description: string | undefined;
  app.openapi(routes.openapi, async (): Promise<Response> => {
    description ??= JSON.stringify(app.getOpenAPI31Document(INFO));
    return new Response(description, { headers: { "content-type": "application/json" } });
  });

  app.openapi(routes.metrics, async (c): Promise<Response> => {
    const open = await new DeadLetters(c.env.DB).countOpen();
    const help = "Dead letters that nobody has replayed, of the whole deployment, counted up to 10,000.";
    const gauges = open.ok ? { roost_dead_letters: { help, value: open.value } } : {};
    return new Response(renderMetrics(gauges), {
      headers: { "content-type": "text/plain; version=0.0.4; charset=utf-8" },
    });
  });
}
