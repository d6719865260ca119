/**
 * The sizes of what pages load: minified, compressed, without Yjs, which a page with documents has already.
 * @module
 */
import { gzipSync } from "node:zlib";
import { build } from "esbuild";
import { bundleWidget } from "./bundle-widget.ts";

/** The file as sites load it. */
const MAX_WIDGET_BYTES = 10 * 1024;

/**
 * Compressed bytes, at most; a page on a phone loads this before anybody can type or be seen.
 * @type {readonly { readonly what: string; readonly code: string; readonly maxBytes: number }[]}
 */
const GATES = [
  {
    what: "documents",
    code: 'export { DocumentProvider, ProviderError } from "./client/index.ts"',
    maxBytes: 15 * 1024,
  },
  { what: "presence", code: 'export { PresenceClient } from "./client/presence/index.ts"', maxBytes: 6.5 * 1024 },
];

let failed = 0;
for (const { what, code, maxBytes } of GATES) {
  const { outputFiles, metafile } = await build({
    stdin: { contents: code, resolveDir: ".", loader: "ts" },
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
  console.log(`size: ${what} is ${bytes} bytes compressed, of ${maxBytes}`);
  if (bytes <= maxBytes) continue;
  failed += 1;
  const inputs = Object.values(metafile.outputs).flatMap(({ inputs: parts }) => Object.entries(parts));
  const largest = inputs.toSorted(([, a], [, b]) => b.bytesInOutput - a.bytesInOutput).slice(0, 12);
  for (const [path, part] of largest) console.error(`  ${part.bytesInOutput} minified ${path}`);
}
const widget = await bundleWidget();
const widgetBytes = gzipSync(widget.bytes, { level: 9 }).byteLength;
console.log(`size: widget is ${widgetBytes} bytes compressed, of ${MAX_WIDGET_BYTES}`);
if (widgetBytes > MAX_WIDGET_BYTES) {
  failed += 1;
  const largest = [...widget.parts].toSorted(([, a], [, b]) => b - a).slice(0, 12);
  for (const [path, bytes] of largest) console.error(`  ${bytes} minified ${path}`);
}
if (failed > 0) process.exit(1);
