/**
 * What goes in and out over HTTP about webhooks.
 * @module
 */
import { z } from "@hono/zod-openapi";
import { MAX_WEBHOOK_URL_CHARS } from "../auth/webhook-address.ts";
import { hasControl } from "../auth/user-id.ts";
import { WEBHOOK_EVENTS, parseEventFilters } from "../protocol/webhook-events.ts";
import { DELIVERY_STATUSES } from "../storage/d1/webhook-log.ts";
import { callerQuery, pageQuery } from "./schemas.ts";

const MAX_DESCRIPTION_CHARS = 200;
const DEFAULT_OVERLAP_SECONDS = 24 * 60 * 60;
const MAX_OVERLAP_SECONDS = 30 * 24 * 60 * 60;
/** An id, or milliseconds. */
const MAX_FROM_CHARS = 64;

const timeMs = z.number().int().openapi({ description: "Milliseconds since 1970." });

/** Its rules are the handler's, which knows where receivers may be. */
const url = z.string().max(MAX_WEBHOOK_URL_CHARS).openapi({
  description: "https, port 443, a public name. Redirects are not followed.",
  example: "https://hooks.shop.example/roost",
});

const description = z
  .string()
  .max(MAX_DESCRIPTION_CHARS)
  .refine((text) => text.isWellFormed() && !hasControl(text), "holds control characters");

const events = z
  .unknown()
  .transform((value, context): readonly string[] => {
    const filters = parseEventFilters(value);
    if (filters.ok) return filters.value;
    context.addIssue(filters.error.reason);
    return z.NEVER;
  })
  .openapi({
    type: "array",
    items: { type: "string" },
    description: `Types, families (\`document.*\`) or \`*\`. ${Object.keys(WEBHOOK_EVENTS).join(", ")}.`,
    example: ["document.*", "room.emptied"],
  });

export const createWebhookBody = z
  .strictObject({ url, events: events.default(["*"]), description: description.default("") })
  .openapi("NewWebhook");

export const changeWebhookBody = z
  .strictObject({ url, events, description, isEnabled: z.boolean() })
  .partial()
  .openapi("WebhookChanges", {
    description:
      "What is given replaces what was. Enabled again, it is told of what happens from then on; `replay` brings what it missed.",
  });

export const rotateWebhookBody = z
  .strictObject({
    overlapSeconds: z
      .number()
      .int()
      .min(0)
      .max(MAX_OVERLAP_SECONDS)
      .default(DEFAULT_OVERLAP_SECONDS)
      .openapi({ description: "How long each request is signed with the secret of before as well." }),
    force: z.boolean().default(false).openapi({
      description: "Also while an overlap runs, which is 409 otherwise: the secret of before it signs no more.",
    }),
  })
  .openapi("WebhookRotation");

export const webhookParams = z.object({
  endpoint: z
    .string()
    .regex(/^ep_[\w-]{22}$/, "is no id of an endpoint")
    .openapi({ param: { name: "endpoint", in: "path" }, example: "ep_2Vq0mQ7mS6y1TqGkRr3hXw" }),
});

export const webhooksQuery = z.strictObject({ ...callerQuery, ...pageQuery });

export const deliveriesQuery = z.strictObject({
  ...callerQuery,
  ...pageQuery,
  status: z
    .enum(DELIVERY_STATUSES)
    .optional()
    .openapi({ description: "`dead`: nobody tries any more; a replay does." }),
});

export const replayQuery = z.strictObject({
  ...callerQuery,
  from: z.string().min(1).max(MAX_FROM_CHARS).openapi({
    description: "Milliseconds since 1970, or the id of the first event.",
    example: "1790000000000",
  }),
});

const webhookFields = {
  id: z.string(),
  url: z.string(),
  description: z.string(),
  events: z.array(z.string()).readonly(),
  secretVersion: z.number().int(),
  previousUntilMs: timeMs.nullable().openapi({ description: "Until when the secret of before signs as well." }),
  failures: z
    .number()
    .int()
    .openapi({ description: "In a row; after five the whole endpoint rests between attempts." }),
  failingSinceMs: timeMs.nullable(),
  pausedUntilMs: timeMs.nullable(),
  disabledMs: timeMs.nullable(),
  disabledReason: z.string().nullable(),
  createdMs: timeMs,
  updatedMs: timeMs,
};

export const webhook = z.object(webhookFields).openapi("Webhook");

export const webhookWithSecret = z
  .object({
    ...webhookFields,
    secret: z.string().openapi({ description: "`whsec_…`, for a Standard Webhooks library. Shown here only." }),
  })
  .openapi("WebhookWithSecret");

export const webhookPage = z
  .object({ webhooks: z.array(webhook), cursor: z.string().nullable() })
  .openapi("WebhookPage");

export const deliveryPage = z
  .object({
    deliveries: z.array(
      z
        .object({
          event: z.string().openapi({ description: "Header `webhook-id`, the same in every attempt." }),
          sequence: z.number().int().openapi({ description: "What is about one room is delivered in this order." }),
          type: z.string(),
          subject: z.string().openapi({ description: "The room." }),
          atMs: timeMs,
          status: z.enum(DELIVERY_STATUSES),
          attempts: z.number().int(),
          tries: z
            .array(
              z.object({
                atMs: timeMs,
                status: z.number().int().nullable(),
                ms: z.number().int(),
                error: z.string().nullable(),
              }),
            )
            .readonly(),
          answer: z.string().openapi({ description: "What was answered last, at most 1,024 characters." }),
          updatedMs: timeMs,
        })
        .openapi("WebhookDelivery"),
    ),
    cursor: z.string().nullable(),
  })
  .openapi("WebhookDeliveryPage");

export const replayResult = z
  .object({
    events: z.number().int().openapi({ description: "On their way." }),
    next: z.string().nullable().openapi({ description: "Go on `from` this event; null when that was all." }),
  })
  .openapi("WebhookReplay");

export const testResult = z.object({ event: z.string() }).openapi("WebhookTest");
