/**
 * A document's versions: made, read, compared, restored.
 * @module
 */
import type { DocumentDiff } from "../core/versions/shapes.ts";
import { type Result, err } from "../protocol/result.ts";
import type { Version } from "../protocol/version.ts";
import type { DocumentDesk } from "./document-desk.ts";
import type { Caller, DocumentContent, Reader, RoomProblem } from "./room-api.ts";
import type { ReadFormat, VersionEntry, VersionOrder, VersionRef, Written } from "./room-api-history.ts";

const NOT_YET: RoomProblem = { tag: "unavailable", reason: "not built" };

export class DocumentVersions {
  readonly #desk: DocumentDesk;

  constructor(desk: DocumentDesk) {
    this.#desk = desk;
  }

  async create(_order: VersionOrder, caller: Caller): Promise<Result<VersionEntry, RoomProblem>> {
    const found = await this.#desk.findFor(caller);
    return found.ok ? err(NOT_YET) : found;
  }

  async read(_version: Version, _format: ReadFormat, reader: Reader): Promise<Result<DocumentContent, RoomProblem>> {
    const found = await this.#desk.findFor(reader);
    return found.ok ? err(NOT_YET) : found;
  }

  async diff(_from: VersionRef, _to: VersionRef, reader: Reader): Promise<Result<DocumentDiff, RoomProblem>> {
    const found = await this.#desk.findFor(reader);
    return found.ok ? err(NOT_YET) : found;
  }

  async preview(_update: Uint8Array, reader: Reader): Promise<Result<DocumentDiff, RoomProblem>> {
    const found = await this.#desk.findFor(reader);
    return found.ok ? err(NOT_YET) : found;
  }

  async restore(_version: Version, caller: Caller): Promise<Result<Written, RoomProblem>> {
    const found = await this.#desk.findFor(caller);
    return found.ok ? err(NOT_YET) : found;
  }
}
