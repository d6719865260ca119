/**
 * What still comes of a project that was erased: nothing of it becomes a row, and a room that says something goes. Rule ER8.
 * @module
 */
import type { Env } from "../env.ts";
import { type Result, err, ok } from "../protocol/result.ts";
import { DEFAULT_PROJECT, type ProjectId, type RoomName } from "../protocol/room-id.ts";
import type { D1Failed } from "../storage/d1/d1-failed.ts";
import { PROJECT_ACTIONS } from "../storage/d1/erase-rows.ts";
import { Erasures } from "../storage/d1/erasures.ts";
import { SnapshotStore } from "../storage/snapshots.ts";
import { type CheckedMessage, type ConfirmedMessage, projectOf } from "./parse-message.ts";
import { type NotErased, eraseRoom, notErased } from "./room-erasure.ts";

/** A no is believed for so long: less than an erasure waits before it takes out the rows. */
const BELIEVED_MS = 30_000;
const MAX_KNOWN = 1_000;

/** Of this isolate: until when a project is known to be there; Infinity for one that never will be again. */
const known = new WeakMap<object, Map<ProjectId, { readonly isErased: boolean; readonly untilMs: number }>>();

/** Undefined for what is to be handled. */
export async function dropOfErased(
  message: CheckedMessage,
  env: Env,
): Promise<Result<"stale", NotErased | D1Failed> | undefined> {
  const project = projectOf(message);
  if (project === null || project === DEFAULT_PROJECT || message.kind === "erase") return undefined;
  // It is how the operator knows.
  if (message.kind === "audit" && PROJECT_ACTIONS.includes(message.entry.action)) return undefined;
  const erased = await isErased(project, env, Date.now());
  if (!erased.ok) return erased;
  if (!erased.value) return undefined;
  if (message.kind === "audit") return ok("stale");
  const gone = message.kind === "deleted" ? await forgetDeleted(message, env) : await eraseRoom(message.room, env);
  return gone.ok ? ok("stale") : gone;
}

/** From here on this isolate knows. */
export function noteErased(project: ProjectId, { DB }: Pick<Env, "DB">): void {
  note(DB, project, { isErased: true, untilMs: Infinity });
}

async function isErased(
  project: ProjectId,
  { DB }: Pick<Env, "DB">,
  nowMs: number,
): Promise<Result<boolean, D1Failed>> {
  const before = known.get(DB)?.get(project);
  if (before !== undefined && nowMs < before.untilMs) return ok(before.isErased);
  const found = await new Erasures(DB).ofProject(project);
  if (!found.ok) return found;
  const isGone = found.value !== null;
  note(DB, project, { isErased: isGone, untilMs: isGone ? Infinity : nowMs + BELIEVED_MS });
  return ok(isGone);
}

function note(db: D1Database, project: ProjectId, fact: { readonly isErased: boolean; readonly untilMs: number }) {
  const facts = known.get(db) ?? new Map();
  known.set(db, facts);
  facts.delete(project);
  facts.set(project, fact);
  const [oldest] = facts.keys();
  if (facts.size > MAX_KNOWN) facts.delete(oldest);
}

/** Its room has nothing more to say, and its tombstone goes too: the id of its project is not given again. */
async function forgetDeleted(
  { room, deletion }: Extract<ConfirmedMessage, { readonly kind: "deleted" }>,
  env: Env,
): Promise<Result<RoomName, NotErased>> {
  const address = { project: deletion.project, kind: "document", id: deletion.id } as const;
  const deleted = await new SnapshotStore(env.SNAPSHOTS).deleteAll(address, { keepTombstone: false });
  if (!deleted.ok) return notErased("R2", deleted.error.reason);
  if (!deleted.value.isComplete) return err({ tag: "not-erased", reason: "R2: there is more of the document" });
  try {
    await env.DOCUMENT_ROOM.getByName(room).confirmStored("deleted", deletion.version);
    return ok(room);
  } catch (error) {
    return notErased("room", String(error));
  }
}
