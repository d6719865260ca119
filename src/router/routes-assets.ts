/**
 * Routes of a document's images, as OpenAPI knows them.
 * @module
 */
import { createRoute, z } from "@hono/zod-openapi";
import { needs } from "./access.ts";
import { IMAGE_TYPES } from "./image-type.ts";
import { memberSecurity, readFailures } from "./routes.ts";
import * as schemas from "./schemas-assets.ts";
import { documentParams } from "./schemas.ts";
import { PROBLEM } from "./route-parts.ts";

const bytes = { schema: z.string().openapi({ format: "binary" }) };
const image = Object.fromEntries(IMAGE_TYPES.map((type) => [type, bytes]));

export const postAsset = createRoute({
  method: "post",
  path: "/v1/documents/{id}/assets",
  summary: "Store an image beside the document, 10 MB at most",
  description:
    "PNG, JPEG, GIF, WebP or AVIF, told by its content. The same image again is the same asset. It goes with the document when that is erased.",
  security: memberSecurity,
  middleware: [needs("write")] as const,
  request: {
    params: documentParams,
    query: schemas.assetQuery,
    body: { required: true, content: { ...image, "application/octet-stream": bytes } },
  },
  responses: {
    200: { description: "It was there", content: { "application/json": { schema: schemas.asset } } },
    201: { description: "Stored", content: { "application/json": { schema: schemas.asset } } },
    409: PROBLEM,
    413: PROBLEM,
    415: PROBLEM,
    ...readFailures,
  },
});

export const deleteAsset = createRoute({
  method: "delete",
  path: "/v1/documents/{id}/assets/{asset}",
  summary: "Delete an image for good",
  description:
    "Also from what its versions show. Copies beside forks stay, as do those that browsers keep; the same image may be stored again.",
  security: memberSecurity,
  middleware: [needs("admin")] as const,
  request: { params: schemas.assetParams, query: schemas.assetQuery },
  responses: { 204: { description: "Gone, now or before" }, ...readFailures },
});

export const getAsset = createRoute({
  method: "get",
  path: "/v1/documents/{id}/assets/{asset}",
  summary: "An image, as it was stored; it never changes",
  description: "An `<img>` sets no headers: its address carries `?token=` or, of a publishable key, `?key=`.",
  security: memberSecurity,
  middleware: [needs("read")] as const,
  request: { params: schemas.assetParams, query: schemas.assetQuery },
  responses: {
    200: { description: "The image", headers: z.object({ etag: z.string() }), content: image },
    304: { description: "`If-None-Match` names it" },
    ...readFailures,
  },
});
