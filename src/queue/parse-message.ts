/**
 * Whatever came off the queue as a message of ours, or what is wrong with it. A queue keeps messages for days: one may be
 * of an older or newer Roost.
 * @module
 */
import { type Result, err, ok } from "../protocol/result.ts";
import {
  type DocumentId,
  type ProjectId,
  type RoomName,
  formatRoomName,
  parseDocumentId,
  parseProjectId,
  parseRoomName,
} from "../protocol/room-id.ts";
import { type Version, asVersion } from "../protocol/version.ts";
import type { AuditEntry } from "../storage/d1/audit.ts";
import type { DocumentDeletion, DocumentSummary } from "../storage/d1/document-index.ts";
import type { VersionToPut } from "../storage/d1/versions.ts";
import type { ToldPosition } from "../storage/d1/webhook-positions.ts";
import type { Sighting } from "../storage/d1/user-rooms.ts";
import { isRoomEventType } from "../protocol/webhook-events.ts";
import { MAX_TOLD_EVENTS } from "./messages.ts";
import type { ToldEvent } from "./webhook-events.ts";

/** What a document's room waits for, so that its outbox empties. */
export type ConfirmedMessage =
  | { readonly kind: "summary"; readonly room: RoomName; readonly summary: DocumentSummary }
  | { readonly kind: "deleted"; readonly room: RoomName; readonly deletion: DocumentDeletion }
  | { readonly kind: "version"; readonly room: RoomName; readonly stored: VersionToPut; readonly after: string | null };

/** What the consumer works off. */
export type CheckedMessage =
  | ConfirmedMessage
  | { readonly kind: "joined"; readonly room: RoomName; readonly sighting: Sighting }
  | {
      readonly kind: "events";
      readonly project: ProjectId;
      readonly room: RoomName;
      readonly order: ToldPosition | undefined;
      readonly events: readonly ToldEvent[];
    }
  | { readonly kind: "audit"; readonly entry: AuditEntry }
  | { readonly kind: "erase"; readonly project: ProjectId; readonly erasure: string };

/** `project` is null when the message does not even say that. */
export type MalformedMessage = {
  readonly tag: "malformed";
  readonly reason: string;
  readonly project: ProjectId | null;
};

type Fields = Readonly<Record<string, unknown>>;
type Head = {
  readonly project: ProjectId;
  readonly id: DocumentId;
  readonly room: RoomName;
  readonly version: Version;
};

const MAX_USER_CHARS = 128;

/** The message with every field checked. */
export function parseMessage(body: unknown): Result<CheckedMessage, MalformedMessage> {
  if (!isFields(body)) return malformed("not an object", null);
  if (body["kind"] === "audit") return parseAudit(body);
  const project = readProject(body["project"]);
  if (!project.ok) return project;
  if (body["kind"] === "joined") return parseJoined(body, project.value);
  if (body["kind"] === "events") return parseTold(body, project.value);
  if (body["kind"] === "erase") return parseErase(body, project.value);
  const head = parseHead(body, project.value);
  if (!head.ok) return head;
  switch (body["kind"]) {
    case "summary":
      return parseSummary(body, head.value);
    case "deleted":
      return parseDeletion(body, head.value);
    case "version":
      return parseVersionMessage(body, head.value);
    default:
      return malformed("kind", project.value);
  }
}

/** Whose message it is; null for one of the whole deployment. */
export function projectOf(message: CheckedMessage): ProjectId | null {
  switch (message.kind) {
    case "summary":
      return message.summary.project;
    case "deleted":
      return message.deletion.project;
    case "version":
      return message.stored.project;
    case "joined":
      return message.sighting.project;
    case "events":
    case "erase":
      return message.project;
    case "audit":
      return message.entry.project;
  }
}

function readProject(value: unknown): Result<ProjectId, MalformedMessage> {
  const project = isText(value) ? parseProjectId(value) : undefined;
  return project?.ok === true ? project : malformed("project", null);
}

function parseHead(body: Fields, project: ProjectId): Result<Head, MalformedMessage> {
  if (body["v"] !== 1) return malformed("v", project);
  const id = typeof body["id"] === "string" ? parseDocumentId(body["id"]) : undefined;
  if (id === undefined || !id.ok) return malformed("id", project);
  const version = asVersion(String(body["version"]));
  if (version === undefined) return malformed("version", project);
  const room = formatRoomName({ project, kind: "document", id: id.value });
  return body["room"] === room ? ok({ project, id: id.value, room, version }) : malformed("room", project);
}

function parseSummary(body: Fields, { room, ...head }: Head): Result<CheckedMessage, MalformedMessage> {
  const { snapshotKey, textKey, title, excerpt, words, characters, bytes, editors, createdMs, updatedMs } = body;
  if (!isText(snapshotKey)) return malformed("snapshotKey", head.project);
  if (textKey !== null && !isText(textKey)) return malformed("textKey", head.project);
  if (!isText(title)) return malformed("title", head.project);
  if (!isText(excerpt)) return malformed("excerpt", head.project);
  if (!isCount(words)) return malformed("words", head.project);
  if (!isCount(characters)) return malformed("characters", head.project);
  if (!isCount(bytes)) return malformed("bytes", head.project);
  if (!isCount(createdMs)) return malformed("createdMs", head.project);
  if (!isCount(updatedMs)) return malformed("updatedMs", head.project);
  if (!Array.isArray(editors) || !editors.every(isText)) return malformed("editors", head.project);
  const facts = { snapshotKey, textKey, title, excerpt, words, characters, bytes, editors, createdMs, updatedMs };
  return ok({ kind: "summary", room, summary: { ...head, ...facts } });
}

