/**
 * Builds what other projects import by name, and its types: `roost/server` runs in Node and Workers alike, `roost`, `roost/presence` and
 * `roost/react` in pages. Provider, hooks and presence client share one copy of what they have in common.
 * @module
 */
import { execFile } from "node:child_process";
import { chmod, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";

const ROOT = resolve(import.meta.dirname, "..");
/** By the name of the module. */
const ENTRIES = {
  index: "client/index.ts",
  server: "client/server.ts",
  presence: "client/presence/index.ts",
  react: "client/react/index.ts",
};
/** What its command line needs of the rest, and nobody imports by name. */
const TOOLS = { "update-pieces": "scripts/update-pieces.ts" };
/** The project's own: two copies of React or Yjs in one page break it, and editor bindings share the awareness. */
const EXTERNAL = ["react", "yjs", "y-protocols"];

/** Replaces `outDir` (default dist/package) at once, and returns the names that projects import. */
export async function buildPackage(outDir: string = join(ROOT, "dist/package")): Promise<readonly string[]> {
  await mkdir(dirname(outDir), { recursive: true });
  const fresh = await mkdtemp(`${outDir}-`);
  try {
    await writeModules(fresh);
    await writeTypes(join(fresh, "types"));
    await rm(outDir, { recursive: true, force: true });
    await chmod(fresh, 0o755);
    await rename(fresh, outDir);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  return Object.keys(ENTRIES).map((name) => (name === "index" ? "roost" : `roost/${name}`));
}

async function writeModules(outdir: string): Promise<void> {
  await build({
    absWorkingDir: ROOT,
    entryPoints: { ...ENTRIES, ...TOOLS },
    outdir,
    bundle: true,
    splitting: true,
    chunkNames: "shared-[hash]",
    external: EXTERNAL,
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
