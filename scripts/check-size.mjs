/**
 * The size of the client SDK as a page pays for it: minified, compressed, without Yjs, which the page has already.
 * @module
 */
import { gzipSync } from "node:zlib";
import { build } from "esbuild";

/** Compressed bytes; a page on a phone loads this before anybody can type. */
const MAX_BYTES = 15 * 1024;

const { outputFiles, metafile } = await build({
  entryPoints: ["client/index.ts"],
  bundle: true,
  minify: true,
  format: "esm",
  target: "es2022",
  external: ["yjs"],
  write: false,
  metafile: true,
  outdir: "dist/size",
});
const bytes = outputFiles.reduce((sum, file) => sum + gzipSync(file.contents, { level: 9 }).byteLength, 0);
console.log(`size: client/index.ts is ${bytes} bytes compressed, of ${MAX_BYTES}`);
if (bytes > MAX_BYTES) {
  const inputs = Object.values(metafile.outputs).flatMap(({ inputs: parts }) => Object.entries(parts));
  const largest = inputs.toSorted(([, a], [, b]) => b.bytesInOutput - a.bytesInOutput).slice(0, 12);
  for (const [path, part] of largest) console.error(`  ${part.bytesInOutput} minified ${path}`);
  process.exit(1);
}
