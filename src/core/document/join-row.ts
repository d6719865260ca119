/**
 * Makes the updates of one batch few: each user's joined as far as the order allows. Rule CO26.
 * @module
 */
import type { StampedUpdate } from "../ports.ts";
import { SEVERAL_USERS, mergeRows } from "./merge-rows.ts";
import { DeleteRanges } from "./delete-ranges.ts";
import { layoutOf } from "./struct-reader.ts";
import { NO_DELETES, StructRuns } from "./update-writer.ts";

/**
 * All updates of a joined row as one, equal in effect. Undefined where one does not go on, client by client, exactly where those
 * before it ended.
 */
export function wholeRow(row: readonly StampedUpdate[]): Uint8Array | undefined {
  const runs = new StructRuns();
  const deletes = new DeleteRanges();
  for (const { update } of row) {
    const { blocks, deleteSetOffset } = layoutOf(update);
    for (const block of blocks) if (!runs.append(update, block)) return undefined;
    if (update[deleteSetOffset] === 0) continue;
    const set = DeleteRanges.decode(update.subarray(deleteSetOffset));
    if (!set.ok) return undefined;
    deletes.merge(set.value);
  }
  return runs.write(deletes.isEmpty ? NO_DELETES : deletes.encode());
}

/**
 * Equal in effect to `updates` in order, in causal order, every update still under the name of who sent it; `updates` itself
 * where people depend on each other too closely for that.
 */
export function joinRow(updates: readonly StampedUpdate[]): readonly StampedUpdate[] {
  const joined = mergeRows([{ seq: 0, firstSeq: 0, atMs: 0, updates }]).updates;
  const isAnonymous = joined.some(({ user }) => user === SEVERAL_USERS);
  return isAnonymous || joined.length >= updates.length ? updates : joined;
}
