/**
 * `.results/bench/<scenario>.json`: what whole runs measured; what quick or partial ones did goes to `trial/` below it.
 * @module
 */
import { spawnSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { dirname, join } from "node:path";
import type { CodeVersion, Machine, ScenarioRecord } from "./measurements.ts";

const TRIALS = "trial";
/** What {@link codeVersion} looks at: neither texts nor what the report writes change a figure. */
const CODE = [":/", ":(top,exclude)*.md", ":(top,exclude)*.svg"];

export function thisMachine(): Machine {
  return {
    cores: availableParallelism(),
    node: process.versions.node,
    platform: `${process.platform} ${process.arch}`,
  };
}

/** Of what is in the folder now; undefined when Git does not know. */
export function codeVersion(folder: string = import.meta.dirname): CodeVersion | undefined {
  const head = git(folder, ["rev-parse", "--verify", "HEAD"]);
  const changes = git(folder, ["status", "--porcelain", "--", ...CODE]);
  if (head === undefined || changes === undefined) return undefined;
  return { commit: head.trim(), isDirty: changes !== "" };
}

/** Of what was measured between two looks at it. */
export function versionBetween(
  before: CodeVersion | undefined,
  after: CodeVersion | undefined,
): CodeVersion | undefined {
  if (before === undefined || after === undefined) return undefined;
  return { commit: before.commit, isDirty: before.isDirty || after.isDirty || before.commit !== after.commit };
}

function git(folder: string, args: readonly string[]): string | undefined {
  const { status, stdout } = spawnSync("git", args, { cwd: folder, encoding: "utf8" });
  return status === 0 ? stdout : undefined;
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
