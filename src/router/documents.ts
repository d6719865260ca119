/**
 * Listing, searching, describing and erasing documents.
 * @module
 */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { DocumentIndex } from "../storage/d1/document-index.ts";
import type { IndexedDocument } from "../storage/d1/document-row.ts";
import { searchDocuments } from "../storage/d1/document-search.ts";
import { SnapshotStore, type SnapshotVersion } from "../storage/snapshots.ts";
import type { RoomDescription } from "../rooms/room-api.ts";
import { askerOf, memberOf } from "./access.ts";
import { auditLog } from "./audit-log.ts";
import { type RouterEnv, fail } from "./context.ts";
import { documentRoom } from "./room-client.ts";
import * as routes from "./routes.ts";

const MAX_SNAPSHOTS = 20;

export function addDocumentRoutes(app: OpenAPIHono<RouterEnv>): void {
  app.openapi(routes.listDocuments, async (c): Promise<Response> => {
    const { changedSince, changedBefore, ...query } = c.req.valid("query");
    const times = { changedSinceMs: changedSince, changedBeforeMs: changedBefore };
    const page = await searchDocuments(c.env.DB, memberOf(c).project, { ...query, ...times });
    if (!page.ok) return fail(c, page.error);
    const documents = page.value.documents.map(({ deletedMs: _deletedMs, ...document }) => document);
    return c.json({ documents, cursor: page.value.cursor });
  });

  app.openapi(routes.getDocument, async (c): Promise<Response> => {
    const { project, id } = c.get("room");
    const [described, indexed, snapshots] = await Promise.all([
      documentRoom(c.env, project, id).call((room) => room.describe(askerOf(c))),
      new DocumentIndex(c.env.DB).find(project, id),
      new SnapshotStore(c.env.SNAPSHOTS).listSnapshots({ project, kind: "document", id }, MAX_SNAPSHOTS),
    ]);
    if (!described.ok) return fail(c, described.error);
    // The room answers for itself: what only D1 knows is missing while D1 is.
    return c.json({
      ...describe(described.value, indexed.ok ? indexed.value : null, snapshots.ok ? snapshots.value : null),
      isIndexReachable: indexed.ok,
      id,
    });
  });

  app.openapi(routes.deleteDocument, async (c): Promise<Response> => {
    const { project, id } = c.get("room");
    const erased = await documentRoom(c.env, project, id).call((room) => room.erase());
    if (!erased.ok) return fail(c, erased.error);
    // Lists forget it with this answer; should that fail, the room's own event does it a moment later, and the receipt says so until then.
    const { version } = erased.value;
    await auditLog(c, { action: "delete-document", target: id, detail: { version } });
    await new DocumentIndex(c.env.DB).putDeletion({ project, id, version, deletedMs: Date.now() });
    return new Response(null, { status: 204 });
  });
}

/** The room knows what is true now, D1 what it was at the last snapshot; a new document is in the room only. */
function describe(room: RoomDescription, row: IndexedDocument | null, snapshots: readonly SnapshotVersion[] | null) {
  const indexed = row?.deletedMs === null ? row : null;
  return {
    version: room.version,
    title: indexed?.title ?? "",
    excerpt: indexed?.excerpt ?? "",
    words: indexed?.words ?? 0,
    characters: indexed?.characters ?? 0,
    bytes: room.bytes,
    editors: indexed?.editors ?? [],
    createdMs: indexed?.createdMs ?? null,
    updatedMs: indexed?.updatedMs ?? null,
    versions: { current: room.version, indexed: indexed?.version ?? null, snapshots },
    connected: room.connected,
    lock: room.lock,
    refusals: room.refusals,
    health: room.health,
  };
}
