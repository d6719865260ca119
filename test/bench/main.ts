/**
 * `npm run bench -- [scenario …] [--check] [--quick] [--rounds=n] [--targets=a,b]`. Whatever ends it, no server outlives it.
 * @module
 */
import { mkdtempSync, rmSync } from "node:fs";
import { constants, tmpdir } from "node:os";
import { join } from "node:path";
import { bench } from "./bench.ts";
import { descendants, endProcesses } from "./process-tree.ts";
import { SCENARIOS } from "./scenarios.ts";
import { TARGETS } from "./targets/targets.ts";

const stateRoot = mkdtempSync(join(tmpdir(), "roost-bench-"));
// For every process below this one: what a kill keeps them from removing goes with the folder.
process.env["TMPDIR"] = stateRoot;

process.on("exit", () => {
  endProcesses(() => descendants(process.pid));
  rmSync(stateRoot, { recursive: true, force: true, maxRetries: 5 });
});
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
  process.on(signal, () => process.exit(128 + constants.signals[signal]));
}

const code = await bench(process.argv.slice(2), {
  scenarios: SCENARIOS,
  targets: Object.values(TARGETS),
  resultsDir: join(import.meta.dirname, "../../.results/bench"),
  stateRoot,
  print: (line) => console.log(line),
});
// Not only an exit code: a target that left a handle open must not keep it waiting.
process.exit(code);
