/**
 * Makes a document forget that somebody wrote in it: what they wrote stays, nobody's. Rule ER2.
 * @module
 */
import { decodeHistory, encodeHistory } from "../core/history.ts";
import { rowsWithout } from "../core/without-users.ts";
import { type Result, err, ok } from "../protocol/result.ts";
import { forgetEditor } from "../storage/snapshot-metadata.ts";
import type { TraceStore } from "../storage/trace-store.ts";
import type { DocumentDesk } from "./document-desk.ts";
import type { ForgottenPage, RoomProblem } from "./room-api.ts";

export class DocumentTraces {
  readonly #desk: DocumentDesk;
  readonly #forgetRows: (user: string) => void;
  readonly #store: TraceStore;

  constructor(desk: DocumentDesk, forgetRows: (user: string) => void, store: TraceStore) {
    this.#desk = desk;
    this.#forgetRows = forgetRows;
    this.#store = store;
  }

  /**
   * First the sockets and the tables of this object, so that nothing it puts into R2 from here on names them; then a page of R2.
   * Creates nothing, and may be repeated from any cursor.
   */
  async forget(user: string, cursor: string | null): Promise<Result<ForgottenPage, RoomProblem>> {
    const found = await this.#desk.find();
    if (!found.ok) return found;
    const { behaviour, context } = this.#desk;
    if (cursor === null) {
      behaviour.kick(({ ticket }) => ticket.grant.user === user, "erased");
      if (!behaviour.flushNow()) return err({ tag: "unavailable", reason: "storage is not writable" });
      this.#forgetRows(user);
      context.content.forget();
    }
    const page = await this.#store.rewritePage(context.address, cursor, {
      segment: (bytes) => withoutUser(bytes, user),
      metadata: (fields) => forgetEditor(fields, user),
    });
    // What began before, and read R2 before it was looked through, has written by now, or will find that the user is forgotten.
    if (page.ok && page.value.cursor === null) this.#forgetRows(user);
    return page.ok ? ok(page.value) : err({ tag: "unavailable", reason: page.error.reason });
  }
}

/** A segment that nobody can read is left as it is. */
function withoutUser(bytes: Uint8Array, user: string): Uint8Array | null {
  const rows = decodeHistory(bytes);
  if (!rows.ok) return null;
  const rest = rowsWithout(rows.value, new Set([user]));
  return rest === rows.value ? null : encodeHistory(rest);
}
