/**
 * Where a page of history ended, as text that a caller hands back: `<segment>~<seq>~<highest seq>`.
 * @module
 */
import type { PastPosition } from "./past-rows.ts";

const CURSOR = /^([\da-f-]{0,60})~(\d{1,15})~(\d{1,15})$/;

export function formatCursor({ name, seq, highestSeq }: PastPosition): string {
  return `${name}~${seq}~${highestSeq}`;
}

/** Undefined for what {@link formatCursor} has not written. */
export function parseCursor(text: string | null): PastPosition | undefined {
  const match = CURSOR.exec(text ?? "");
  if (match === null) return undefined;
  return { name: match[1] ?? "", seq: Number(match[2]), highestSeq: Number(match[3]) };
}
