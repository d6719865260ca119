/**
 * House rules that a machine can check. The layers are in layers.config.ts, the reasons in the messages.
 * @module
 */
import { defineConfig } from "oxlint";
import { HYDRATE, LAYERS, type Layer } from "./layers.config.ts";

/** How deep folders nest below a layer: a deeper one is refused by the probes. */
export const MAX_DEPTH = 3;

const UP = "../";

/** The specifier by which a file `depth` folders below `folder` reaches `target`. */
function specifier(folder: string, depth: number, target: string): string {
  const from = folder.split("/");
  const to = target.split("/");
  let common = 0;
  while (common < Math.min(from.length, to.length) && from[common] === to[common]) common += 1;
  const path = UP.repeat(from.length + depth - common) + to.slice(common).join("/");
  return target.endsWith(".ts") ? path : `${path}**`.replace(/(?<!\/)\*\*$/, "/**");
}

/** Gitignore-style, the last match wins: nothing, but the packages, but the layer itself, but not above it, but the allowed. */
function allowList(layer: Layer, depth: number): string[] {
  const allowed = [...layer.values, ...(layer.types ?? [])].map((target) => specifier(layer.folder, depth, target));
  const own = depth > 0 ? ["!./**", "!../**"] : ["!./**"];
  return [
    "*",
    // No leading slash: the linter does not anchor on it. A bare name also matches as a last segment, so paths follow.
    ...layer.packages.map((name) => `!${name}`),
    ...own,
    ...(layer.notWithin ?? []).map((name) => `./${name}/**`),
    "./../**",
    "./*/../**",
    "./*/*/../**",
    `${UP.repeat(depth + 1)}**`,
    ...allowed.map((path) => `!${path}`),
  ];
}

/** Named apart from the layers so that hydrate.ts is the only exception. */
function restrictedNames(layer: Layer) {
  if (!layer.folder.startsWith("src")) return [];
  const doc = {
    name: "yjs",
    importNames: ["Doc"],
    allowTypeImports: true,
    message: `only ${HYDRATE} builds a Y.Doc: a keystroke, a wake and a join never do (P3). Import names, not *.`,
  };
  const awareness = {
    name: "y-protocols/awareness",
    importNames: ["Awareness"],
    allowTypeImports: true,
    message: "Awareness starts an interval: a room that holds one never sleeps (P2).",
  };
  return [doc, awareness];
}

type Restricted = { message: string; allowTypeImports?: boolean };
type ImportRule = [
  "error",
  { paths: (Restricted & { name: string; importNames: string[] })[]; patterns: (Restricted & { group: string[] })[] },
];

function importRule(layer: Layer, depth: number, paths: ReturnType<typeof restrictedNames>): ImportRule {
  const typesOnly = (layer.types ?? []).map((target) => specifier(layer.folder, depth, target));
  const patterns = [
    { group: allowList(layer, depth), message: `not in the allow-list of ${layer.folder} (layers.config.ts)` },
    ...typesOnly.map((path) => ({ group: [path], allowTypeImports: true, message: "types only (layers.config.ts)" })),
  ];
  return ["error", { paths: [...paths], patterns }];
}

const layerOverrides = LAYERS.flatMap((layer) => {
  const depths = layer.files === undefined ? Array.from({ length: MAX_DEPTH + 1 }, (_, depth) => depth) : [0];
  return depths.map((depth) => ({
    files: [`${layer.folder}/${"*/".repeat(depth)}${layer.files ?? "*.{ts,tsx}"}`],
    rules: { "no-restricted-imports": importRule(layer, depth, restrictedNames(layer)) },
  }));
});

const core = LAYERS.find((layer) => layer.folder === "src/core");
if (core === undefined) throw new Error("layers.config.ts has no row for src/core");

/** What a pure layer does not touch: now, timers, chance and output are passed in. */
const IMPURE = ["Date", "setTimeout", "setInterval", "queueMicrotask", "console", "fetch", "performance"];

export default defineConfig({
  plugins: ["typescript", "import", "unicorn", "oxc", "promise", "vitest"],
  categories: { correctness: "error" },
  ignorePatterns: ["dist", "client/api-report.d.ts"],
  rules: {
    "typescript/await-thenable": "error",
    "typescript/no-explicit-any": "error",
    "typescript/no-floating-promises": "error",
    "typescript/no-misused-promises": "error",
    "typescript/no-non-null-assertion": "error",
    "typescript/no-unnecessary-type-assertion": "error",
    "typescript/only-throw-error": "error",
    "typescript/switch-exhaustiveness-check": "error",
    "typescript/consistent-type-imports": ["error", { fixStyle: "inline-type-imports" }],
    "import/no-cycle": "error",
    "import/no-default-export": "error",
    "import/no-self-import": "error",
    "unicorn/filename-case": ["error", { case: "kebabCase" }],
    eqeqeq: "error",
    "max-lines": ["error", { max: 250 }],
    "max-lines-per-function": ["error", { max: 70 }],
    "max-params": ["error", { max: 4 }],
    "no-param-reassign": "error",
    "no-var": "error",
    "prefer-const": "error",
  },
  overrides: [
    ...layerOverrides,
    {
      files: [HYDRATE],
      rules: {
        "no-restricted-imports": importRule(
          core,
          1,
          restrictedNames(core).filter((rule) => rule.name !== "yjs"),
        ),
      },
    },
    {
      files: ["src/{core,protocol,dialects,games}/**/*.ts"],
      rules: {
        "no-restricted-globals": ["error", ...IMPURE, "crypto"],
        "no-restricted-properties": ["error", { object: "Math", property: "random", message: "pass it in" }],
      },
    },
    { files: ["src/auth/**/*.ts"], rules: { "no-restricted-globals": ["error", ...IMPURE] } },
    { files: ["src/index.ts", "*.config.ts"], rules: { "import/no-default-export": "off" } },
    {
      files: ["test/**/*.ts"],
      rules: {
        // A describe block is one function.
        "max-lines-per-function": "off",
        "vitest/no-focused-tests": "error",
        "vitest/no-disabled-tests": "error",
      },
    },
  ],
});
