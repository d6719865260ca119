/**
 * Type-checks every project of the house: each has the globals of the place where its code runs and no others.
 * @module
 */
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";

const PROJECTS = ["src/protocol", "src/core", ".", "client", "test", "test/workers", "scripts"];

let failed = 0;
for (const project of PROJECTS) {
  if (!existsSync(`${project}/tsconfig.json`)) throw new Error(`${project}/tsconfig.json is missing`);
  const { status, stdout } = spawnSync("tsc", ["-p", project, "--pretty", "false"], { encoding: "utf8" });
  if (status === 0) continue;
  failed += 1;
  console.error(`types: ${project}\n${stdout}`);
}
if (failed > 0) process.exit(1);
console.log(`types: ${PROJECTS.length} projects agree`);
