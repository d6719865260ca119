/**
 * Which events follow from a message: pure but for hashing. Rules WH1–WH4 of SPEC.md.
 * @module
 */
import type { RoomName } from "../protocol/room-id.ts";
import type { WebhookEventType } from "../protocol/webhook-events.ts";
import type { DocumentDeletion, DocumentSummary } from "../storage/d1/document-index.ts";
import type { VersionToPut } from "../storage/d1/versions.ts";
import { versionEvent } from "./messages.ts";
import type { KnownDocument, NewEvent } from "../storage/d1/webhook-events.ts";

/** What a room tells of, as the queue brings it. */
export type ToldEvent = {
  /** Random, or the same for the same event: then it is one, however often it is told. */
  readonly id: string;
  readonly type: string;
  readonly atMs: number;
  readonly data: Readonly<Record<string, unknown>>;
};

type DocumentEvent = Pick<NewEvent, "version" | "atMs" | "data"> & { readonly type: WebhookEventType };

/** Of a summary, in the order in which they are delivered. `known` is D1 before the summary is written; older ones say nothing. */
export async function summaryEvents(
  room: RoomName,
  summary: DocumentSummary,
  known: Pick<KnownDocument, "version" | "deletedMs">,
): Promise<readonly NewEvent[]> {
  const { project, id, version, title, words, characters, bytes, editors, createdMs, updatedMs } = summary;
  if (known.version !== null && known.version > version) return [];
  const subject = { project, document: id };
  const isNew = known.version === null || known.deletedMs !== null;
  const created: DocumentEvent = {
    ...{ type: "document.created", version, atMs: createdMs },
    data: { ...subject, version, title, createdMs },
  };
  const changed: DocumentEvent = {
    ...{ type: "document.changed", version, atMs: updatedMs },
    data: { ...subject, version, title, words, characters, editors, updatedMs },
  };
  const saved: DocumentEvent = {
    type: "document.saved",
    version,
    atMs: updatedMs,
    data: { ...subject, version, bytes },
  };
  // A life of the document has one beginning, whichever of its summaries is the first to arrive.
  const begun = isNew ? [await named(room, created, String(createdMs))] : [];
  return [...begun, await named(room, changed, version), await named(room, saved, version)];
}

export async function deletionEvents(room: RoomName, deletion: DocumentDeletion): Promise<readonly NewEvent[]> {
  const { project, id, version, deletedMs } = deletion;
  const deleted: DocumentEvent = {
    ...{ type: "document.deleted", version, atMs: deletedMs },
    data: { project, document: id, version, deletedMs },
  };
  return [await named(room, deleted, version)];
}

/** Another name of the same version is another event, and an old version may be named after a newer one was kept. */
export async function versionEvents(room: RoomName, stored: VersionToPut): Promise<readonly NewEvent[]> {
  const { project, id, version, kind, name, user, bytes, createdMs, namedMs } = stored;
  const kept: DocumentEvent = {
    ...{ type: "document.version", version: null, atMs: namedMs },
    data: { project, document: id, version, kind, name, user: user === "" ? null : user, bytes, createdMs },
  };
  return [await named(room, kept, versionEvent(version, namedMs))];
}

/** Of the event that {@link versionEvents} makes; `name` is what the room's outbox calls it. */
export async function versionEventId(room: RoomName, name: string): Promise<string> {
  return await eventId([room, "document.version", name]);
}

/** What rooms tell, as rows: in their order. */
export async function toldEvents(room: RoomName, told: readonly ToldEvent[]): Promise<readonly NewEvent[]> {
  const [project = "", kind = "", ...rest] = room.split("/");
  const facts = { project, room: rest.join("/"), kind };
  return await Promise.all(
    told.map(async ({ id, type, atMs, data }) => ({
      ...{ id: await eventId([room, type, id]), type, subject: room, version: null, atMs },
      data: { ...facts, ...data },
    })),
  );
}

/** The same for the same parts: 128 bits in letters, digits, `-` and `_`. */
export async function eventId(parts: readonly string[]): Promise<string> {
  const digest = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(JSON.stringify(parts)));
  const text = btoa(String.fromCharCode(...new Uint8Array(digest, 0, 16)));
  return `msg_${text.replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "")}`;
}

async function named(room: RoomName, event: DocumentEvent, key: string): Promise<NewEvent> {
  return { ...event, id: await eventId([room, event.type, key]), subject: room };
}
