/**
 * `.results/bench/<scenario>.json`: what whole runs measured; what quick or partial ones did goes to `trial/` below it.
 * @module
 */
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import type { Machine, ScenarioRecord } from "./measurements.ts";

const TRIALS = "trial";

export function thisMachine(): Machine {
  return {
    cores: availableParallelism(),
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
  };
}

/** Returns where it was written: a trial never replaces a whole run. */
export function writeRecord(resultsDir: string, record: ScenarioRecord): string {
  const path = join(resultsDir, record.shortcuts.length === 0 ? "" : TRIALS, `${record.id}.json`);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, `${JSON.stringify(record, undefined, 2)}\n`);
  return path;
}

/** The last whole run of each of these scenarios, in their order; those that never had one are not in it. */
export function readRecords(resultsDir: string, ids: readonly string[]): readonly ScenarioRecord[] {
  return ids.flatMap((id) => {
    const text = readIfThere(join(resultsDir, `${id}.json`));
    // SAFETY: written by `writeRecord`.
    return text === undefined ? [] : [JSON.parse(text) as ScenarioRecord];
  });
}

function readIfThere(path: string): string | undefined {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return undefined;
    throw error;
  }
}
