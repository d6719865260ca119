/**
 * A version of a document was stored: into D1's list, and old automatic ones out of it, also those of documents that nobody edits any more.
 * @module
 */
import type { Env } from "../env.ts";
import { type Result, ok } from "../protocol/result.ts";
import { type D1Failed } from "../storage/d1/d1-failed.ts";
import type { Written } from "../storage/d1/document-index.ts";
import { type DocumentKey, type VersionToPut, VersionIndex } from "../storage/d1/versions.ts";
import type { R2Failed } from "../storage/snapshots.ts";
import { VersionStore } from "../storage/version-store.ts";
import { nextThinningMs, versionsToThin } from "./thin-versions.ts";

/** Looked at for each version that comes: more than ten years leave, and a day of one a minute. */
const MAX_THINNED = 2_000;
/** Dropped in one go; what is left goes with the next version. */
const MAX_DROPPED = 500;
/** Documents that are due, looked at with each version that comes: a document that is edited makes six an hour, and one visit due. */
const MAX_OTHERS = 3;

type Failed = D1Failed | R2Failed;

/** `stale`: its bytes are gone, as those of an erased document are. Repeating it changes nothing. */
export async function storeVersion(version: VersionToPut, env: Env, nowMs: number): Promise<Result<Written, Failed>> {
  const kept = await list(version, env, nowMs);
  if (!kept.ok) return kept;
  const thinned = await thin(version, env, nowMs);
  if (!thinned.ok) return thinned;
  await thinOthers(env, nowMs);
  return ok(kept.value ? "stored" : "stale");
}

/** False where its bytes are gone. Looked at again behind the row: whoever deleted it in between found no row to delete. */
async function list(version: VersionToPut, env: Env, nowMs: number): Promise<Result<boolean, Failed>> {
  const store = new VersionStore(env.SNAPSHOTS);
  const index = new VersionIndex(env.DB);
  const before = await store.has(version, version.version);
  if (!before.ok || !before.value) return before;
  const put = await index.put(version);
  if (!put.ok) return put;
  const after = await store.has(version, version.version);
  if (!after.ok || after.value) return after;
  const dropped = await index.drop(version, version.version, nowMs);
  if (!dropped.ok) return dropped;
  const forgotten = await index.forget(version, [version.version]);
  return forgotten.ok ? ok(false) : forgotten;
}

/** The rows say first that they go: whoever is cut off here, or names one of them meanwhile, finds either all of it or nothing. */
async function thin(document: DocumentKey, env: Env, nowMs: number): Promise<Result<void, Failed>> {
  const index = new VersionIndex(env.DB);
  const automatic = await index.automatic(document, MAX_THINNED);
  if (!automatic.ok) return automatic;
  const doomed = new Set(versionsToThin(automatic.value, nowMs));
  if (doomed.size > 0) {
    const dropped = await index.dropAutomatic(document, [...doomed], nowMs);
    if (!dropped.ok) return dropped;
  }
  const left = automatic.value.filter(({ version }) => !doomed.has(version));
  const isAll = doomed.size === 0 || automatic.value.length < MAX_THINNED - 1;
  const marked = await index.mark(document, isAll ? nextThinningMs(left, nowMs) : nowMs);
  return marked.ok ? await sweepDropped(document, env) : marked;
}

/**
 * Of documents that get no version any more nobody tells: those who do take some along. A deployment where nobody edits anything does
 * nothing. What fails is due again with the next version.
 */
async function thinOthers(env: Env, nowMs: number): Promise<void> {
  const due = await new VersionIndex(env.DB).due(nowMs, MAX_OTHERS);
  if (!due.ok) return;
  for (const document of due.value) await thin(document, env, nowMs);
}

/** Bytes and rows of what was dropped. */
async function sweepDropped(document: DocumentKey, env: Env): Promise<Result<void, Failed>> {
  const index = new VersionIndex(env.DB);
  const dropped = await index.dropped(document, MAX_DROPPED);
  if (!dropped.ok) return dropped;
  if (dropped.value.length === 0) return ok(undefined);
  const deleted = await new VersionStore(env.SNAPSHOTS).delete(document, dropped.value);
  return deleted.ok ? await index.forget(document, dropped.value) : deleted;
}
