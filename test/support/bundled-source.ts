/**
 * The Worker in a few files for tests inside the runtime. There every module costs a round trip to the process that
 * starts it, in each file of tests again: 800 of them took 6 s, the hundred of a bundle take less than 2.
 * @module
 */
import { readFile, readdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { build } from "esbuild";
import type { Plugin } from "vitest/config";

const ROOT = resolve(import.meta.dirname, "../..");
const OUT = join(ROOT, "dist/test-source");
/** Where files import from that run inside the runtime. */
const IMPORTERS = ["test/workers", "test/contract", "test/support"];
/** Used by tests and by the Worker: of each there is one instance. */
const PACKAGES = ["yjs", "lib0/encoding", "lib0/decoding", "@colyseus/schema"];

const SOURCE_IMPORT = /^(?:import|export) (?!type ).*? from "(?:\.\.\/)+(src\/[^"]+)\.ts";$/gmsu;

/** Resolves what tests import of `src` to parts of one bundle. It is made once a run: who watches starts anew. */
export function bundledSource(): Plugin {
  let bundled: ReturnType<typeof bundle> | undefined;
  return {
    name: "bundled-source",
    enforce: "pre",
    async resolveId(source, importer) {
      bundled ??= bundle();
      const entry = source.startsWith(".") ? resolve(dirname(importer ?? ROOT), source) : source;
      return (await bundled).get(entry) ?? null;
    },
  };
}

/** What may be imported, as a path or the name of a package → where it is in the bundle. */
async function bundle(): Promise<ReadonlyMap<string, string>> {
  const sources = new Set(["src/index"]);
  for (const folder of IMPORTERS) {
    for (const name of await readdir(join(ROOT, folder), { recursive: true })) {
      if (!name.endsWith(".ts")) continue;
      const text = await readFile(join(ROOT, folder, name), "utf8");
      for (const [, source] of text.matchAll(SOURCE_IMPORT)) if (source !== undefined) sources.add(source);
    }
  }
  const files = [...sources].map((source) => ({ in: join(ROOT, `${source}.ts`), out: source }));
  const packages = PACKAGES.map((name) => ({ in: name, out: join("packages", name) }));
  await build({
    entryPoints: [...files, ...packages],
    outdir: OUT,
    bundle: true,
    splitting: true,
    format: "esm",
    target: "es2024",
    conditions: ["workerd", "worker", "browser"],
    external: ["cloudflare:*", "node:*"],
    // Maps would be sent for each module, and cost more than the modules do. Names are whole, and files named in comments.
    sourcemap: false,
    logLevel: "error",
  });
  return new Map([...files, ...packages].map((each) => [each.in, join(OUT, `${each.out}.js`)]));
}
