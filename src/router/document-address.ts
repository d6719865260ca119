/**
 * Room ids in paths: read from the raw URL and decoded exactly once, so that an id may hold any character.
 * @module
 */
import { type Result, err, ok } from "../protocol/result.ts";
import { type BadId, type DocumentId, ROOM_KINDS, type RoomAddress, parseDocumentId } from "../protocol/room-id.ts";
import { parseGamePath } from "./games-path.ts";
import { isYSweetPath, parseYSweetPath } from "./y-sweet-path.ts";

const REST_PREFIX = "/v1/documents/";
const PRESENCE_PREFIX = "/v1/presence/";
const ROOMS_PREFIX = "/v1/rooms/";
/** Stock providers write a document's id behind these as it is. */
const RAW_PREFIXES = ["/yjs/", "/parties/document/", "/hocuspocus/"] as const;

/** The id of a REST path: one percent-encoded segment behind `/v1/documents/`. */
export function parseRestPath(url: string): Result<DocumentId, BadId> {
  const [segment = ""] = new URL(url).pathname.slice(REST_PREFIX.length).split("/", 1);
  return decodeId(segment);
}

/** The id of a stock provider's path: the rest of it, slashes included. */
export function parseRawPath(url: string, prefix: string): Result<DocumentId, BadId> {
  return decodeId(new URL(url).pathname.slice(prefix.length));
}

/** The room of any path that has one. */
export function parseRoomPath(
  url: string,
): Result<Pick<RoomAddress, "kind" | "id">, BadId | { readonly tag: "no-route" }> {
  const { pathname } = new URL(url);
  if (pathname.startsWith(ROOMS_PREFIX)) {
    const [kindText, segment = ""] = pathname.slice(ROOMS_PREFIX.length).split("/", 2);
    const kind = ROOM_KINDS.find((known) => known === kindText);
    if (kind === undefined) return err({ tag: "no-route" });
    const id = decodeId(segment);
    return id.ok ? ok({ kind, id: id.value }) : id;
  }
  if (pathname.startsWith(PRESENCE_PREFIX)) {
    const [segment = ""] = pathname.slice(PRESENCE_PREFIX.length).split("/", 1);
    const id = decodeId(segment);
    return id.ok ? ok({ kind: "presence", id: id.value }) : id;
  }
  const game = parseGamePath(pathname);
  if (game !== undefined) {
    const id = decodeId(game);
    return id.ok ? ok({ kind: "game", id: id.value }) : id;
  }
  if (isYSweetPath(pathname)) {
    const path = parseYSweetPath(pathname);
    const named = path.ok ? decodeId(path.value.encodedId) : path;
    return named.ok ? ok({ kind: "document", id: named.value }) : named;
  }
  const prefix = RAW_PREFIXES.find((raw) => pathname.startsWith(raw));
  const id = prefix === undefined ? parseRestPath(url) : parseRawPath(url, prefix);
  return id.ok ? ok({ kind: "document", id: id.value }) : id;
}

function decodeId(encoded: string): Result<DocumentId, BadId> {
  try {
    return parseDocumentId(decodeURIComponent(encoded));
  } catch {
    return err({ tag: "bad-id", reason: "The id is not percent-encoded UTF-8." });
  }
}
