/**
 * Documents edited in words: operations, Markdown, ProseMirror's JSON. Rules RT400–RT404.
 * @module
 */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { allows } from "../auth/grants.ts";
import type { Profile } from "../protocol/messages.ts";
import type { DocumentEdit, EditOptions } from "../rooms/room-api-history.ts";
import { memberOf } from "./access.ts";
import { type RouterContext, type RouterEnv, fail } from "./context.ts";
import { mediaType, readBody } from "./read-body.ts";
import { documentRoom } from "./room-client.ts";
import * as routes from "./routes-edits.ts";
import { callerOf, readerOf } from "./versions.ts";

/** White text is read on each of them. */
const COLORS = ["#c92a2a", "#a61e4d", "#862e9c", "#5f3dc4", "#364fc7", "#1864ab", "#0b7285", "#087f5b", "#2b8a3e"];
const MARKDOWN = "text/markdown";
const JSON_TYPE = "application/json";
/** What is put: about a hundred pages. It is read and compared in the room, where everybody waits for it. */
const MAX_MARKDOWN_BYTES = 256 * 1024;
const MAX_TREE_BYTES = 1024 * 1024;
/** Of lists and objects inside each other, from the list of operations on: calls, Yjs and readers recurse, the latter to 200. */
const MAX_DEPTH = 100;

export function addEditRoutes(app: OpenAPIHono<RouterEnv>): void {
  app.openapi(routes.patchContent, async (c): Promise<Response> => {
    const { showAs } = c.req.valid("query");
    const operations = c.req.valid("json");
    if (isDeeper(operations, MAX_DEPTH)) {
      return fail(c, { tag: "bad-edit", reason: `an operation is nested deeper than ${MAX_DEPTH} levels` });
    }
    return await edit(c, { kind: "patch", operations }, showAs);
  });

  app.openapi(routes.putContent, async (c): Promise<Response> => {
    const type = mediaType(c.req.raw);
    if (type !== MARKDOWN && type !== JSON_TYPE) {
      return fail(c, { tag: "unsupported-media-type", expected: `${MARKDOWN} or ${JSON_TYPE}` });
    }
    const body = await readBody(c.req.raw, type === MARKDOWN ? MAX_MARKDOWN_BYTES : MAX_TREE_BYTES);
    if (!body.ok) return fail(c, body.error);
    const { root = null, schema, showAs } = c.req.valid("query");
    const format = type === MARKDOWN ? "markdown" : "prosemirror";
    const text = utf8Of(body.value);
    if (text === undefined) return fail(c, { tag: "bad-request", reason: "The body is not UTF-8." });
    const put = { kind: "put", format, root, body: text } as const;
    return await edit(c, schema === undefined ? put : { ...put, schema }, showAs);
  });

  app.openapi(routes.makeAnchor, async (c): Promise<Response> => {
    const { project, id } = c.get("room");
    const order = c.req.valid("json");
    const reader = await readerOf(c);
    const anchor = await documentRoom(c.env, project, id).call((room) => room.makeAnchor(order, reader));
    return anchor.ok ? c.json({ anchor: anchor.value }) : fail(c, anchor.error);
  });
}

/** Whether lists and objects lie in more than so many others; no deeper than that is looked. */
function isDeeper(value: unknown, levels: number): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((each) => isDeeper(each, levels - 1));
}

/** Undefined where bytes are none: the text with U+FFFD in their place is not what was sent. */
function utf8Of(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: false }).decode(bytes);
  } catch {
    return undefined;
  }
}

async function edit(c: RouterContext, order: DocumentEdit, name: string | undefined): Promise<Response> {
  const { project, id } = c.get("room");
  const ifNoneMatch = c.req.header("if-none-match");
  if (ifNoneMatch !== undefined && ifNoneMatch.trim() !== "*") {
    return fail(c, { tag: "bad-request", reason: "If-None-Match takes * alone here." });
  }
  if (name !== undefined && !allows(c.get("grant"), "presence")) {
    return fail(c, { tag: "forbidden", needs: "presence" });
  }
  const caller = await callerOf(c);
  const options = {
    ...optionsOf(c.req.header("if-match"), ifNoneMatch !== undefined),
    ...(name !== undefined && { showAs: faceOf(c, name) }),
  };
  const written = await documentRoom(c.env, project, id).call((room) => room.editDocument(order, options, caller));
  if (!written.ok) return fail(c, written.error);
  const { version, changed } = written.value;
  return c.json({ version, changed }, 200, { etag: `"${version}"` });
}

/** What a token says of its bearer stands, as in a socket: nobody wears another's face. */
function faceOf(c: RouterContext, name: string): Profile {
  const { user, profile } = memberOf(c);
  return { name, color: colorOf(user), ...profile };
}

/** The same for one user everywhere. */
function colorOf(user: string): string {
  const sum = [...new TextEncoder().encode(user)].reduce((hash, byte) => (hash * 31 + byte) % 9_973, 7);
  return COLORS[sum % COLORS.length] ?? "#495057";
}

/** RFC 9110 §13.1.1: strong comparison, so a weak tag names no version. */
function optionsOf(ifMatch: string | undefined, ifEmpty: boolean): EditOptions {
  return ifMatch === undefined ? { ifEmpty } : { ifEmpty, ifMatch: ifMatch.split(",").map((tag) => tag.trim()) };
}
