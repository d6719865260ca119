/**
 * The widgets as the one file that other sites load: no chunk, no style sheet beside it, so that one hash vouches for all of it.
 * @module
 */
import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { type Plugin, build, transform } from "esbuild";
import { minifySync } from "rolldown/utils";

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

/** A module that the widget has a smaller one for. */
const inSmall: Plugin = {
  name: "in-small",
  setup(bundler) {
    const path = resolve(ROOT, "client/light-connection.ts");
    bundler.onResolve({ filter: /\/room-connection\.ts$/ }, () => ({ path }));
  },
};

/**
 * Names of ours that neither the platform nor the wire knows: two letters do. A name belongs here only if no JSON, no attribute and no
 * object of the browser has it.
 */
const OWN_NAMES = [
  ...[
    "isAsked",
    "isPassive",
    "settings",
    "setting",
    "changed",
    "heard",
    "visit",
    "shadow",
    "isSeen",
    "listen",
    "render",
    "tell",
    "hear",
    "ended",
  ],
  ...[
    "onError",
    "onFrame",
    "onOpen",
    "onClose",
    "onStatus",
    "onAttention",
    "onData",
    "onLost",
    "readSummary",
    "openSocket",
    "subprotocol",
  ],
  ...[
    "socketUrl",
    "httpUrl",
    "hasToken",
    "isRenewable",
    "mustRetry",
    "protocols",
    "resolved",
    "mustBackOff",
    "failures",
    "renewToken",
  ],
  ...[
    "synced",
    "retry",
    "reconnect",
    "isOpen",
    "probe",
    "isAtRest",
    "setRates",
    "raise",
    "setCursor",
    "setView",
    "setTyping",
    "setUser",
  ],
  ...["broadcast", "attend", "hurry", "restore", "renew", "dead", "point", "others", "cursors"],
  ...["counts", "label", "element", "current", "source", "server", "kind", "pause", "start", "stop", "path"],
  ...["forget", "outbox", "typedMs", "live", "announce", "socket", "learn", "final", "times", "connect", "hide"],
];

/** esbuild makes a `var` of every constant; of a `const` the minifier writes the value wherever the name stands. */
const CONSTANT = /^var (?=[A-Z_]+ = )/gm;

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
    format: "esm",
    target: TARGET,
    charset: "utf8",
    legalComments: "none",
    logLevel: "error",
    metafile: true,
    write: false,
    mangleProps: new RegExp(`^(${OWN_NAMES.join("|")})$`),
    plugins: [cssAsText, inSmall],
  });
  const [file] = outputFiles;
  if (file === undefined) throw new Error("nothing was built");
  const inputs = Object.values(metafile.outputs).flatMap(({ inputs: parts }) => Object.entries(parts));
  const text = file.text.replaceAll(CONSTANT, "const ");
  const { code, errors } = minifySync("widget.js", text, { module: true, compress: true, mangle: true });
  if (errors.length > 0) throw new Error(String(errors[0]));
  const parts = new Map(inputs.map(([path, { bytesInOutput }]) => [path, bytesInOutput]));
  return { bytes: new TextEncoder().encode(code), parts };
}
