/**
 * Documents edited in words: operations, Markdown, ProseMirror's JSON. Rules RT400 and RT401.
 * @module
 */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { DocumentEdit, EditOptions } from "../rooms/room-api-history.ts";
import { type RouterContext, type RouterEnv, fail } from "./context.ts";
import { mediaType, readBody } from "./read-body.ts";
import { documentRoom } from "./room-client.ts";
import * as routes from "./routes-edits.ts";
import { callerOf, readerOf } from "./versions.ts";

const MARKDOWN = "text/markdown";
const JSON_TYPE = "application/json";
/** What is put: about a hundred pages. It is read and compared in the room, where everybody waits for it. */
const MAX_MARKDOWN_BYTES = 256 * 1024;
const MAX_TREE_BYTES = 1024 * 1024;

export function addEditRoutes(app: OpenAPIHono<RouterEnv>): void {
  app.openapi(routes.patchContent, async (c): Promise<Response> => {
    return await edit(c, { kind: "patch", operations: c.req.valid("json") });
  });

  app.openapi(routes.putContent, async (c): Promise<Response> => {
    const type = mediaType(c.req.raw);
    if (type !== MARKDOWN && type !== JSON_TYPE) {
      return fail(c, { tag: "unsupported-media-type", expected: `${MARKDOWN} or ${JSON_TYPE}` });
    }
    const body = await readBody(c.req.raw, type === MARKDOWN ? MAX_MARKDOWN_BYTES : MAX_TREE_BYTES);
    if (!body.ok) return fail(c, body.error);
    const { root = null, schema } = c.req.valid("query");
    const format = type === MARKDOWN ? "markdown" : "prosemirror";
    const put = { kind: "put", format, root, body: new TextDecoder().decode(body.value) } as const;
    return await edit(c, schema === undefined ? put : { ...put, schema });
  });

  app.openapi(routes.makeAnchor, async (c): Promise<Response> => {
    const { project, id } = c.get("room");
    const order = c.req.valid("json");
    const reader = await readerOf(c);
    const anchor = await documentRoom(c.env, project, id).call((room) => room.makeAnchor(order, reader));
    return anchor.ok ? c.json({ anchor: anchor.value }) : fail(c, anchor.error);
  });
}

async function edit(c: RouterContext, order: DocumentEdit): Promise<Response> {
  const { project, id } = c.get("room");
  const ifNoneMatch = c.req.header("if-none-match");
  if (ifNoneMatch !== undefined && ifNoneMatch.trim() !== "*") {
    return fail(c, { tag: "bad-request", reason: "If-None-Match takes * alone here." });
  }
  const caller = await callerOf(c);
  const options = optionsOf(c.req.header("if-match"), ifNoneMatch !== undefined);
  const written = await documentRoom(c.env, project, id).call((room) => room.editDocument(order, options, caller));
  if (!written.ok) return fail(c, written.error);
  const { version, changed } = written.value;
  return c.json({ version, changed }, 200, { etag: `"${version}"` });
}

/** RFC 9110 §13.1.1: strong comparison, so a weak tag names no version. */
function optionsOf(ifMatch: string | undefined, ifEmpty: boolean): EditOptions {
  return ifMatch === undefined ? { ifEmpty } : { ifEmpty, ifMatch: ifMatch.split(",").map((tag) => tag.trim()) };
}
