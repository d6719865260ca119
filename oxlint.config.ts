/**
 * House rules that a machine can check. The layers are in layers.config.ts, the reasons in the messages.
 * @module
 */
import { defineConfig } from "oxlint";
import { HYDRATE, LAYERS, type Layer } from "./layers.config.ts";

/** How deep folders may nest below a layer: in a deeper one a file may import only its neighbours. */
const MAX_DEPTH = 3;

const UP = "../";

/** The specifier by which a file `depth` folders below `folder` reaches `target`. */
function specifier(folder: string, depth: number, target: string): string {
  const from = folder.split("/");
  const to = target.split("/");
  let common = 0;
  while (common < Math.min(from.length, to.length) && from[common] === to[common]) common += 1;
  const ups = from.length + depth - common;
  const path = (ups === 0 ? "./" : UP.repeat(ups)) + to.slice(common).join("/");
  return target.endsWith(".ts") ? path : `${path}/**`;
}

/** Gitignore-style, the last match wins: nothing, but the packages, but the layer itself, but not above it, but the allowed. */
function allowList(layer: Layer, depth: number): string[] {
  const allowed = [...layer.values, ...(layer.types ?? [])].map((target) => specifier(layer.folder, depth, target));
  const neighbours = depth > 0 ? ["!./**", "!../**"] : ["!./**"];
  const top = depth > 0 ? UP.repeat(depth) : "./";
  return [
    "*",
    // No leading slash: the linter does not anchor on it. A bare name also matches as a last segment, so paths follow.
    ...layer.packages.map((name) => `!${name}`),
    ...(layer.isAlone === true ? [] : neighbours),
    ...(layer.notWithin ?? []).map((name) => `${top}${name}/**`),
    "./../**",
    "./*/../**",
    "./*/*/../**",
    ...(depth > 0 ? ["../*/../**", "../*/*/../**"] : []),
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
  {
    paths: (Restricted & { name: string; importNames: string[] })[];
    patterns: (Restricted & ({ group: string[] } | { regex: string }))[];
  },
];

function asRegex(path: string): string {
  return `^${path.replaceAll(".", "\\.").replace(/\*\*$/, ".*")}$`;
}

function importRule(layer: Layer, depth: number, paths: ReturnType<typeof restrictedNames>): ImportRule {
  const typesOnly = (layer.types ?? []).map((target) => asRegex(specifier(layer.folder, depth, target)));
  const patterns = [
    // First, and no group: a group that re-includes a path ends the search for all of them.
    ...typesOnly.map((regex) => ({ regex, allowTypeImports: true, message: "types only (layers.config.ts)" })),
    { group: allowList(layer, depth), message: `not in the allow-list of ${layer.folder} (layers.config.ts)` },
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

/** A folder without a row, or deeper than the rows reach, imports nothing but its neighbours. */
const unknownFolder: Layer = { folder: "src", values: [], packages: [] };

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
    "typescript/switch-exhaustiveness-check": ["error", { considerDefaultExhaustiveForUnions: true }],
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
    "no-unused-vars": ["error", { argsIgnorePattern: "^_", varsIgnorePattern: "^_", ignoreRestSiblings: true }],
    // Y.Text has its own toString, which they do not see; a string spread by code point is what is meant here.
    "typescript/no-base-to-string": "off",
    "typescript/no-misused-spread": "off",
    // Matters of taste: lists in rows, arrays of a length.
    "unicorn/no-new-array": "off",
    "unicorn/no-useless-spread": "off",
  },
  overrides: [
    {
      files: ["src/**/*.{ts,tsx}"],
      rules: { "no-restricted-imports": importRule(unknownFolder, 0, restrictedNames(unknownFolder)) },
    },
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
    {
      files: [
        "src/index.ts",
        "*.config.ts",
        "test/support/{*-worker,count-reporter}.ts",
        "test/bench/targets/workers/*.ts",
      ],
      rules: { "import/no-default-export": "off" },
    },
    {
      files: ["test/**/*.ts"],
      rules: {
        // A describe block is one function.
        "max-lines-per-function": "off",
        "vitest/no-focused-tests": "error",
        "vitest/no-disabled-tests": "error",
        // They do not see through helpers, property tests and suites that are run on several implementations.
        "vitest/expect-expect": "off",
        "vitest/no-conditional-expect": "off",
        "vitest/no-standalone-expect": "off",
        "vitest/valid-describe-callback": "off",
        "vitest/valid-title": "off",
      },
    },
  ],
});
