/**
 * What the entries of all routes are made of.
 * @module
 */
import type { z } from "@hono/zod-openapi";

/** A refusal: a reference, so that a handler may answer with a Response that is made elsewhere. */
export const PROBLEM = { $ref: "#/components/responses/Problem" } as const;

/** An answer in JSON. */
export const json = <T extends z.ZodType>(description: string, schema: T) => ({
  description,
  content: { "application/json": { schema } },
});

/** A body in JSON. */
export const body = <T extends z.ZodType>(schema: T) => ({
  required: true,
  content: { "application/json": { schema } },
});
