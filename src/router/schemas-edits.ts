/**
 * What goes in and out of the routes that edit a document in words.
 * @module
 */
import { z } from "@hono/zod-openapi";
import { callerQuery } from "./schemas.ts";

const MAX_OPERATIONS = 1_000;

export const plainQuery = z.strictObject({ ...callerQuery });

const MAX_NAME_CHARS = 128;

const showAs = z
  .string()
  .min(1)
  .max(MAX_NAME_CHARS)
  .refine((name) => name.isWellFormed() && !/\p{Cc}/u.test(name), "A name holds no control characters.")
  .optional()
  .openapi({
    description:
      "People in the document see the editor among them for five seconds, under this name, with a cursor where it wrote: awareness `{user: {name, color}, cursor: {anchor, head}}`. Name, color and avatar of a token stand in its place. Needs the scope `presence`.",
    example: "Summary bot",
  });

export const patchQuery = z.strictObject({ ...callerQuery, showAs });

export const putQuery = z.strictObject({
  ...callerQuery,
  showAs,
  root: z.string().min(1).max(256).optional().openapi({
    description: "Absent: the only root with prose, or `default` in a document that has none.",
    example: "default",
  }),
  schema: z.enum(["tiptap", "basic"]).optional().openapi({
    description:
      "Whose names new blocks of Markdown have where the document does not say: Tiptap's (`bulletList`, `bold`), or those of prosemirror-schema-basic (`bullet_list`, `strong`).",
  }),
});

export const operations = z
  .array(z.unknown())
  .min(1)
  .max(MAX_OPERATIONS)
  .openapi("Operations", {
    description: "All of them or none, in order; a 422 names the first that does not fit.",
    example: [
      { op: "test", path: "/meta/status", value: "draft" },
      { op: "replace", path: "/meta/status", value: "final" },
      { op: "splice", path: "/default", find: "teh", insert: "the" },
    ],
  });

const path = z
  .union([z.string().max(4_096), z.array(z.union([z.string(), z.number().int()])).max(100)])
  .openapi({ type: "string", example: "/default/0/0" });

export const anchorBody = z
  .strictObject({
    path,
    index: z.number().int().min(0),
    assoc: z
      .union([z.literal(-1), z.literal(0)])
      .default(0)
      .openapi({
        type: "integer",
        description: "-1: it stays with the character before it; 0: with the one behind.",
      }),
  })
  .openapi("AnchorOrder");

export const anchor = z
  .object({ anchor: z.string().openapi({ description: "A Yjs relative position in base64." }) })
  .openapi("Anchor");
