/**
 * What Y-Sweet's SDK sends and gets.
 * @module
 */
import { z } from "@hono/zod-openapi";
import { DEFAULT_TOKEN_SECONDS, MAX_TOKEN_SECONDS } from "../auth/mint-token.ts";
import { MAX_USER_CHARS } from "../auth/user-id.ts";
import { MAX_ID_BYTES } from "../protocol/room-id.ts";

const docId = z.string().openapi({ description: `Document id, 1–${MAX_ID_BYTES} bytes.`, example: "team/notes" });

export const documentParams = z.object({
  id: z.string().openapi({
    param: { name: "id", in: "path" },
    description: `Document id, 1–${MAX_ID_BYTES} bytes; slashes may stand in it as they are.`,
    example: "team/notes",
  }),
});

export const socketParams = documentParams.extend({
  same: z
    .string()
    .openapi({ param: { name: "same", in: "path" }, description: "The id again.", example: "team/notes" }),
});

export const newDocumentBody = z
  .object({ docId: docId.optional().openapi({ description: "A random one when absent." }) })
  .openapi("YSweetNewDocument");

export const newDocument = z.object({ docId }).openapi("YSweetDocument");

const authorization = z.enum(["full", "read-only"]);

/** What it does not know is somebody else's, as in the original: providers that ask here themselves send the id along. */
export const authBody = z
  .object({
    authorization: authorization.default("full"),
    userId: z.string().max(MAX_USER_CHARS).optional().openapi({
      description: "Stable id of the person, shown to others; a guest's of its own when absent.",
    }),
    validForSeconds: z
      .number()
      .int()
      .min(1)
      .default(DEFAULT_TOKEN_SECONDS)
      .openapi({ description: `At most ${MAX_TOKEN_SECONDS} count.` }),
    docId: docId.optional().openapi({ description: "The id of the path, where it is there." }),
  })
  .openapi("YSweetAuth");

export const clientToken = z
  .object({
    url: z.string().openapi({ description: "Of the WebSocket; the client puts the id behind it." }),
    baseUrl: z.string().openapi({ description: "Of as-update and update." }),
    docId,
    token: z.string().optional().openapi({ description: "Absent where the server is open and has no secret." }),
    authorization,
  })
  .openapi("YSweetClientToken");

export const storeState = z
  .object({ ok: z.boolean(), error: z.string().optional() })
  .openapi("YSweetStore", { description: "Whether snapshots can be stored." });

export const ready = z.object({ ok: z.literal(true) }).openapi("YSweetReady");
