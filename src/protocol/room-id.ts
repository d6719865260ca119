/**
 * Names of rooms: `<project>/<kind>/<id>` is the name of the Durable Object (DESIGN §5).
 * @module
 */
import { type Result, err, ok } from "./result.ts";

export type ProjectId = string & { readonly __brand: "ProjectId" };
export type DocumentId = string & { readonly __brand: "DocumentId" };
/** `<project>/<kind>/<id>`, the Durable Object's name. */
export type RoomName = string & { readonly __brand: "RoomName" };

export const ROOM_KINDS = ["document", "game", "presence"] as const;
export type RoomKind = (typeof ROOM_KINDS)[number];

export type RoomAddress = { readonly project: ProjectId; readonly kind: RoomKind; readonly id: DocumentId };

/** A malformed id: `reason` is one sentence that may be shown to the caller. */
export type BadId = { readonly tag: "bad-id"; readonly reason: string };

/** 256 bytes of UTF-8: with percent-encoding an R2 key stays below its 1,024 bytes. */
export const MAX_ID_BYTES = 256;
/** Project of open mode, where neither key nor token names one. */
export const DEFAULT_PROJECT = "default" as ProjectId;

const PROJECT_PATTERN = /^[a-z0-9][a-z0-9_-]{0,62}$/;
const encoder = new TextEncoder();

/** A room id of 1–256 UTF-8 bytes without control characters or lone surrogates; `/` is allowed. */
export function parseDocumentId(text: string): Result<DocumentId, BadId> {
  if (text.length === 0) return err({ tag: "bad-id", reason: "The id is empty." });
  if (!text.isWellFormed()) return err({ tag: "bad-id", reason: "The id holds half of a surrogate pair." });
  if (hasControl(text)) return err({ tag: "bad-id", reason: "The id holds a control character." });
  if (encoder.encode(text).length > MAX_ID_BYTES) {
    return err({ tag: "bad-id", reason: `The id is longer than ${MAX_ID_BYTES} bytes.` });
  }
  return ok(text as DocumentId);
}

/** C0, DEL and C1. A loop: the pattern \p{Cc} is compiled anew in every object that starts, which took a third of its start. */
function hasControl(text: string): boolean {
  for (let index = 0; index < text.length; index += 1) {
    const code = text.charCodeAt(index);
    if (code < 0x20 || (code >= 0x7f && code <= 0x9f)) return true;
  }
  return false;
}

/** A project id: lower-case letters, digits, `-` and `_`, 1–63 characters. */
export function parseProjectId(text: string): Result<ProjectId, BadId> {
  return PROJECT_PATTERN.test(text)
    ? ok(text as ProjectId)
    : err({ tag: "bad-id", reason: "A project id is 1–63 lower-case letters, digits, '-' or '_'." });
}

/** The Durable Object name of a room. */
export function formatRoomName(address: RoomAddress): RoomName {
  return `${address.project}/${address.kind}/${address.id}` as RoomName;
}

/** The inverse of {@link formatRoomName}; the id is the raw rest and may hold slashes. */
export function parseRoomName(name: string): Result<RoomAddress, BadId> {
  const [projectText = "", kindText = ""] = name.split("/", 2);
  const kind = ROOM_KINDS.find((known) => known === kindText);
  if (kind === undefined) return err({ tag: "bad-id", reason: "A room is named <project>/<kind>/<id>." });
  const project = parseProjectId(projectText);
  if (!project.ok) return project;
  const id = parseDocumentId(name.slice(projectText.length + kindText.length + 2));
  if (!id.ok) return id;
  return ok({ project: project.value, kind, id: id.value });
}
