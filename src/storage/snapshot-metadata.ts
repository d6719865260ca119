/**
 * What lies beside a snapshot's bytes in R2, enough to rebuild its row in D1: 8,192 bytes of text in all, ASCII here
 * because metadata travels as headers.
 * @module
 */
import { type Version, asVersion } from "../protocol/version.ts";

export type SnapshotMetadata = {
  readonly title: string;
  readonly excerpt: string;
  readonly words: number;
  readonly characters: number;
  /** Of the document as V1, which is not the size of the object. */
  readonly bytes: number;
  /** User ids, most recent first. */
  readonly editors: readonly string[];
  readonly createdMs: number;
  readonly updatedMs: number;
  /** Null when it did not fit beside the rest; the snapshot's bytes give it again. */
  readonly stateVector: Uint8Array | null;
};

type Extra = {
  readonly hasText: boolean;
  /** The version whose text stands in for its own. */
  readonly olderText?: Version | null;
  readonly sha256: string;
};

/** R2's limit is 8,192 bytes of keys and values; the rest is room for what the platform counts besides. */
const MAX_METADATA_BYTES = 8_000;

/** Everything of fixed size, then as many editors as fit, then the state vector when it still does. */
export function encodeMetadata(metadata: SnapshotMetadata, extra: Extra): Record<string, string> {
  const fields: Record<string, string> = {
    sha256: extra.sha256,
    text: extra.hasText ? "1" : (extra.olderText ?? "0"),
    words: String(metadata.words),
    characters: String(metadata.characters),
    bytes: String(metadata.bytes),
    created_ms: String(metadata.createdMs),
    updated_ms: String(metadata.updatedMs),
    title: asciiJson(metadata.title),
    excerpt: asciiJson(metadata.excerpt),
  };
  const editors = [...metadata.editors];
  while (editors.length > 0 && sizeOf({ ...fields, editors: asciiJson(editors) }) > MAX_METADATA_BYTES) editors.pop();
  fields["editors"] = asciiJson(editors);
  if (metadata.stateVector === null || metadata.stateVector.length > MAX_METADATA_BYTES) return fields;
  const stateVector = btoa(String.fromCharCode(...metadata.stateVector));
  if (sizeOf({ ...fields, state_vector: stateVector }) <= MAX_METADATA_BYTES) fields["state_vector"] = stateVector;
  return fields;
}

/** The inverse of {@link encodeMetadata}; what is missing or broken reads as empty. */
export function decodeMetadata(fields: Readonly<Record<string, string>>): {
  readonly hasText: boolean;
  readonly olderText: Version | null;
  readonly metadata: SnapshotMetadata;
} {
  const metadata: SnapshotMetadata = {
    title: textOf(fields["title"]),
    excerpt: textOf(fields["excerpt"]),
    words: numberOf(fields["words"]),
    characters: numberOf(fields["characters"]),
    bytes: numberOf(fields["bytes"]),
    editors: textsOf(fields["editors"]),
    createdMs: numberOf(fields["created_ms"]),
    updatedMs: numberOf(fields["updated_ms"]),
    stateVector: bytesOf(fields["state_vector"]),
  };
  return { hasText: fields["text"] === "1", olderText: asVersion(fields["text"] ?? "") ?? null, metadata };
}

/** The fields without one of the editors; null where they do not name them. */
export function forgetEditor(fields: Readonly<Record<string, string>>, user: string): Record<string, string> | null {
  const editors = textsOf(fields["editors"]);
  const rest = editors.filter((editor) => editor !== user);
  return rest.length === editors.length ? null : { ...fields, editors: asciiJson(rest) };
}

function sizeOf(fields: Readonly<Record<string, string>>): number {
  return Object.entries(fields).reduce((sum, [key, value]) => sum + key.length + value.length, 0);
}

function asciiJson(value: string | readonly string[]): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}

function parsed(text: string | undefined): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null;
  }
}

function textOf(text: string | undefined): string {
  const value = parsed(text);
  return typeof value === "string" ? value : "";
}

function textsOf(text: string | undefined): readonly string[] {
  const value = parsed(text);
  return Array.isArray(value) ? value.filter((item): item is string => typeof item === "string") : [];
}

function numberOf(text: string | undefined): number {
  const value = Number(text);
  return Number.isFinite(value) ? value : 0;
}

function bytesOf(text: string | undefined): Uint8Array | null {
  if (text === undefined) return null;
  try {
    return Uint8Array.from(atob(text), (char) => char.charCodeAt(0));
  } catch {
    return null;
  }
}