function parseDeletion(body: Fields, { room, ...head }: Head): Result<CheckedMessage, MalformedMessage> {
  const { deletedMs } = body;
  if (!isCount(deletedMs)) return malformed("deletedMs", head.project);
  return ok({ kind: "deleted", room, deletion: { ...head, deletedMs } });
}

function parseVersionMessage(body: Fields, { room, ...head }: Head): Result<CheckedMessage, MalformedMessage> {
  const { versionKind, name, user, editors, bytes, createdMs, namedMs, after = null } = body;
  if (!isVersionKind(versionKind)) return malformed("versionKind", head.project);
  if (!isText(name)) return malformed("name", head.project);
  if (!isText(user)) return malformed("user", head.project);
  if (!Array.isArray(editors) || !editors.every(isText)) return malformed("editors", head.project);
  if (!isCount(bytes)) return malformed("bytes", head.project);
  if (!isCount(createdMs)) return malformed("createdMs", head.project);
  if (!isCount(namedMs)) return malformed("namedMs", head.project);
  if (after !== null && !isText(after)) return malformed("after", head.project);
  const facts = { kind: versionKind, name, user, editors, bytes, createdMs, namedMs };
  return ok({ kind: "version", room, stored: { ...head, ...facts }, after });
}

function parseJoined(body: Fields, project: ProjectId): Result<CheckedMessage, MalformedMessage> {
  const { v, user, room, atMs } = body;
  if (v !== 1) return malformed("v", project);
  if (!isText(user) || user.length === 0 || user.length > MAX_USER_CHARS) return malformed("user", project);
  const address = isText(room) ? parseRoomName(room) : undefined;
  if (address === undefined || !address.ok || address.value.project !== project) return malformed("room", project);
  if (!isCount(atMs)) return malformed("atMs", project);
  const name = formatRoomName(address.value);
  return ok({ kind: "joined", room: name, sighting: { project, user, room: name, atMs } });
}

function parseTold(body: Fields, project: ProjectId): Result<CheckedMessage, MalformedMessage> {
  const { v, room, events } = body;
  if (v !== 1) return malformed("v", project);
  const address = isText(room) ? parseRoomName(room) : undefined;
  if (address === undefined || !address.ok || address.value.project !== project) return malformed("room", project);
  if (!Array.isArray(events) || events.length > MAX_TOLD_EVENTS) return malformed("events", project);
  const told: ToldEvent[] = [];
  for (const event of events) {
    if (!isFields(event)) return malformed("events", project);
    const { id, type, atMs, data } = event;
    const isWhole = isText(id) && isText(type) && isRoomEventType(type) && isCount(atMs) && isFields(data);
    if (!isWhole) return malformed("events", project);
    told.push({ id, type, atMs, data });
  }
  const order = readOrder(body["order"]);
  return ok({ kind: "events", project, room: formatRoomName(address.value), order, events: told });
}

/** What makes no sense is as good as nothing: the events count. */
function readOrder(value: unknown): ToldPosition | undefined {
  if (!isFields(value)) return undefined;
  const { run, position } = value;
  return isCount(run) && isCount(position) ? { run, position } : undefined;
}

function parseErase({ v, id }: Fields, project: ProjectId): Result<CheckedMessage, MalformedMessage> {
  if (v !== 1) return malformed("v", project);
  return isText(id) && id !== "" ? ok({ kind: "erase", project, erasure: id }) : malformed("id", project);
}

function parseAudit(body: Fields): Result<CheckedMessage, MalformedMessage> {
  const { v, id, actor, action, target, atMs, request, detail } = body;
  const parsed = body["project"] === null ? ok(null) : readProject(body["project"]);
  if (!parsed.ok) return parsed;
  const project = parsed.value;
  if (v !== 1) return malformed("v", project);
  if (!isText(id) || id === "") return malformed("id", project);
  if (!isText(actor)) return malformed("actor", project);
  // Any: a newer Roost may know more of them.
  if (!isText(action)) return malformed("action", project);
  if (!isText(target)) return malformed("target", project);
  if (!isCount(atMs)) return malformed("atMs", project);
  if (!isText(request)) return malformed("request", project);
  if (!isFields(detail)) return malformed("detail", project);
  return ok({ kind: "audit", entry: { id, project, actor, action, target, atMs, request, detail } });
}

function isFields(body: unknown): body is Fields {
  return typeof body === "object" && body !== null && !Array.isArray(body);
}

function isVersionKind(value: unknown): value is "auto" | "named" | "restored" {
  return value === "auto" || value === "named" || value === "restored";
}

function isText(value: unknown): value is string {
  return typeof value === "string";
}

function isCount(value: unknown): value is number {
  return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
}

function malformed(field: string, project: ProjectId | null): Result<never, MalformedMessage> {
  return err({ tag: "malformed", reason: `malformed: ${field}`, project });
}
