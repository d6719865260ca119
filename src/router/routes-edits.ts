/**
 * Routes that edit a document in words, as OpenAPI knows them.
 * @module
 */
import { createRoute } from "@hono/zod-openapi";
import { needs } from "./access.ts";
import { memberSecurity, readFailures } from "./routes.ts";
import { documentParams, updateResult } from "./schemas.ts";
import * as schemas from "./schemas-edits.ts";
import { PROBLEM, json } from "./route-parts.ts";

const failures = { 409: PROBLEM, 412: PROBLEM, 413: PROBLEM, 415: PROBLEM, 422: PROBLEM, ...readFailures } as const;

export const patchContent = createRoute({
  method: "patch",
  path: "/v1/documents/{id}/content",
  summary: "Edit by operations, all or none; answered when it is durable",
  description:
    "Paths are JSON pointers: a root's name, then keys of maps and attributes, and indexes of lists and children. `If-Match` with an ETag makes it 412 where somebody was faster.",
  security: memberSecurity,
  middleware: [needs("write")] as const,
  request: {
    params: documentParams,
    query: schemas.patchQuery,
    body: {
      required: true,
      content: {
        "application/json": { schema: schemas.operations },
        "application/json-patch+json": { schema: schemas.operations },
      },
    },
  },
  responses: { 200: json("Durable", updateResult), ...failures },
});

export const putContent = createRoute({
  method: "put",
  path: "/v1/documents/{id}/content",
  summary: "Give a root this content by the least that has to change; answered when it is durable",
  description:
    "Blocks that are equal stay as they are, similar ones are edited inside. `If-None-Match: *` seeds: only a document that never had content takes it.",
  security: memberSecurity,
  middleware: [needs("write")] as const,
  request: {
    params: documentParams,
    query: schemas.putQuery,
    body: {
      required: true,
      content: {
        "text/markdown": { schema: { type: "string", example: "# Minutes\n\nWe met.\n" } },
        "application/json": {
          schema: {
            type: "object",
            description: "ProseMirror's JSON.",
            example: { type: "doc", content: [{ type: "paragraph", content: [{ type: "text", text: "We met." }] }] },
          },
        },
      },
    },
  },
  responses: { 200: json("Durable", updateResult), ...failures },
});

export const makeAnchor = createRoute({
  method: "post",
  path: "/v1/documents/{id}/anchors",
  summary: "A place in a text that stays where it is while others edit around it",
  security: memberSecurity,
  middleware: [needs("read")] as const,
  request: {
    params: documentParams,
    query: schemas.plainQuery,
    body: { required: true, content: { "application/json": { schema: schemas.anchorBody } } },
  },
  responses: {
    200: json("For `anchor` and `until` of operations", schemas.anchor),
    413: PROBLEM,
    422: PROBLEM,
    ...readFailures,
  },
});
