/**
 * Who wrote what, and when.
 * @module
 */
import type { DocumentBlame } from "../core/versions/shapes.ts";
import { type Result, err } from "../protocol/result.ts";
import type { DocumentDesk } from "./document-desk.ts";
import type { Reader, RoomProblem } from "./room-api.ts";
import type { Activity, HistoryPage, HistoryRange } from "./room-api-history.ts";

const NOT_YET: RoomProblem = { tag: "unavailable", reason: "not built" };

export class DocumentAttribution {
  readonly #desk: DocumentDesk;

  constructor(desk: DocumentDesk) {
    this.#desk = desk;
  }

  async blame(reader: Reader): Promise<Result<DocumentBlame, RoomProblem>> {
    const found = await this.#desk.findFor(reader);
    return found.ok ? err(NOT_YET) : found;
  }

  async history(_range: HistoryRange, reader: Reader): Promise<Result<HistoryPage, RoomProblem>> {
    const found = await this.#desk.findFor(reader);
    return found.ok ? err(NOT_YET) : found;
  }

  async activity(
    _range: Omit<HistoryRange, "cursor">,
    _everyMs: number,
    reader: Reader,
  ): Promise<Result<readonly Activity[], RoomProblem>> {
    const found = await this.#desk.findFor(reader);
    return found.ok ? err(NOT_YET) : found;
  }
}
