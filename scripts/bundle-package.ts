/**
 * Builds what other projects import by name: `roost/server` as one module that runs in Node and Workers alike, and its types.
 * @module
 */
import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";

const ROOT = resolve(import.meta.dirname, "..");
const ENTRY = join(ROOT, "client/server.ts");

/** Replaces `outDir` (default dist/package) at once. */
export async function buildPackage(outDir: string = join(ROOT, "dist/package")): Promise<void> {
  await mkdir(dirname(outDir), { recursive: true });
  const fresh = await mkdtemp(`${outDir}-`);
  try {
    await writeModule(join(fresh, "server.js"));
    await writeTypes(join(fresh, "types"));
    await rm(outDir, { recursive: true, force: true });
    await rename(fresh, outDir);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
}

async function writeModule(outfile: string): Promise<void> {
  await build({
    entryPoints: [ENTRY],
    outfile,
    bundle: true,
    format: "esm",
    platform: "neutral",
    mainFields: ["module", "main"],
    target: "es2022",
    logLevel: "error",
    legalComments: "inline",
  });
}

/** The declarations that the entry leads to; they name one another as the modules that a consumer's compiler looks for. */
async function writeTypes(outDir: string): Promise<void> {
  const flags = ["--declaration", "--emitDeclarationOnly", "--noEmit", "false", "--outDir", outDir, "--rootDir", ROOT];
  await promisify(execFile)(join(ROOT, "node_modules/.bin/tsc"), ["-p", "client/tsconfig.package.json", ...flags], {
    cwd: ROOT,
  });
  const paths = (await readdir(outDir, { recursive: true })).filter((path) => path.endsWith(".d.ts"));
  for (const path of paths) {
    const text = await readFile(join(outDir, path), "utf8");
    await writeFile(join(outDir, path), text.replaceAll(/(from "\.[^"]+)\.ts"/g, '$1.js"'));
  }
}
