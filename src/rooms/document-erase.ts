/**
 * Forgets a document: at once in the room, and by a task in R2 and D1.
 * @module
 */
import { type Result, err, ok } from "../protocol/result.ts";
import { type Version, formatVersion } from "../protocol/version.ts";
import type { DeletedMessage } from "../queue/messages.ts";
import { tombstoneVersion } from "./document-context.ts";
import type { WiredDocument } from "./document-wiring.ts";
import { logRoom } from "./log.ts";
import type { DocumentErasure, RoomProblem } from "./room-api.ts";

type Erasable = Pick<WiredDocument, "context" | "behaviour" | "firstTouch">;

/** Idempotent. */
export async function eraseDocument({
  context,
  behaviour,
  firstTouch,
}: Erasable): Promise<Result<{ readonly version: Version }, RoomProblem>> {
  const found = await firstTouch.find();
  if (!found.ok) return found;
  const { storage, address, roomName } = context;
  if (found.value.deletedMs !== null) {
    behaviour.armOnce();
    return ok({ version: tombstoneVersion(storage) });
  }
  const deletedMs = Date.now();
  // Above every version that was ever given, so that no late summary outlives it.
  const seq = storage.log.lastSeq() + 1;
  const version = formatVersion({ epoch: found.value.epoch, seq });
  const message: DeletedMessage = {
    v: 1,
    kind: "deleted",
    project: address.project,
    id: address.id,
    room: roomName,
    version,
    deletedMs,
  };
  // What waits behind a commit in flight must not become a row after the tables are empty.
  behaviour.room.discard();
  behaviour.closeAll("deleted");
  storage.transaction(() => {
    storage.clear();
    storage.meta.write({ deletedMs, snapshotSeq: seq, historySeq: 0, summary: "", lock: "open" });
    storage.tasks.setDue("erase", deletedMs, 0);
    storage.outbox.put({ kind: "deleted", version, body: JSON.stringify(message), createdMs: deletedMs });
  });
  behaviour.room.document.forget();
  context.content.forget();
  behaviour.room.rights.forget();
  behaviour.arm();
  logRoom("erased", roomName, { version });
  return ok({ version });
}

/** The task that empties R2 is there until it is empty; what tells D1, until D1 has it. */
export async function erasureOf({
  context,
  behaviour,
  firstTouch,
}: Erasable): Promise<Result<DocumentErasure, RoomProblem>> {
  const found = await firstTouch.find();
  if (!found.ok) return found;
  const { deletedMs } = found.value;
  if (deletedMs === null) return err({ tag: "not-found" });
  behaviour.armOnce();
  const { storage } = context;
  const remaining: DocumentErasure["remaining"][number][] = [];
  if (storage.tasks.get("erase") !== undefined) remaining.push("storage");
  if (storage.outbox.stats().rows > 0) remaining.push("index");
  return ok({ version: tombstoneVersion(storage), deletedMs, remaining });
}
