/**
 * Runs of a test that depend on nothing but a seed. A failure names its seed and the command that runs it alone.
 * @module
 */
import { relative } from "node:path";
import fc from "fast-check";
import { expect } from "vitest";

/** Set by hand to run one seed alone, in every test that has seeds. */
const REPLAYED = process.env["ROOST_SEED"];
const MAX_SEED = 2 ** 31 - 1;

/**
 * Calls `live` with `runs` random seeds, or with the one in `ROOST_SEED`. Returns how many they were; throws what `live` throws,
 * and how to see it again.
 */
export function forSeeds(runs: number, live: (seed: number) => void): number {
  if (REPLAYED !== undefined) {
    attempt(Number(REPLAYED), live);
    return 1;
  }
  const seeds = fc.integer({ min: 0, max: MAX_SEED });
  // A smaller seed is no simpler world, so nothing is shrunk.
  fc.assert(
    fc.property(seeds, (seed) => attempt(seed, live)),
    { numRuns: runs, endOnFailure: true },
  );
  return runs;
}

function attempt(seed: number, live: (seed: number) => void): void {
  try {
    live(seed);
  } catch (cause) {
    const { testPath, currentTestName } = expect.getState();
    const file = relative(process.cwd(), testPath ?? "");
    const title = /\[\w+\]/.exec(currentTestName ?? "")?.[0] ?? "";
    const command = `ROOST_SEED=${seed} npx vitest run --project unit ${file} -t "${title.replace(/[[\]]/g, "\\$&")}"`;
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new Error(`seed ${seed} fails; again: ${command}\n${reason}`, { cause });
  }
}
