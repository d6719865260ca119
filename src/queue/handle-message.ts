/**
 * One message of a room: into D1, then back to the room that it is there.
 * @module
 */
import type { Env } from "../env.ts";
import { type Result, err, ok } from "../protocol/result.ts";
import type { RoomName } from "../protocol/room-id.ts";
import type { Version } from "../protocol/version.ts";
import { DocumentIndex, type DocumentSummary, type Written } from "../storage/d1/document-index.ts";
import { SnapshotStore } from "../storage/snapshots.ts";
import type { CheckedMessage } from "./parse-message.ts";

export type NotHandled = { readonly tag: "not-handled"; readonly reason: string };

/** `stale` is a success: D1 knows something newer. Repeating it changes nothing. */
export async function handleMessage(message: CheckedMessage, env: Env): Promise<Result<Written, NotHandled>> {
  const written = await write(message, env);
  if (!written.ok) return written;
  const { version } = message.kind === "summary" ? message.summary : message.deletion;
  await confirm(message.room, message.kind, version, env);
  return written;
}

async function write(message: CheckedMessage, env: Env): Promise<Result<Written, NotHandled>> {
  const index = new DocumentIndex(env.DB);
  if (message.kind === "deleted") {
    const written = await index.putDeletion(message.deletion);
    return written.ok ? written : notHandled("D1", written.error.reason);
  }
  const text = await readText(message.summary, env);
  if (!text.ok) return text;
  const written = await index.putSummary(message.summary, text.value);
  return written.ok ? written : notHandled("D1", written.error.reason);
}

/** Text that is gone was erased since; what says so is on its way, and title and excerpt are indexed until then. */
async function readText({ textKey }: DocumentSummary, env: Env): Promise<Result<string | null, NotHandled>> {
  if (textKey === null) return ok(null);
  const text = await new SnapshotStore(env.SNAPSHOTS).readText(textKey);
  return text.ok ? text : notHandled("R2", text.error.reason);
}

/** A room that does not hear of it sends the message again, and it is stale then. */
async function confirm(room: RoomName, kind: CheckedMessage["kind"], version: Version, env: Env): Promise<void> {
  try {
    await env.DOCUMENT_ROOM.getByName(room).confirmStored(kind, version);
  } catch (error) {
    const line = { level: "error", event: "confirm-failed", room, kind, version, reason: String(error) };
    console.error(JSON.stringify(line));
  }
}

function notHandled(store: string, reason: string): Result<never, NotHandled> {
  return err({ tag: "not-handled", reason: `${store}: ${reason}` });
}
