/**
 * Workers bundled once for a whole run of tests: each of its hundred servers would spend most of a second on the same.
 * @module
 */
import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join, resolve } from "node:path";
import { bundleWorker } from "../../scripts/bundle-worker.ts";
import { FAULTY_WORKER } from "./faults.ts";

export const WORKER = resolve(import.meta.dirname, "../../src/index.ts");
/** Where they are, for the processes of this run. */
const VARIABLE = "ROOST_TEST_WORKERS";

const GAMES_WORKER = join(import.meta.dirname, "games-worker.ts");

/** Bundles those that many servers run; returns what takes them away again. Of the projects of a run one does it. */
export async function bundleWorkers(): Promise<() => Promise<void>> {
  if (process.env[VARIABLE] !== undefined) return async () => {};
  const dir = await mkdtemp(join(tmpdir(), "roost-workers-"));
  process.env[VARIABLE] = dir;
  await Promise.all(
    [WORKER, FAULTY_WORKER, GAMES_WORKER].map(async (entry) => await bundleWorker(entry, folderOf(dir, entry))),
  );
  return async () => {
    delete process.env[VARIABLE];
    await rm(dir, { recursive: true, force: true });
  };
}

/** Undefined where nobody has bundled `entry` for this run. */
export function findBundle(entry: string): string | undefined {
  const dir = process.env[VARIABLE];
  if (dir === undefined) return undefined;
  const bundle = join(folderOf(dir, entry), "index.js");
  return existsSync(bundle) ? bundle : undefined;
}

function folderOf(dir: string, entry: string): string {
  return join(dir, basename(entry, ".ts"));
}
