/**
 * The public API of the client as one file under version control: a change to it shows in review, and needs a word in
 * the commit. `npm run api-report -- --write` accepts what the sources say now.
 * @module
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, relative } from "node:path";

const REPORT = "client/api-report.d.ts";
const ENTRY = "client/index.d.ts";
const HEADER = "// The public API of the client. Written by `npm run api-report -- --write`.\n";

/** @param {string} outDir */
function emitDeclarations(outDir) {
  const flags = [
    "--noEmit",
    "false",
    "--declaration",
    "--emitDeclarationOnly",
    "--rewriteRelativeImportExtensions",
    "false",
  ];
  const { status, stdout } = spawnSync("tsc", ["-p", "client", "--rootDir", ".", "--outDir", outDir, ...flags], {
    encoding: "utf8",
  });
  if (status === 0) return;
  console.error(stdout);
  process.exit(1);
}

/**
 * The declarations that `path` leads to, itself first: what no exported type mentions is not part of the API.
 * @param {string} outDir
 * @param {string} path
 * @param {Map<string, string>} found
 */
function collect(outDir, path, found) {
  if (found.has(path)) return;
  const text = readFileSync(join(outDir, path), "utf8");
  found.set(path, text);
  for (const [, specifier = ""] of text.matchAll(/(?:from|import\() ?"(\.[^"]+)\.ts"/g)) {
    collect(outDir, relative(".", join(dirname(path), `${specifier}.d.ts`)), found);
  }
}

const outDir = mkdtempSync(join(tmpdir(), "roost-api-"));
/** @type {Map<string, string>} */
const found = new Map();
try {
  emitDeclarations(outDir);
  collect(outDir, ENTRY, found);
} finally {
  rmSync(outDir, { recursive: true, force: true });
}
const report = HEADER + [...found].map(([path, text]) => `\n// ${path.replace(".d.ts", ".ts")}\n\n${text}`).join("");

if (process.argv.includes("--write")) {
  writeFileSync(REPORT, report);
} else {
  /** @type {string | null} */
  let accepted = null;
  try {
    accepted = readFileSync(REPORT, "utf8");
  } catch {
    // Reported below: a missing report is a changed one.
  }
  if (accepted !== report) {
    console.error(`api-report: the public API of the client changed. Look at it, then: npm run api-report -- --write`);
    process.exit(1);
  }
}
console.log(`api-report: ${found.size} modules in ${REPORT}`);
