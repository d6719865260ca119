/**
 * A document now, or as one of its versions: its bytes, and who wrote them.
 * @module
 */
import type { DocumentBytes } from "../core/document/compaction.ts";
import { readDocument } from "../core/document/read-document.ts";
import { fromV2 } from "../core/document/stored-update.ts";
import { readProse } from "../core/formats/read-prose.ts";
import { Attribution, stampsOf } from "../core/versions/attribution.ts";
import type { Credits, Stamp } from "../core/versions/shapes.ts";
import { MAX_HYDRATE_BYTES } from "../protocol/limits.ts";
import { type Result, err, ok } from "../protocol/result.ts";
import type { Version } from "../protocol/version.ts";
import type { DocumentContext } from "./document-context.ts";
import type { DocumentDesk } from "./document-desk.ts";
import type { RoomProblem } from "./room-api.ts";
import type { ReadFormat, VersionRef } from "./room-api-history.ts";

type Context = Pick<DocumentContext, "storage" | "versions" | "address">;

/** V2 as it is stored. */
export async function readStored(
  { versions, address }: Context,
  version: Version,
): Promise<Result<Uint8Array, RoomProblem>> {
  const read = await versions.read(address, version);
  if (!read.ok) return err({ tag: "unavailable", reason: `the version cannot be read: ${read.error.tag}` });
  return read.value === null ? err({ tag: "unknown-version" }) : ok(read.value);
}

/** To be read before the next await where it is the present. */
export async function bytesOf(context: Context, ref: VersionRef): Promise<Result<DocumentBytes, RoomProblem>> {
  if (ref === "current") return ok(presentOf(context));
  const stored = await readStored(context, ref);
  return stored.ok ? ok({ parts: [fromV2(stored.value)], rows: [] }) : stored;
}

/** For a reader outside. */
export function formatVersion(stored: Uint8Array, format: ReadFormat): Result<Uint8Array, RoomProblem> {
  const update = fromV2(stored);
  if (format === "update") return ok(update);
  const document = { parts: [update], rows: [] };
  if (format === "json" || format === "text") return ok(readDocument(document, format));
  const prose = readProse(document, format, null);
  return prose.ok ? prose : err({ tag: "bad-edit", reason: prose.error.reason });
}

/** Everything that is a row. */
export function presentOf({ storage }: Pick<Context, "storage">): DocumentBytes {
  return { parts: [...storage.parts.read()], rows: [...storage.log.readSince(storage.parts.info()?.seq ?? 0)] };
}

/** Who wrote what, of parts and rows. */
export function presentStamps({ storage }: Pick<Context, "storage">): readonly Stamp[] {
  return [...storage.attribution.read(), ...stampsOf(storage.log.readSince(storage.parts.info()?.seq ?? 0))];
}

/** `more`: of what somebody brings. */
export function creditsOf(context: Pick<Context, "storage">, more: readonly Stamp[] = []): Credits {
  return new Attribution([...presentStamps(context), ...more], context.storage.authors.read());
}

/** Undefined where it may be built; it is charged for by the caller. */
export function tooLargeToBuild({ behaviour }: DocumentDesk): RoomProblem | undefined {
  const isTooLarge = behaviour.room.document.bytes() > MAX_HYDRATE_BYTES;
  return isTooLarge ? { tag: "too-large", limitBytes: MAX_HYDRATE_BYTES } : undefined;
}
