/**
 * Builds what the Worker serves as files: the pages of client/demo and the SDK as one module for a script tag.
 * @module
 */
import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, relative, resolve } from "node:path";
import { build } from "esbuild";
import { bundleWidget } from "./bundle-widget.ts";

const ROOT = resolve(import.meta.dirname, "..");
/** Folders of pages; all of them are served at the root, so names are used once. */
const PAGE_FOLDERS = ["client/demo", "client/demo/games"];

/**
 * Files named by their content never change. Other sites may import the modules, nobody may frame the pages. Style attributes
 * are allowed: without them pasted text is read as if it had none, and what a word processor made bold by style is not.
 */
const HEADERS = `/assets/*
  Cache-Control: public, max-age=31536000, immutable
  Access-Control-Allow-Origin: *
/*
  Content-Security-Policy: default-src 'self'; img-src 'self' data: blob:; style-src 'self'; style-src-attr 'unsafe-inline'; frame-ancestors 'self'; base-uri 'none'
  Referrer-Policy: same-origin
  X-Content-Type-Options: nosniff
/roost.js
  Access-Control-Allow-Origin: *
/yjs.js
  Access-Control-Allow-Origin: *
/widget.js
  Access-Control-Allow-Origin: *
/widget.json
  Access-Control-Allow-Origin: *
`;

/** Stable addresses for other sites: each passes on the module of the same build. */
const PUBLIC_MODULES = { "roost.js": "client/index.ts", "yjs.js": "node_modules/yjs/dist/yjs.mjs" };

/** Replaces `outDir` (default dist/client) at once, under whoever serves it, and returns the paths in it. */
export async function buildClient(outDir: string = join(ROOT, "dist/client")): Promise<readonly string[]> {
  await mkdir(dirname(outDir), { recursive: true });
  const fresh = await mkdtemp(`${outDir}-`);
  try {
    await writeClient(fresh);
    await chmod(fresh, 0o755);
    await rm(outDir, { recursive: true, force: true });
    await rename(fresh, outDir);
  } finally {
    await rm(fresh, { recursive: true, force: true });
  }
  return (await readdir(outDir, { recursive: true })).toSorted();
}

async function writeClient(outDir: string): Promise<void> {
  const pages = await readPages();
  const references = new Set([...pages.values()].flatMap(referencesIn));
  const sources = new Map([...references].map((name) => [name, sourceOf(name)]));
  const built = await bundle(
    outDir,
    [...sources.values()].filter((path) => path !== undefined),
  );
  for (const [name, source] of sources) {
    if (source === undefined) await copyFile(join(ROOT, findInPages(name)), join(outDir, name));
  }
  const addressOf = (name: string) => built.get(sources.get(name) ?? "") ?? `/${name}`;
  for (const [page, html] of pages) {
    const linked = html.replaceAll(REFERENCE, (_match, before: string, name: string) => before + addressOf(name));
    await writeFile(join(outDir, page), linked);
  }
  for (const [name, source] of Object.entries(PUBLIC_MODULES)) {
    const address = built.get(source);
    if (address === undefined) throw new Error(`nothing was built from ${source}`);
    await writeFile(join(outDir, name), `export * from ".${address}";\n`);
  }
  await writeWidget(outDir);
  await writeFile(join(outDir, "_headers"), HEADERS);
}

/** One name that stays, one that stays true: a hash in a page of another site holds only for bytes that never change. */
async function writeWidget(outDir: string): Promise<void> {
  const { bytes } = await bundleWidget();
  const hash = createHash("sha384").update(bytes).digest();
  const file = `assets/widget-${hash.toString("hex").slice(0, 12)}.js`;
  for (const name of ["widget.js", file]) await writeFile(join(outDir, name), bytes);
  const facts = { file: `/${file}`, integrity: `sha384-${hash.toString("base64")}` };
  await writeFile(join(outDir, "widget.json"), JSON.stringify(facts));
}

async function readPages(): Promise<ReadonlyMap<string, string>> {
  const pages = new Map<string, string>();
  for (const folder of PAGE_FOLDERS) {
    for (const name of await readdir(join(ROOT, folder))) {
      if (!name.endsWith(".html")) continue;
      if (pages.has(name)) throw new Error(`two pages are called ${name}`);
      pages.set(name, await readFile(join(ROOT, folder, name), "utf8"));
    }
  }
  return pages;
}

/** `href="./x"` or `src="./x"`: a file beside the page. */
const REFERENCE = /((?:href|src)=")\.\/([\w.-]+\.(?:js|css|svg|png|ico|webmanifest))(?=")/g;

function referencesIn(html: string): readonly string[] {
  return [...html.matchAll(REFERENCE)].map((match) => match[2] ?? "");
}

/** The file a reference is built from; none when it is served as it is. */
function sourceOf(name: string): string | undefined {
  if (name.endsWith(".js")) return findInPages(`${basename(name, ".js")}.ts`);
  return name.endsWith(".css") ? findInPages(name) : undefined;
}

/** From the root of the repository. */
function findInPages(name: string): string {
  const found = PAGE_FOLDERS.map((folder) => `${folder}/${name}`).filter((path) => existsSync(join(ROOT, path)));
  const [path] = found;
  if (path === undefined || found.length > 1) throw new Error(`${found.length} files of the pages are called ${name}`);
  return path;
}

/** From each source to the address of what was built from it. */
async function bundle(outDir: string, sources: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { metafile } = await build({
    absWorkingDir: ROOT,
    // One build, so that pages, SDK and Yjs share one copy of Yjs: two of them break documents.
    entryPoints: [...sources, ...Object.values(PUBLIC_MODULES)],
    outdir: outDir,
    entryNames: "assets/[name]-[hash]",
    chunkNames: "assets/[name]-[hash]",
    assetNames: "assets/[name]-[hash]",
    bundle: true,
    splitting: true,
    format: "esm",
    minify: true,
    target: "es2022",
    // The page's content policy lets nothing be evaluated: this is the package's own build that does not try.
    alias: { msgpackr: "msgpackr/index-no-eval" },
    sourcemap: "linked",
    metafile: true,
    logLevel: "error",
    legalComments: "linked",
  });
  const outputs = Object.entries(metafile.outputs).flatMap(([path, { entryPoint }]) => {
    const address = `/${relative(outDir, join(ROOT, path)).replaceAll("\\", "/")}`;
    return entryPoint === undefined ? [] : [[entryPoint, address] as const];
  });
  return new Map(outputs);
}
