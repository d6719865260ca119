/**
 * One message: into D1; then the room hears that it is there, or that a user has to go.
 * @module
 */
import type { Env } from "../env.ts";
import { type Result, err, ok } from "../protocol/result.ts";
import { type RoomKind, type RoomName, parseRoomName } from "../protocol/room-id.ts";
import { AuditLog } from "../storage/d1/audit.ts";
import { DocumentIndex, type DocumentSummary, type Written } from "../storage/d1/document-index.ts";
import { Revocations } from "../storage/d1/revocations.ts";
import { type Sighting, UserRooms } from "../storage/d1/user-rooms.ts";
import { SnapshotStore } from "../storage/snapshots.ts";
import { stepErasure } from "./erase-step.ts";
import { dropOfErased } from "./erased-projects.ts";
import { versionEvent } from "./messages.ts";
import type { CheckedMessage, ConfirmedMessage } from "./parse-message.ts";
import { storeVersion } from "./version-message.ts";
import { type Patience, recordDocument, recordTold } from "./webhook-record.ts";

export type NotHandled = { readonly tag: "not-handled"; readonly reason: string };

/** Why a socket closes that came in through an isolate which did not know yet. */
const REVOKED = "access was revoked";

/** `early`: to be brought again when what its room sent before it is here. */
export type Handled = Written | "early";

/** `stale` is a success: D1 knows something newer. Repeating it changes nothing. */
export async function handleMessage(
  message: CheckedMessage,
  patience: Patience,
  env: Env,
): Promise<Result<Handled, NotHandled>> {
  const dropped = await dropOfErased(message, env);
  if (dropped !== undefined) return dropped.ok ? dropped : err({ tag: "not-handled", reason: dropped.error.reason });
  switch (message.kind) {
    case "joined":
      return await rememberJoin(message.sighting, env);
    case "audit": {
      const written = await new AuditLog(env.DB).put(message.entry);
      return written.ok ? ok("stored") : notHandled("D1", written.error.reason);
    }
    case "erase": {
      const stepped = await stepErasure(message.erasure, env);
      return stepped.ok ? stepped : err({ tag: "not-handled", reason: stepped.error.reason });
    }
    case "events": {
      const recorded = await recordTold(message, patience, env);
      if (!recorded.ok) return notHandled("D1", recorded.error.reason);
      return ok(recorded.value === "early" ? "early" : "stored");
    }
    case "summary":
    case "deleted":
    case "version":
      return await handleDocument(message, patience, env);
  }
}

async function handleDocument(
  message: ConfirmedMessage,
  patience: Patience,
  env: Env,
): Promise<Result<Handled, NotHandled>> {
  // Before the index, which says until then whether the document is new; of a version after, once it is stored.
  const isVersion = message.kind === "version";
  const before = isVersion ? ok("recorded") : await recordDocument(message, patience, env);
  if (!before.ok) return notHandled("D1", before.error.reason);
  const written = await write(message, env);
  if (!written.ok) return written;
  const after = isVersion && written.value === "stored" ? await recordDocument(message, patience, env) : ok("recorded");
  if (!after.ok) return notHandled("D1", after.error.reason);
  if (after.value === "early") return ok("early");
  await confirm(message.room, message.kind, eventOf(message), env);
  return written;
}

async function write(message: ConfirmedMessage, env: Env): Promise<Result<Written, NotHandled>> {
  const index = new DocumentIndex(env.DB);
  if (message.kind === "version") {
    const stored = await storeVersion(message.stored, env, Date.now());
    return stored.ok ? stored : notHandled(stored.error.tag === "r2-failed" ? "R2" : "D1", stored.error.reason);
  }
  if (message.kind === "deleted") {
    const written = await index.putDeletion(message.deletion);
    return written.ok ? written : notHandled("D1", written.error.reason);
  }
  const text = await readText(message.summary, env);
  if (!text.ok) return text;
  const written = await index.putSummary(message.summary, text.value);
  return written.ok ? written : notHandled("D1", written.error.reason);
}

/** As the room's outbox calls it. */
function eventOf(message: ConfirmedMessage): string {
  switch (message.kind) {
    case "summary":
      return message.summary.version;
    case "deleted":
      return message.deletion.version;
    case "version":
      return versionEvent(message.stored.version, message.stored.namedMs);
  }
}

/** Text that is gone was erased since; what says so is on its way, and title and excerpt are indexed until then. */
async function readText({ textKey }: DocumentSummary, env: Env): Promise<Result<string | null, NotHandled>> {
  if (textKey === null) return ok(null);
  const text = await new SnapshotStore(env.SNAPSHOTS).readText(textKey);
  return text.ok ? text : notHandled("R2", text.error.reason);
}

/**
 * Whoever revokes writes the revocation and then reads the rooms; here the room is written and then the revocation read. So one of
 * the two sees the other, however they interleave.
 */
async function rememberJoin(sighting: Sighting, env: Env): Promise<Result<Written, NotHandled>> {
  const { project, user, room } = sighting;
  const put = await new UserRooms(env.DB).put(sighting);
  if (!put.ok) return notHandled("D1", put.error.reason);
  const untilMs = await new Revocations(env.DB).find(project, user, Date.now());
  if (!untilMs.ok) return notHandled("D1", untilMs.error.reason);
  return untilMs.value === null ? ok("stored") : await kick(room, user, env);
}

/** A room that cannot be told is told again later: until then the user is in. */
async function kick(room: RoomName, user: string, env: Env): Promise<Result<Written, NotHandled>> {
  const address = parseRoomName(room);
  if (!address.ok) return ok("stored");
  try {
    const kicked = await stubOf(env, address.value.kind, room).kick({ user }, REVOKED);
    const isGone = !kicked.ok && (kicked.error.tag === "not-found" || kicked.error.tag === "deleted");
    return kicked.ok || isGone ? ok("stored") : notHandled("room", kicked.error.tag);
  } catch (error) {
    return notHandled("room", String(error));
  }
}

type Kicking = Pick<ReturnType<Env["GAME_ROOM"]["getByName"]>, "kick">;

function stubOf(env: Env, kind: RoomKind, room: RoomName): Kicking {
  if (kind === "document") return env.DOCUMENT_ROOM.getByName(room);
  return kind === "presence" ? env.PRESENCE_ROOM.getByName(room) : env.GAME_ROOM.getByName(room);
}

/** A room that does not hear of it sends the message again, and it is stale then. */
async function confirm(room: RoomName, kind: ConfirmedMessage["kind"], event: string, env: Env): Promise<void> {
  try {
    await env.DOCUMENT_ROOM.getByName(room).confirmStored(kind, event);
  } catch (error) {
    const line = { level: "error", event: "confirm-failed", room, kind, name: event, reason: String(error) };
    console.error(JSON.stringify(line));
  }
}

function notHandled(store: string, reason: string): Result<never, NotHandled> {
  return err({ tag: "not-handled", reason: `${store}: ${reason}` });
}
