/**
 * Cuts structs where their author changes.
 * @module
 */
import type { Credit, Credits } from "./shapes.ts";

/** `length` units from `offset` on are of one person and time. */
export type CreditRun = { readonly offset: number; readonly length: number; readonly credit: Credit };

/** Of the structs `clock … clock + length - 1`, in order. */
export function creditRuns(
  credits: Credits,
  { client, clock, length }: { readonly client: number; readonly clock: number; readonly length: number },
): readonly CreditRun[] {
  const runs: CreditRun[] = [];
  let start = 0;
  let credit = credits.of(client, clock);
  for (let offset = 1; offset < length; offset += 1) {
    const next = credits.of(client, clock + offset);
    if (next.user === credit.user && next.atMs === credit.atMs) continue;
    runs.push({ offset: start, length: offset - start, credit });
    start = offset;
    credit = next;
  }
  runs.push({ offset: start, length: length - start, credit });
  return runs;
}
