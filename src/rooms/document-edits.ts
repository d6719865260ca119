/**
 * A document read as a tree, and edited in words.
 * @module
 */
import { type Result, err } from "../protocol/result.ts";
import type { DocumentDesk } from "./document-desk.ts";
import type { Caller, DocumentContent, Reader, RoomProblem } from "./room-api.ts";
import type { DocumentEdit, EditOptions, TreeFormat, Written } from "./room-api-history.ts";

const NOT_YET: RoomProblem = { tag: "unavailable", reason: "not built" };

export class DocumentEdits {
  readonly #desk: DocumentDesk;

  constructor(desk: DocumentDesk) {
    this.#desk = desk;
  }

  async readTree(
    _format: TreeFormat,
    _root: string | null,
    reader: Reader,
  ): Promise<Result<DocumentContent, RoomProblem>> {
    const found = await this.#desk.findFor(reader);
    return found.ok ? err(NOT_YET) : found;
  }

  async apply(_edit: DocumentEdit, _options: EditOptions, caller: Caller): Promise<Result<Written, RoomProblem>> {
    const found = await this.#desk.findFor(caller);
    return found.ok ? err(NOT_YET) : found;
  }
}
