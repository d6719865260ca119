/**
 * What goes in and out of the routes about who wrote what, and when.
 * @module
 */
import { z } from "@hono/zod-openapi";
import { callerQuery, timeText } from "./schemas.ts";

const DAY_SECONDS = 24 * 60 * 60;
const MIN_EVERY_SECONDS = 60;
const MAX_EVERY_SECONDS = 366 * DAY_SECONDS;
/** As the room writes it. */
const CURSOR = /^[\da-f-]{0,60}~\d{1,15}~\d{1,15}$/;

const timeMs = z.number().int().openapi({ description: "Milliseconds since 1970." });
const user = z.string().openapi({ description: "User id; empty where nobody knows any more.", example: "alice" });
const bytes = z.string().openapi({ format: "byte", description: "Yjs update (V1) in base64." });

export const blameQuery = z.strictObject({ ...callerQuery });

const range = {
  ...callerQuery,
  from: timeText.optional().openapi({ description: "Then or later." }),
  to: timeText.optional().openapi({ description: "Then or before. Default: now." }),
};

export const historyQuery = z.strictObject({
  ...range,
  cursor: z.string().regex(CURSOR, "is no cursor").optional().openapi({ description: "Of the page before." }),
});

export const activityQuery = z.strictObject({
  ...range,
  from: timeText.optional().openapi({ description: "Then or later. Default: a week before `to`." }),
  every: z.coerce.number().int().min(MIN_EVERY_SECONDS).max(MAX_EVERY_SECONDS).default(DAY_SECONDS).openapi({
    description: "Seconds of an interval; intervals begin at multiples of it since 1970.",
  }),
});

const blameRange = z.object({
  user,
  atMs: timeMs.nullable().openapi({ description: "The minute it was written in; null where nobody knows." }),
  path: z
    .array(z.union([z.string(), z.number().int()]))
    .openapi({ description: "Of the shared type, from the root's name down.", example: ["default", 0] }),
  at: z
    .union([z.number().int(), z.string()])
    .openapi({ description: "Index in the type, in UTF-16 code units or items; the key in maps and attributes." }),
  length: z.number().int(),
  excerpt: z.string().openapi({ description: "Of the text, at most 80 characters." }),
});

export const blame = z.object({ ranges: z.array(blameRange) }).openapi("Blame", {
  description: "Every character, item and key once, in reading order.",
});

export const activity = z
  .object({
    activity: z.array(
      z.object({
        fromMs: timeMs,
        user,
        updates: z
          .number()
          .int()
          .openapi({ description: "As they are stored: what was typed without a pause may be one." }),
        inserted: z.number().int().openapi({ description: "Characters and values." }),
      }),
    ),
  })
  .openapi("Activity");

const step = z.object({
  firstSeq: z.number().int(),
  seq: z.number().int(),
  atMs: timeMs,
  updates: z.array(z.object({ user, update: bytes })),
});

export const history = z
  .object({
    start: bytes
      .nullable()
      .openapi({ description: "The document before the first step, as a Yjs update (V1); null on later pages." }),
    steps: z.array(step).openapi({ description: "In their order; applied to `start` they are the document." }),
    cursor: z.string().nullable(),
  })
  .openapi("History");
