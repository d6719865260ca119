/**
 * The widgets as the one file that other sites load: no chunk, no style sheet beside it, so that one hash vouches for all of it.
 * @module
 */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type Plugin, build, transform } from "esbuild";

const ROOT = resolve(import.meta.dirname, "..");

/** What old browsers lack of this, they ignore: the elements stay empty. */
const TARGET = "es2022";

/** Style sheets become texts, which go into constructed sheets: no policy of a page forbids those. */
const cssAsText: Plugin = {
  name: "css-as-text",
  setup(bundler) {
    bundler.onLoad({ filter: /\.css$/ }, async ({ path }) => {
      const css = await readFile(path, "utf8");
      const { code } = await transform(css, { loader: "css", minify: true });
      return { contents: code.trim(), loader: "text" };
    });
  },
};

export type BuiltWidget = {
  readonly bytes: Uint8Array;
  /** From each source to its minified bytes. */
  readonly parts: ReadonlyMap<string, number>;
};

export async function bundleWidget(): Promise<BuiltWidget> {
  const { outputFiles, metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: ["client/widgets/widget.ts"],
    bundle: true,
    minify: true,
    format: "esm",
    target: TARGET,
    charset: "utf8",
    legalComments: "none",
    logLevel: "error",
    metafile: true,
    write: false,
    plugins: [cssAsText],
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error("nothing was built");
  const inputs = Object.values(metafile.outputs).flatMap(({ inputs: parts }) => Object.entries(parts));
  return { bytes: file.contents, parts: new Map(inputs.map(([path, { bytesInOutput }]) => [path, bytesInOutput])) };
}
