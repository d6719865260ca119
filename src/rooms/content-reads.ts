/**
 * A document's content for REST. JSON and text are built once for as long as nothing changes. Rule RO60 of SPEC.md.
 * @module
 */
import { readDocument } from "../core/document/read-document.ts";
import type { DocumentStorage } from "../core/ports.ts";
import type { Version } from "../protocol/version.ts";
import { currentVersion } from "./document-context.ts";
import type { ContentFormat, DocumentContent } from "./room-api.ts";

/** Of JSON and text together: beside them the object has 128 MB for everything. */
const MAX_KEPT_BYTES = 0x40_0000;

type Read = DocumentContent & {
  /** Everything that is stored was read for it. */
  readonly isBuilt: boolean;
};

export class ContentReads {
  readonly #storage: DocumentStorage;
  readonly #kept = new Map<ContentFormat, DocumentContent>();

  constructor(storage: DocumentStorage) {
    this.#storage = storage;
  }

  read(format: ContentFormat): Read {
    const storage = this.#storage;
    const version = currentVersion(storage);
    const kept = this.#kept.get(format);
    if (kept?.version === version) return { ...kept, isBuilt: false };
    const rows = storage.log.readSince(storage.parts.info()?.seq ?? 0);
    const body = readDocument({ parts: storage.parts.read(), rows }, format);
    this.#keep(format, version, body);
    return { version, body, isBuilt: true };
  }

  /** With each row: nobody asks for what was. */
  forget(): void {
    this.#kept.clear();
  }

  /** The bytes of an update are stored as they are, and costly in memory only. */
  #keep(format: ContentFormat, version: Version, body: Uint8Array): void {
    this.#kept.delete(format);
    let keptBytes = 0;
    for (const other of this.#kept.values()) keptBytes += other.body.length;
    if (format !== "update" && keptBytes + body.length <= MAX_KEPT_BYTES) this.#kept.set(format, { version, body });
  }
}
