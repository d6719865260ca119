/**
 * Modules of README as an application's bundler takes them, with the packages that are installed here.
 * @module
 */
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { type Plugin, build } from "esbuild";
import { ALIASES } from "./snippets.ts";

const ROOT = resolve(import.meta.dirname, "../../..");

/** Source of a page's module, and the packages that its names mean instead of the usual ones. */
export type PageSource = {
  readonly name: string;
  readonly language: "js" | "jsx";
  readonly code: string;
  readonly aliases?: Readonly<Record<string, string>>;
};

/** What a browser asks for, by path. */
export type Assets = ReadonlyMap<string, Uint8Array<ArrayBuffer>>;

const WORKER = "editor.worker";

/** `/<name>.js` of every page, `/<name>.css` of those that import styles, and what they load. */
export async function bundlePages(pages: readonly PageSource[]): Promise<Assets> {
  const outdir = await mkdtemp(join(tmpdir(), "roost-editors-"));
  try {
    await build({
      absWorkingDir: ROOT,
      entryPoints: [
        ...pages.map(({ name }) => ({ in: `page:${name}`, out: name })),
        { in: "monaco-editor/esm/vs/editor/editor.worker.js", out: WORKER },
      ],
      outdir,
      plugins: [sourcesOf(pages)],
      bundle: true,
      splitting: true,
      format: "esm",
      target: "es2022",
      jsx: "automatic",
      loader: { ".ttf": "dataurl" },
      // React draws as it does for visitors, not for its developers.
      define: { "process.env.NODE_ENV": '"production"' },
      minify: true,
      logLevel: "error",
    });
    const paths = await readdir(outdir);
    return new Map(
      await Promise.all(paths.map(async (path) => [`/${path}`, await readBytes(join(outdir, path))] as const)),
    );
  } finally {
    await rm(outdir, { recursive: true, force: true });
  }
}

async function readBytes(path: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await readFile(path));
}

/** Monaco asks for its worker; how it is built is the business of each bundler. */
const WORKERS = `globalThis.MonacoEnvironment = { getWorker: () => new Worker("/${WORKER}.js", { type: "module" }) };\n`;

function sourcesOf(pages: readonly PageSource[]): Plugin {
  return {
    name: "readme",
    setup(bundler) {
      bundler.onResolve({ filter: /^page:/ }, ({ path }) => ({ path: path.slice("page:".length), namespace: "page" }));
      bundler.onLoad({ filter: /.*/, namespace: "page" }, ({ path }) => {
        const page = pages.find(({ name }) => name === path);
        return page === undefined ? null : { contents: page.code, loader: page.language, resolveDir: ROOT };
      });
      bundler.onResolve({ filter: /.*/, namespace: "page" }, async ({ path, importer, ...rest }) => {
        const aliases = { ...ALIASES, ...pages.find(({ name }) => name === importer)?.aliases };
        const alias = aliases[path];
        if (alias === undefined) return null;
        return await bundler.resolve(alias, { kind: rest.kind, resolveDir: ROOT });
      });
    },
  };
}

/** The page that a module is for, with the box that it looks for. */
export function htmlOf(name: string, assets: Assets): string {
  const styles = assets.has(`/${name}.css`) ? `<link rel="stylesheet" href="/${name}.css">` : "";
  return `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>${name}</title><link rel="icon" href="data:,">
<style>#editor { height: 300px; }</style>${styles}</head><body><div id="editor"></div>
<script>${WORKERS}</script><script type="module" src="/${name}.js"></script></body></html>`;
}
