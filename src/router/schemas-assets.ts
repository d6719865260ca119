/**
 * What goes in and out of the routes of images.
 * @module
 */
import { z } from "@hono/zod-openapi";
import { IMAGE_TYPES } from "./image-type.ts";
import { callerQuery, documentParams } from "./schemas.ts";

const ASSET_EXAMPLE = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08";

const assetId = z.string().openapi({ description: "SHA-256 of its bytes in hex.", example: ASSET_EXAMPLE });

export const assetParams = documentParams.extend({
  asset: assetId.openapi({ param: { name: "asset", in: "path" } }),
});

export const assetQuery = z.strictObject({ ...callerQuery });

export const asset = z
  .object({
    id: assetId,
    type: z.enum(IMAGE_TYPES).openapi({ description: "By its content.", example: "image/png" }),
    bytes: z.number().int().openapi({ example: 48_213 }),
    path: z.string().openapi({
      description: "Where it is served, on this server: what an editor writes into the document.",
      example: `/v1/documents/team%2Fnotes/assets/${ASSET_EXAMPLE}`,
    }),
  })
  .openapi("Asset");
