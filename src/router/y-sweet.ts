/**
 * What Y-Sweet's clients and SDK ask for, under the paths they ask for it: sockets, tokens for one document, and its content.
 * @module
 */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { grantFor } from "../auth/grant-for.ts";
import { allows } from "../auth/grants.ts";
import { type DocumentId, parseDocumentId } from "../protocol/room-id.ts";
import { SnapshotStore } from "../storage/snapshots.ts";
import { memberOf, needs } from "./access.ts";
import { connectStock } from "./connect.ts";
import { sendContent, takeUpdate } from "./content.ts";
import { type RouterContext, type RouterEnv, fail } from "./context.ts";
import { documentRoom } from "./room-client.ts";
import { roomAddressOf } from "./room-socket.ts";
import * as routes from "./routes-y-sweet.ts";
import { type YSweetPath, parseYSweetPath } from "./y-sweet-path.ts";
import { giveToken } from "./y-sweet-token.ts";

const EMPTY_UPDATE = Uint8Array.of(0, 0);
/** Asking for any document asks the store, whether it is there or not. */
const ANY = "check-store" as DocumentId;

export function addYSweetRoutes(app: OpenAPIHono<RouterEnv>): void {
  app.openapi(routes.ready, async (c) => c.json({ ok: true } as const));

  app.openapi(routes.checkStore, async (c): Promise<Response> => {
    const address = { project: memberOf(c).project, kind: "document", id: ANY } as const;
    const asked = await new SnapshotStore(c.env.SNAPSHOTS).latest(address);
    if (asked.ok) return c.json({ ok: true });
    c.set("failure", { tag: asked.error.tag, reason: asked.error.reason });
    return c.json({ ok: false, error: "The store of snapshots does not answer." });
  });

  app.openapi(routes.newDocument, async (c): Promise<Response> => {
    const id = parseDocumentId(c.req.valid("json").docId ?? crypto.randomUUID());
    return id.ok ? await makeDocument(c, id.value) : fail(c, id.error);
  });

  app.openAPIRegistry.registerPath(routes.auth);
  app.post(routes.SLASHES.auth, needs("admin"), async (c) => await only(c, "token", giveToken));
  app.openAPIRegistry.registerPath(routes.connect);
  app.get(routes.SLASHES.socket, needs("read"), serveRead);
  app.openAPIRegistry.registerPath(routes.getContent);
  app.get(routes.SLASHES.content, needs("read"), serveRead);
  app.openAPIRegistry.registerPath(routes.postUpdate);
  app.post(routes.SLASHES.update, needs("write"), async (c) => await only(c, "update", takeUpdate));
}

/** A socket or the content: an id may end as the path of the other does, so the pattern alone does not tell. */
async function serveRead(c: RouterContext): Promise<Response> {
  if (asksFor(c) === "socket") return await connectStock(c, "y-sweet");
  return await only(c, "content", async () => await sendContent(c, "update"));
}

async function only(
  c: RouterContext,
  wanted: YSweetPath["asks"],
  serve: (c: RouterContext) => Promise<Response>,
): Promise<Response> {
  return asksFor(c) === wanted ? await serve(c) : fail(c, { tag: "no-route" });
}

function asksFor(c: RouterContext): YSweetPath["asks"] | undefined {
  const path = parseYSweetPath(new URL(c.req.url).pathname);
  return path.ok ? path.value.asks : undefined;
}

/** One that is there stays as it is. */
async function makeDocument(c: RouterContext, id: DocumentId): Promise<Response> {
  const member = memberOf(c);
  const { project, user, limits, mayCreate } = member;
  const isAdmin = allows(grantFor(member, { kind: "document", id }), "admin");
  const caller = { user, address: await roomAddressOf(c), limits, mayCreate, isAdmin };
  const made = await documentRoom(c.env, project, id).call((stub) => stub.applyUpdate(EMPTY_UPDATE, caller));
  return made.ok ? c.json({ docId: id }) : fail(c, made.error);
}
