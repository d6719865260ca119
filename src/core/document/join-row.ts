/**
 * Makes the updates of one batch few: each user's joined as far as the order allows. Rule CO26.
 * @module
 */
import type { StampedUpdate } from "../ports.ts";
import { SEVERAL_USERS, mergeRows } from "./merge-rows.ts";
import { UpdateAssembler, wholePiece } from "./update-assembler.ts";

/**
 * All updates of a joined row as one, equal in effect. Each brings, of every client, what follows the updates before it.
 */
export function wholeRow(row: readonly StampedUpdate[]): Uint8Array {
  const assembler = new UpdateAssembler();
  for (const { update } of row) assembler.add(wholePiece(update));
  return assembler.take();
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
