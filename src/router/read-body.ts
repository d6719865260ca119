/**
 * Bodies of requests, never more of them in memory than a limit and one chunk. None is read before it is known that it may be sent.
 * @module
 */
import type { MiddlewareHandler } from "hono";
import { type Result, err, ok } from "../protocol/result.ts";
import { type RouterEnv, fail } from "./context.ts";
import type { RouterError } from "./problem.ts";

export const BINARY = "application/octet-stream";

/** A project with all its patterns and origins is a third of it. */
const MAX_JSON_BYTES = 128 * 1024;

/** Of bodies that their handlers read, each within its limit. */
const isRaw = (type: string | undefined): boolean => type === BINARY || type?.startsWith("image/") === true;

/** Behind the check of access. What is neither update nor image is JSON: read here within its limit, so that no validator reads more. */
export const boundBody: MiddlewareHandler<RouterEnv> = async (c, next) => {
  const { raw } = c.req;
  // What is put has its own limit too.
  if (raw.body === null || isRaw(mediaType(raw)) || raw.method === "PUT") return await next();
  const body = await readBody(raw, MAX_JSON_BYTES);
  if (!body.ok) return fail(c, body.error);
  c.req.raw = new Request(raw, { method: raw.method, body: body.value });
  return await next();
};

/** Type and subtype in lower case, without parameters. */
export function mediaType(request: Request): string | undefined {
  return request.headers.get("content-type")?.split(";", 1)[0]?.trim().toLowerCase();
}

/** The whole body, or `too-large` as soon as that is known. */
export async function readBody(request: Request, limitBytes: number): Promise<Result<Uint8Array, RouterError>> {
  const tooLarge = err({ tag: "too-large", limitBytes } as const);
  if (Number(request.headers.get("content-length") ?? 0) > limitBytes) return tooLarge;
  const chunks: Uint8Array[] = [];
  let size = 0;
  if (request.body !== null) {
    for await (const chunk of request.body) {
      size += chunk.length;
      if (size > limitBytes) return tooLarge;
      chunks.push(chunk);
    }
  }
  const body = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    body.set(chunk, offset);
    offset += chunk.length;
  }
  return ok(body);
}
