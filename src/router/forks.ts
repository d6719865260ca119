/**
 * A new document out of another one, and its edits back. Rules RT202, AS7 and AS8, and RV21–RV24 of the rooms.
 * @module
 */
import type { OpenAPIHono } from "@hono/zod-openapi";
import { grantFor } from "../auth/grant-for.ts";
import { type Scope, allows } from "../auth/grants.ts";
import { type Result, err, ok } from "../protocol/result.ts";
import type { DocumentId } from "../protocol/room-id.ts";
import type { Seed, Written } from "../rooms/room-api-history.ts";
import { type AssetAddress, AssetStore } from "../storage/asset-store.ts";
import { memberOf } from "./access.ts";
import { assetsIn } from "./asset-references.ts";
import { assetError } from "./assets.ts";
import { type RouterContext, type RouterEnv, fail } from "./context.ts";
import type { RouterError } from "./problem.ts";
import { documentRoom } from "./room-client.ts";
import * as routes from "./routes-forks.ts";
import { callerOf, readerOf } from "./versions.ts";

/** Whose images go where with a seed. */
type Route = { readonly from: AssetAddress; readonly to: AssetAddress };

export function addForkRoutes(app: OpenAPIHono<RouterEnv>): void {
  app.openapi(routes.forkDocument, async (c): Promise<Response> => {
    const { project, id } = c.get("room");
    const { id: forkId, version } = c.req.valid("json");
    const isAdmin = adminOf(c, forkId, "write");
    if (!isAdmin.ok) return fail(c, isAdmin.error);
    const reader = await readerOf(c);
    const seed = await documentRoom(c.env, project, id).call((room) =>
      room.readSeed(version ?? "current", null, reader),
    );
    if (!seed.ok) return fail(c, seed.error);
    const from = { id, version: seed.value.version };
    const caller = { ...(await callerOf(c)), isAdmin: isAdmin.value };
    const origin = { ...from, request: c.get("requestId") };
    const fork = documentRoom(c.env, project, forkId);
    // Nothing is put beside a document that is somebody's, closed or not.
    const there = await fork.call((room) => room.describe({ isAdmin: true }));
    if (there.ok) return fail(c, TAKEN);
    if (there.error.tag !== "not-found") return fail(c, isThere(there.error));
    const route = { from: c.get("room"), to: { project, id: forkId } };
    const planted = await withImages(
      c,
      route,
      seed.value,
      async () => await fork.call((room) => room.plantSeed(seed.value, origin, caller)),
    );
    if (!planted.ok) return fail(c, isThere(planted.error));
    return c.json({ id: forkId, version: planted.value.version, from }, 201);
  });

  app.openapi(routes.mergeDocument, async (c): Promise<Response> => {
    const { project, id } = c.get("room");
    const { from, preview, unrelated } = c.req.valid("json");
    // A preview shows text and whose it is, as any other difference.
    if (preview && !allows(c.get("grant"), "history")) return fail(c, { tag: "forbidden", needs: "history" });
    const isAdmin = adminOf(c, from, "read");
    if (!isAdmin.ok) return fail(c, isAdmin.error);
    const caller = await callerOf(c);
    const target = documentRoom(c.env, project, id);
    const base = await target.call((room) => room.readMergeBase(caller));
    if (!base.ok) return fail(c, base.error);
    const forkReader = { ...(await readerOf(c)), isAdmin: isAdmin.value };
    const fork = documentRoom(c.env, project, from);
    const seed = await fork.call((room) => room.readSeed("current", base.value.stateVector, forkReader));
    if (!seed.ok) return fail(c, seed.error);
    if (!unrelated && !isKin({ id, ...base.value }, { id: from, ...seed.value })) return fail(c, UNRELATED);
    if (preview) {
      const diff = await target.call((room) => room.previewMerge(seed.value, caller));
      return diff.ok ? c.json({ diff: diff.value }) : fail(c, diff.error);
    }
    const route = { from: { project, id: from }, to: c.get("room") };
    const merged = await withImages(
      c,
      route,
      seed.value,
      async () => await target.call((room) => room.mergeSeed(seed.value, caller)),
    );
    if (!merged.ok) return fail(c, merged.error);
    const { version, changed } = merged.value;
    return c.json({ version, changed }, 200, { etag: `"${version}"` });
  });
}

/**
 * Images first: what shows them is nowhere before them, and a request that failed halfway may be made again. They stay where the
 * content was refused, for nobody knows who else counts on them by now; not beside a document that was erased meanwhile.
 */
async function withImages(
  c: RouterContext,
  { from, to }: Route,
  seed: Seed,
  bring: () => Promise<Result<Written, RouterError>>,
): Promise<Result<Written, RouterError>> {
  const assets = new AssetStore(c.env.SNAPSHOTS);
  const copied = await assets.copy(from, to, assetsIn(seed.update));
  if (!copied.ok) return err(assetError(copied.error));
  const brought = await bring();
  if (brought.ok || brought.error.tag !== "deleted" || copied.value.length === 0) return brought;
  const removed = await assets.remove(to, copied.value);
  return removed.ok ? brought : removed;
}

/** Whether the caller is an administrator of another document, where it may do `scope` there. */
function adminOf(c: RouterContext, id: DocumentId, scope: Scope): Result<boolean, RouterError> {
  const grant = grantFor(memberOf(c), { kind: "document", id });
  return allows(grant, scope) ? ok(allows(grant, "admin")) : err({ tag: "forbidden", needs: scope });
}

const TAKEN: RouterError = { tag: "conflict", reason: "A document of this id exists, or did." };

const UNRELATED: RouterError = {
  tag: "conflict",
  reason:
    'Neither document was forked from the other, nor both from one: all of it would be put beside what is here. Send "unrelated": true where you want that.',
};

type Kin = { readonly id: DocumentId; readonly forkOf: string | null };

/** An empty document shares nothing with its fork: that goes by what it was told when it was made. */
function isKin(into: Kin, from: Kin & Pick<Seed, "isShared">): boolean {
  const isParent = into.forkOf === from.id || from.forkOf === into.id;
  return from.isShared || isParent || (into.forkOf !== null && into.forkOf === from.forkOf);
}

function isThere(error: RouterError): RouterError {
  return error.tag === "precondition-failed" || error.tag === "deleted" ? TAKEN : error;
}
