import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { LAYERS } from "../../../layers.config.ts";
import { type Expectation, IMPORTERS, type Importer, PACKAGES, TARGETS, expected } from "./layer-probes.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
/** How an import can be written; a rule that only knew the first would be no rule. */
const FORMS = {
  value: (path: string, name: string) => `import { ${name} } from "${path}";`,
  star: (path: string, name: string) => `import * as ${name} from "${path}";`,
  bare: (path: string) => `import "${path}";`,
  again: (path: string, name: string) => `export { ${name} } from "${path}";`,
  dynamic: (path: string, name: string) => `export const ${name} = () => import("${path}");`,
  type: (path: string, name: string) => `import type { ${name} } from "${path}";`,
  inline: (path: string, name: string) => `import { type ${name} } from "${path}";`,
};
type Form = keyof typeof FORMS;

type Probe = { readonly path: string; readonly specifier: string; readonly form: Form; readonly isRefused: boolean };

let house: string;
let refused: ReadonlySet<string>;

function probesOf(importer: Importer): readonly Probe[] {
  const folders = importer.file === undefined ? ["", "deeper"] : [""];
  return folders.flatMap((below) => {
    const folder = join(importer.folder, below);
    const targets = [
      ...TARGETS.map((target) => ({ target, specifier: fromFolder(folder, target) })),
      ...PACKAGES.map((name) => ({ target: name, specifier: name })),
    ].filter(({ target }) => target !== join(importer.folder, importer.file ?? "probe.ts"));
    return targets.flatMap(({ target, specifier }) => {
      const verdict = expected(importer, target);
      const path = join(folder, importer.file ?? "probe.ts");
      return formsFor(importer).map((form) => probe(path, specifier, form, verdict));
    });
  });
}

/** The forms are the linter's own affair, the same for every folder: all of them are tried from one. */
function formsFor({ folder }: Importer): readonly Form[] {
  // SAFETY: the keys of a constant in this file.
  return folder === "src/dialects" ? (Object.keys(FORMS) as Form[]) : ["value", "type"];
}

function probe(path: string, specifier: string, form: Form, verdict: Expectation): Probe {
  const isType = form === "type" || form === "inline";
  return { path, specifier, form, isRefused: verdict === "refused" || (verdict === "types" && !isType) };
}

function fromFolder(folder: string, target: string): string {
  const path = relative(folder, target);
  return path.startsWith(".") ? path : `./${path}`;
}

const keyOf = (path: string, line: number) => `${path}:${line}`;

/** Writes the probes, a line each, and returns what lint refused as path:line. */
async function lint(files: ReadonlyMap<string, readonly string[]>): Promise<ReadonlySet<string>> {
  for (const [path, lines] of files) {
    await mkdir(join(house, dirname(path)), { recursive: true });
    await writeFile(join(house, path), `${lines.join("\n")}\n`);
  }
  const { promise, resolve: done, reject } = Promise.withResolvers<string>();
  const command = join(ROOT, "node_modules/.bin/oxlint");
  execFile(command, ["-f", "json", "src", "client"], { cwd: house, maxBuffer: 2 ** 28 }, (error, stdout) => {
    if (stdout.startsWith("{")) done(stdout);
    else reject(error ?? new Error(stdout));
  });
  // SAFETY: oxlint's own report format; a change of it fails every test below.
  const report = JSON.parse(await promise) as {
    diagnostics: { code: string; filename: string; labels: { span: { line: number } }[] }[];
  };
  const hits = report.diagnostics.filter((hit) => hit.code === "eslint(no-restricted-imports)");
  return new Set(hits.map((hit) => keyOf(hit.filename, hit.labels[0]?.span.line ?? 0)));
}

const PROBES = IMPORTERS.map((importer) => ({ importer, probes: probesOf(importer) }));
const LINES = Map.groupBy(
  PROBES.flatMap(({ probes }) => probes),
  (one) => one.path,
);

const EXTRA = new Map([
  [
    "src/core/document/other.ts",
    ['import { Doc } from "yjs";', 'import * as Y from "yjs";', 'import type { Doc as D } from "yjs";'],
  ],
  [
    "src/core/document/hydrate.ts",
    ['import { Doc } from "yjs";', 'import { room } from "../../rooms/room-object.ts";'],
  ],
  [
    "src/core/aware.ts",
    ['import { Awareness } from "y-protocols/awareness";', 'import * as a from "y-protocols/awareness";'],
  ],
  ["src/core/sly.ts", ['import { a } from "./../rooms/a.ts";', 'import { b } from "./x/../../rooms/b.ts";']],
  [
    "src/core/x/sly.ts",
    ['import { a } from "../../core/../rooms/a.ts";', 'import { b } from "../x/../../rooms/b.ts";'],
  ],
  ["src/new-folder/probe.ts", ['import { probe } from "../rooms/room-object.ts";', 'import { a } from "hono";']],
]);

beforeAll(async () => {
  house = await mkdtemp(join(tmpdir(), "roost-layers-"));
  for (const name of ["oxlint.config.ts", "layers.config.ts"]) await cp(join(ROOT, name), join(house, name));
  await symlink(join(ROOT, "node_modules"), join(house, "node_modules"));
  await writeFile(join(house, "package.json"), '{ "type": "module" }');
  const written = new Map(
    [...LINES].map(([path, probes]) => [path, probes.map((one, n) => FORMS[one.form](one.specifier, `name${n}`))]),
  );
  refused = await lint(new Map([...written, ...EXTRA]));
}, 120_000);

afterAll(() => rm(house, { recursive: true, force: true }));

function refusedLines(path: string): readonly number[] {
  const lines = EXTRA.get(path) ?? [];
  return lines.flatMap((_line, index) => (refused.has(keyOf(path, index + 1)) ? [index + 1] : []));
}

describe("layers of the house", () => {
  it.each(PROBES)(
    "[LY1] $importer.folder/$importer.file imports what the table allows, and nothing else",
    ({ probes }) => {
      const wrong = probes.filter((one) => {
        const line = (LINES.get(one.path) ?? []).indexOf(one) + 1;
        return refused.has(keyOf(one.path, line)) !== one.isRefused;
      });
      expect(wrong.map(({ path, form, specifier }) => `${path}: ${form} ${specifier}`)).toEqual([]);
    },
  );

  it("[LY2] every row of the table is probed", () => {
    const probed = new Set(IMPORTERS.map(({ folder }) => folder));
    expect(LAYERS.map(({ folder }) => folder).filter((folder) => !probed.has(folder))).toEqual([]);
  });

  it("[LY3] only hydrate.ts imports the value Doc of yjs, by name or by star", () => {
    expect(refusedLines("src/core/document/other.ts")).toEqual([1, 2]);
    expect(refusedLines("src/core/document/hydrate.ts")).toEqual([2]);
  });

  it("[LY4] no module of the Worker imports the class Awareness", () => {
    expect(refusedLines("src/core/aware.ts")).toEqual([1, 2]);
  });

  it("[LY5] a detour through the folder itself does not get round the table", () => {
    expect(refusedLines("src/core/sly.ts")).toEqual([1, 2]);
    expect(refusedLines("src/core/x/sly.ts")).toEqual([1, 2]);
  });

  it("[LY6] a folder that the table does not know may import nothing", () => {
    expect(refusedLines("src/new-folder/probe.ts")).toEqual([1, 2]);
  });
});
