/**
 * A document's content out, and updates from servers in.
 * @module
 */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { MAX_FRAME_BYTES } from "../protocol/limits.ts";
import { OPEN_MODE_LIMITS } from "../protocol/room-limits.ts";
import { type Result, err, ok } from "../protocol/result.ts";
import type { ContentFormat } from "../rooms/room-api.ts";
import { type RouterEnv, fail } from "./context.ts";
import { parseRestPath } from "./document-address.ts";
import type { RouterError } from "./problem.ts";
import { RoomClient } from "./room-client.ts";
import * as routes from "./routes.ts";

const CONTENT_TYPES: Readonly<Record<ContentFormat, string>> = {
  update: "application/octet-stream",
  json: "application/json",
  text: "text/plain; charset=utf-8",
};

const BINARY = "application/octet-stream";

export function addContentRoutes(app: OpenAPIHono<RouterEnv>): void {
  app.openapi(routes.getContent, async (c): Promise<Response> => {
    const id = parseRestPath(c.req.url);
    if (!id.ok) return fail(c, id.error);
    const room = new RoomClient(c.env, c.get("grant").project, id.value);
    const { format } = c.req.valid("query");
    const known = c.req.header("if-none-match");
    if (known !== undefined) {
      // The version alone is cheap: the room does not build the document for it.
      const described = await room.call((stub) => stub.describe());
      if (!described.ok) return fail(c, described.error);
      const { version } = described.value;
      if (namesVersion(known, version)) return new Response(null, { status: 304, headers: cacheHeaders(version) });
    }
    const content = await room.call((stub) => stub.readContent(format));
    if (!content.ok) return fail(c, content.error);
    const { version, body } = content.value;
    return new Response(body, { headers: { ...cacheHeaders(version), "content-type": CONTENT_TYPES[format] } });
  });

  app.openapi(routes.postUpdate, async (c): Promise<Response> => {
    const id = parseRestPath(c.req.url);
    if (!id.ok) return fail(c, id.error);
    const update = await readUpdate(c.req.raw);
    if (!update.ok) return fail(c, update.error);
    const { project, user } = c.get("grant");
    const room = new RoomClient(c.env, project, id.value);
    const applied = await room.call((stub) =>
      stub.applyUpdate(update.value, { user, isAdmin: true, limits: OPEN_MODE_LIMITS, mayCreate: true }),
    );
    if (!applied.ok) return fail(c, applied.error);
    const { version, changed } = applied.value;
    return c.json({ version, changed }, 200, { etag: `"${version}"` });
  });
}

function cacheHeaders(version: string): Readonly<Record<string, string>> {
  return { etag: `"${version}"`, "cache-control": "private, no-cache" };
}

/** RFC 9110 §13.1.2: weak comparison with any of the list. */
function namesVersion(ifNoneMatch: string, version: string): boolean {
  const tags = ifNoneMatch.split(",").map((tag) => tag.trim().replace(/^W\//, ""));
  return tags.includes("*") || tags.includes(`"${version}"`);
}

/** The body, never more of it in memory than the limit and one chunk. */
async function readUpdate(request: Request): Promise<Result<Uint8Array, RouterError>> {
  const type = request.headers.get("content-type")?.split(";", 1)[0]?.trim().toLowerCase();
  if (type !== BINARY) return err({ tag: "unsupported-media-type", expected: BINARY });
  const tooLarge = err({ tag: "too-large", limitBytes: MAX_FRAME_BYTES } as const);
  if (Number(request.headers.get("content-length") ?? 0) > MAX_FRAME_BYTES) return tooLarge;
  const chunks: Uint8Array[] = [];
  let size = 0;
  if (request.body !== null) {
    for await (const chunk of request.body) {
      size += chunk.length;
      if (size > MAX_FRAME_BYTES) return tooLarge;
      chunks.push(chunk);
    }
  }
  if (size === 0) return err({ tag: "bad-request", reason: "The body is empty." });
  const update = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    update.set(chunk, offset);
    offset += chunk.length;
  }
  return ok(update);
}
