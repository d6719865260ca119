/**
 * What goes in and out of the routes that administer a room.
 * @module
 */
import { z } from "@hono/zod-openapi";
import { MAX_ID_BYTES, ROOM_KINDS } from "../protocol/room-id.ts";

export const roomParams = z.object({
  kind: z.enum(ROOM_KINDS).openapi({ param: { name: "kind", in: "path" } }),
  id: z.string().openapi({
    param: { name: "id", in: "path" },
    description: `Room id, 1–${MAX_ID_BYTES} bytes, as one percent-encoded segment.`,
    example: "team%2Fnotes",
  }),
});

/** Bytes of a close frame's reason, of the 123 that RFC 6455 §5.5 leaves. */
const MAX_REASON_BYTES = 120;
const reason = z
  .string()
  .refine(
    (text) => new TextEncoder().encode(text).length <= MAX_REASON_BYTES,
    `has more than ${MAX_REASON_BYTES} bytes`,
  )
  .optional()
  .openapi({ description: "Shown to whoever is removed." });
const kicked = z.string().min(1).max(128);

export const kickBody = z
  .union([z.strictObject({ user: kicked, reason }), z.strictObject({ session: kicked, reason })])
  .openapi("Kick", { description: "All sockets of a user, or one socket." });

export const kickResult = z.object({ closed: z.number().int().openapi({ description: "Sockets." }) }).openapi("Kicked");

export const lockMode = z
  .enum(["open", "read", "closed"])
  .openapi({ description: "`read`: only administrators write; `closed`: only they are let in." });

export const lockBody = z.strictObject({ mode: lockMode }).openapi("Lock");
