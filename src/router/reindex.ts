/**
 * D1 from R2: every snapshot's metadata and text, every version's label, and every tombstone, a page of documents at a time.
 * @module
 */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { type Result, err, ok } from "../protocol/result.ts";
import type { RoomAddress } from "../protocol/room-id.ts";
import { DocumentIndex } from "../storage/d1/document-index.ts";
import { repairVersions } from "../storage/d1/version-repair.ts";
import { SnapshotStore, type StoredSnapshot } from "../storage/snapshots.ts";
import { VersionStore } from "../storage/version-store.ts";
import { auditLog } from "./audit-log.ts";
import { type RouterContext, type RouterEnv, fail } from "./context.ts";
import * as routes from "./routes.ts";

type Stores = { readonly snapshots: SnapshotStore; readonly index: DocumentIndex };
type Outcome = "stored" | "deleted" | "skipped";

export function addReindexRoute(app: OpenAPIHono<RouterEnv>): void {
  app.openapi(routes.reindex, async (c): Promise<Response> => {
    const { project, cursor, limit } = c.req.valid("json");
    const stores = { snapshots: new SnapshotStore(c.env.SNAPSHOTS), index: new DocumentIndex(c.env.DB) };
    const page = await stores.snapshots.listDocuments(project, { cursor: cursor ?? null, limit });
    if (!page.ok) return fail(c, page.error);
    const failures: { readonly id: string; readonly reason: string }[] = [];
    const counts = { stored: 0, deleted: 0, skipped: 0 };
    let versions = 0;
    for (const id of page.value.ids) {
      const address = { project, kind: "document", id } as const;
      const outcome = await reindexDocument(stores, address);
      if (outcome.ok) counts[outcome.value] += 1;
      else failures.push({ id, reason: outcome.error });
      const repaired = await reindexVersions(c, address);
      if (repaired.ok) versions += repaired.value;
      else failures.push({ id, reason: repaired.error });
    }
    const { stored, deleted } = counts;
    // One entry for all the pages of it.
    if ((cursor ?? null) === null) await auditLog(c, { action: "reindex", target: project, project });
    const { ids, cursor: next } = page.value;
    return c.json({ documents: ids.length, stored, deleted, versions, failures, cursor: next });
  });
}

/** Of an erased document none are listed. Returns how many were missing. */
async function reindexVersions(c: RouterContext, address: RoomAddress): Promise<Result<number, string>> {
  const store = new VersionStore(c.env.SNAPSHOTS);
  let missing = 0;
  let cursor: string | null = null;
  do {
    const page: Awaited<ReturnType<VersionStore["list"]>> = await store.list(address, cursor);
    if (!page.ok) return err(page.error.reason);
    if (page.value.versions.length > 0) {
      const repaired = await repairVersions(c.env.DB, address, page.value.versions);
      if (!repaired.ok) return err(repaired.error.reason);
      missing += repaired.value;
    }
    ({ cursor } = page.value);
  } while (cursor !== null);
  return ok(missing);
}

async function reindexDocument({ snapshots, index }: Stores, address: RoomAddress): Promise<Result<Outcome, string>> {
  const latest = await snapshots.latest(address);
  if (!latest.ok) return err(latest.error.reason);
  switch (latest.value.kind) {
    case "none":
    case "history-only":
      return ok("skipped");
    case "tombstone": {
      const written = await index.putDeletion({ ...address, ...latest.value });
      if (!written.ok) return err(written.error.reason);
      return ok(written.value === "stored" ? "deleted" : "skipped");
    }
    case "snapshot":
      return await reindexSnapshot({ snapshots, index }, address, latest.value);
  }
}

async function reindexSnapshot(
  { snapshots, index }: Stores,
  { project, id }: RoomAddress,
  { key, version, textKey, metadata }: StoredSnapshot,
): Promise<Result<Outcome, string>> {
  const text = textKey === null ? ok(null) : await snapshots.readText(textKey);
  if (!text.ok) return err(text.error.reason);
  const summary = { ...metadata, project, id, version, snapshotKey: key, textKey };
  const written = await index.putSummary(summary, text.value, "repair");
  if (!written.ok) return err(written.error.reason);
  return ok(written.value === "stored" ? "stored" : "skipped");
}
