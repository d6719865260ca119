/**
 * A document's content out, and updates from servers in.
 * @module
 */
import type { OpenAPIHono } from "@hono/zod-openapi";
import type { Limits } from "../protocol/room-limits.ts";
import { type Result, err } from "../protocol/result.ts";
import type { ReadFormat, TreeFormat } from "../rooms/room-api-history.ts";
import { askerOf, memberOf } from "./access.ts";
import { type RouterContext, type RouterEnv, fail } from "./context.ts";
import type { RouterError } from "./problem.ts";
import { BINARY, mediaType, readBody } from "./read-body.ts";
import { documentRoom } from "./room-client.ts";
import { roomAddressOf } from "./room-socket.ts";
import * as routes from "./routes.ts";

const CONTENT_TYPES: Readonly<Record<ReadFormat, string>> = {
  update: "application/octet-stream",
  json: "application/json",
  text: "text/plain; charset=utf-8",
  markdown: "text/markdown; charset=utf-8",
  html: "text/html; charset=utf-8",
  prosemirror: "application/json",
};
/** A document's own markup, opened as a page of this origin, must do nothing. */
const HARMLESS = { "content-security-policy": "sandbox; default-src 'none'" } as const;

export function addContentRoutes(app: OpenAPIHono<RouterEnv>): void {
  app.openapi(routes.getContent, async (c) => {
    const { format, root = null } = c.req.valid("query");
    return await sendContent(c, format, root);
  });
  app.openapi(routes.postUpdate, async (c) => await takeUpdate(c));
}

/** Behind `needs("read")`. `root` is of formats of prose; null: the whole document. */
export async function sendContent(c: RouterContext, format: ReadFormat, root: string | null = null): Promise<Response> {
  const { project, id } = c.get("room");
  const room = documentRoom(c.env, project, id);
  const { user } = memberOf(c);
  const known = c.req.header("if-none-match");
  if (known !== undefined) {
    // The version alone is cheap: the room does not build the document for it.
    const described = await room.call((stub) => stub.describe(askerOf(c)));
    if (!described.ok) return fail(c, described.error);
    const { version } = described.value;
    if (namesVersion(known, version)) return new Response(null, { status: 304, headers: cacheHeaders(version) });
  }
  const reader = { ...askerOf(c), user, address: await roomAddressOf(c) };
  const content = await room.call(async (stub) =>
    isTree(format) ? await stub.readTree(format, root, reader) : await stub.readContent(format, reader),
  );
  if (!content.ok) return fail(c, content.error);
  const { version, body } = content.value;
  const headers = { ...cacheHeaders(version), ...(format === "html" ? HARMLESS : {}) };
  return new Response(body, { headers: { ...headers, "content-type": CONTENT_TYPES[format] } });
}

function isTree(format: ReadFormat): format is TreeFormat {
  return format === "markdown" || format === "html" || format === "prosemirror";
}

/** The update in the body, behind `needs("write")`. */
export async function takeUpdate(c: RouterContext): Promise<Response> {
  const { project, id } = c.get("room");
  const { user, limits, mayCreate } = memberOf(c);
  const update = await readUpdate(c.req.raw, limits);
  if (!update.ok) return fail(c, update.error);
  const caller = { user, address: await roomAddressOf(c), ...askerOf(c), limits, mayCreate };
  const ifEmpty = c.req.header("if-none-match")?.trim() === "*";
  const applied = await documentRoom(c.env, project, id).call((stub) =>
    stub.applyUpdate(update.value, caller, ifEmpty),
  );
  if (!applied.ok) return fail(c, applied.error);
  const { version, changed } = applied.value;
  return c.json({ version, changed }, 200, { etag: `"${version}"` });
}

function cacheHeaders(version: string): Readonly<Record<string, string>> {
  return { etag: `"${version}"`, "cache-control": "private, no-cache" };
}

/** RFC 9110 §13.1.2: weak comparison with any of the list. */
export function namesVersion(ifNoneMatch: string, version: string): boolean {
  const tags = ifNoneMatch.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes("*") || tags.includes(`"${version}"`);
}

/** The body of an update, as large as one frame of the caller's may be. */
async function readUpdate(request: Request, { frameBytes }: Limits): Promise<Result<Uint8Array, RouterError>> {
  if (mediaType(request) !== BINARY) return err({ tag: "unsupported-media-type", expected: BINARY });
  const body = await readBody(request, frameBytes);
  return body.ok && body.value.length === 0 ? err({ tag: "bad-request", reason: "The body is empty." }) : body;
}
