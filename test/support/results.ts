/**
 * Figures that tests measure. Each goes to `.results/<name>.json`; `npm run results` writes them into README's tables.
 * @module
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const RESULTS_DIR = join(import.meta.dirname, "../../.results");

/** One row of README's table of tests: what was done, how much of it, what came out. */
export type Result = {
  readonly promise: string;
  readonly test: string;
  readonly count: string;
  readonly result: string;
};

/** Keeps and prints one row; a later run of the same test replaces it. */
export function recordResult(name: string, result: Result): void {
  mkdirSync(RESULTS_DIR, { recursive: true });
  writeFileSync(join(RESULTS_DIR, `${name}.json`), `${JSON.stringify(result, undefined, 2)}\n`);
  console.log(`${result.promise} ${result.test}: ${result.count}: ${result.result}`);
}
