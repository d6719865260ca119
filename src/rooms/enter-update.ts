/**
 * An update that the room or another document made, into the document in one go.
 * @module
 */
import type { Stamp } from "../core/versions/shapes.ts";
import { type Result, err, ok } from "../protocol/result.ts";
import { currentVersion } from "./document-context.ts";
import type { DocumentDesk } from "./document-desk.ts";
import type { RoomProblem } from "./room-api.ts";
import type { Written } from "./room-api-history.ts";

export type Entering = {
  readonly update: Uint8Array;
  /** Whose its structs are, where not the user's. */
  readonly stamps: readonly Stamp[];
  readonly user: string;
  /** What the document may have with it. */
  readonly maxBytes: number;
};

/**
 * A row when it returns. Synchronous: between what the update was made from and this nobody may come. Stamps go in before, as what is
 * recorded of a struct first stays; writes without an await in between are durable together or not at all.
 */
export function enterUpdate(
  { context, behaviour }: DocumentDesk,
  { update, stamps, user, maxBytes }: Entering,
): Result<Written, RoomProblem> {
  const { storage } = context;
  const submitted = behaviour.room.submit(update, { user, maxBytes });
  if (!submitted.ok) return submitted;
  const { kind } = submitted.value;
  if (kind === "gap") {
    return err({ tag: "missing-dependencies", stateVector: behaviour.room.document.stateVector() });
  }
  if (kind === "accepted") storage.attribution.record(stamps);
  if (!behaviour.flushNow()) return err({ tag: "unavailable", reason: "storage is not writable" });
  return ok({ version: currentVersion(storage), changed: kind === "accepted" });
}
