/**
 * Images of documents: taken in when they are images, served so that they can be nothing else. Rules AS1–AS9.
 * @module
 */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { type AssetError, AssetStore, MAX_ASSETS } from "../storage/asset-store.ts";
import { askerOf } from "./access.ts";
import { auditLog } from "./audit-log.ts";
import { namesVersion } from "./content.ts";
import { type RouterContext, type RouterEnv, fail } from "./context.ts";
import { IMAGE_TYPES, imageTypeOf } from "./image-type.ts";
import type { RouterError } from "./problem.ts";
import { readBody } from "./read-body.ts";
import { documentRoom } from "./room-client.ts";
import * as routes from "./routes-assets.ts";
import { callerOf } from "./versions.ts";

const MAX_ASSET_BYTES = 10 * 1024 * 1024;
/** It is named for its bytes. Private: who may see it is asked of everybody once. */
const FOREVER = "private, max-age=31536000, immutable";
/** Opened as a page of this origin it does nothing. */
const HARMLESS = { "content-security-policy": "sandbox; default-src 'none'", "x-content-type-options": "nosniff" };

export function addAssetRoutes(app: OpenAPIHono<RouterEnv>): void {
  app.openapi(routes.postAsset, async (c) => await takeAsset(c));
  app.openapi(routes.deleteAsset, async (c) => await dropAsset(c, c.req.valid("param").asset));
  app.openapi(routes.getAsset, async (c) => await sendAsset(c, c.req.valid("param").asset));
}

async function takeAsset(c: RouterContext): Promise<Response> {
  const address = c.get("room");
  const body = await readBody(c.req.raw, MAX_ASSET_BYTES);
  if (!body.ok) return fail(c, body.error);
  if (body.value.length === 0) return fail(c, { tag: "bad-request", reason: "The body is empty." });
  const type = imageTypeOf(body.value);
  if (type === undefined) return fail(c, { tag: "unsupported-media-type", expected: IMAGE_TYPES.join(", ") });
  const room = documentRoom(c.env, address.project, address.id);
  const caller = await callerOf(c);
  const { length } = body.value;
  const admitted = await room.call((stub) => stub.admitBody(length, caller));
  if (!admitted.ok) return fail(c, admitted.error);
  const assets = new AssetStore(c.env.SNAPSHOTS);
  const stored = await assets.put(address, body.value, type);
  if (!stored.ok) return fail(c, assetError(stored.error));
  const { id, bytes, isNew } = stored.value;
  // Erased meanwhile: what was there when its objects went, went; this came after.
  const described = await room.call((stub) => stub.describe(askerOf(c)));
  if (!described.ok) {
    if (described.error.tag === "deleted") await assets.remove(address, [id]);
    return fail(c, described.error);
  }
  const path = `/v1/documents/${encodeURIComponent(address.id)}/assets/${id}`;
  return c.json({ id, type, bytes, path }, isNew ? 201 : 200, { location: path });
}

async function dropAsset(c: RouterContext, asset: string): Promise<Response> {
  const address = c.get("room");
  const described = await documentRoom(c.env, address.project, address.id).call((stub) => stub.describe(askerOf(c)));
  if (!described.ok) return fail(c, described.error);
  const removed = await new AssetStore(c.env.SNAPSHOTS).remove(address, [asset]);
  if (!removed.ok) return fail(c, removed.error);
  await auditLog(c, { action: "delete-asset", target: address.id, detail: { asset } });
  return new Response(null, { status: 204 });
}

/** Why an image is not beside its document. */
export function assetError(error: AssetError): RouterError {
  if (error.tag === "r2-failed") return error;
  return { tag: "conflict", reason: `A document has ${MAX_ASSETS} assets at most.` };
}

async function sendAsset(c: RouterContext, asset: string): Promise<Response> {
  const address = c.get("room");
  const room = documentRoom(c.env, address.project, address.id);
  const described = await room.call((stub) => stub.describe(askerOf(c)));
  if (!described.ok) return fail(c, described.error);
  const assets = new AssetStore(c.env.SNAPSHOTS);
  const headers = { etag: `"${asset}"`, "cache-control": FOREVER, ...HARMLESS };
  if (namesVersion(c.req.header("if-none-match") ?? "", asset)) {
    const there = await assets.has(address, asset);
    if (there.ok && there.value) return new Response(null, { status: 304, headers });
  }
  const found = await assets.find(address, asset);
  if (!found.ok) return fail(c, found.error);
  if (found.value === null) return fail(c, { tag: "no-route" });
  const { body, bytes, contentType } = found.value;
  const about = { "content-type": contentType, "content-disposition": "inline", "content-length": String(bytes) };
  return new Response(body, { headers: { ...headers, ...about } });
}
