/**
 * Document ids in paths: read from the raw URL and decoded exactly once, so that an id may hold any character.
 * @module
 */
import { type Result, err } from "../protocol/result.ts";
import { type BadId, type DocumentId, parseDocumentId } from "../protocol/room-id.ts";

const REST_PREFIX = "/v1/documents/";
const YJS_PREFIX = "/yjs/";

/** The id of a REST path: one percent-encoded segment behind `/v1/documents/`. */
export function parseRestPath(url: string): Result<DocumentId, BadId> {
  const [segment = ""] = new URL(url).pathname.slice(REST_PREFIX.length).split("/", 1);
  return decodeId(segment);
}

/** The id of a stock provider's path: the rest behind `/yjs/`, slashes included. */
export function parseYjsPath(url: string): Result<DocumentId, BadId> {
  return decodeId(new URL(url).pathname.slice(YJS_PREFIX.length));
}

function decodeId(encoded: string): Result<DocumentId, BadId> {
  try {
    return parseDocumentId(decodeURIComponent(encoded));
  } catch {
    return err({ tag: "bad-id", reason: "The id is not percent-encoded UTF-8." });
  }
}
