/**
 * The package as another project has it: packed by `npm pack`, installed by npm, imported, bundled and compiled there. Without the network: what it
 * needs is packed out of this project's own node_modules.
 */
import { execFile } from "node:child_process";
import { cp, mkdir, mkdtemp, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { build } from "esbuild";
import { afterAll, beforeAll, expect, test } from "vitest";

const ROOT = resolve(import.meta.dirname, "../..");
const NPM_MS = 60_000;
const run = promisify(execFile);
/** What somebody has who writes with React and Yjs, and what these bring. */
const OTHERS = [
  "yjs",
  "lib0",
  "isomorphic.js",
  "y-protocols",
  "react",
  "react-dom",
  "scheduler",
  "@types/react",
  "csstype",
];

type Packed = { readonly filename: string; readonly files: readonly { readonly path: string }[] };

let scratch: string;
let project: string;
let files: readonly string[];

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), "roost-package-"));
  const clone = join(scratch, "roost");
  for (const name of ["package.json", "README.md", "tsconfig.base.json", "client", "src", "scripts"]) {
    await cp(join(ROOT, name), join(clone, name), { recursive: true });
  }
  await symlink(join(ROOT, "node_modules"), join(clone, "node_modules"));
  const [roost] = await pack(clone, []);
  files = roost?.files.map(({ path }) => path) ?? [];
  const others = await pack(scratch, ["--ignore-scripts", ...OTHERS.map((name) => join(ROOT, "node_modules", name))]);
  project = join(scratch, "project");
  await mkdir(project);
  await writeFile(join(project, "package.json"), JSON.stringify({ name: "somebody", private: true, type: "module" }));
  const tarballs = [...others, ...(roost === undefined ? [] : [roost])].map(({ filename }) => join(scratch, filename));
  await run("npm", ["install", "--offline", "--ignore-scripts", "--no-audit", ...tarballs], {
    cwd: project,
    timeout: NPM_MS,
  });
}, 2 * NPM_MS);
afterAll(() => rm(scratch, { recursive: true, force: true }));

async function pack(cwd: string, args: readonly string[]): Promise<readonly Packed[]> {
  const all = ["pack", "--json", "--pack-destination", scratch, ...args];
  const { stdout } = await run("npm", all, { cwd, timeout: NPM_MS });
  // What `prepack` prints comes first.
  return JSON.parse(stdout.slice(stdout.search(/^\[/m))) as readonly Packed[];
}

/** What a module of the project prints, on both streams. */
async function runModule(code: string): Promise<readonly [string, string]> {
  await writeFile(join(project, "main.mjs"), code);
  const { stdout, stderr } = await run(process.execPath, ["main.mjs"], { cwd: project, timeout: 20_000 });
  return [stdout.trim(), stderr.trim()];
}

test("[PK1] the tarball holds what projects import, the command line, and nothing else", () => {
  const rest = files.filter((path) => !/^dist\/package\/|^scripts\/roost[a-z-]*\.mjs$/.test(path));
  expect(rest.toSorted()).toEqual(["README.md", "package.json"]);
});

test("[PK1] the command line finds what it needs of the rest, and its help", async () => {
  const printed = await runModule(`
    import { holds, splitUpdate } from "./node_modules/roost/dist/package/update-pieces.js";
    const pieces = splitUpdate(Uint8Array.of(0, 0), 8);
    console.log(pieces.length, holds(pieces[0], pieces[0]));
  `);
  expect(printed).toEqual(["1 true", ""]);
  const { stdout } = await run(process.execPath, ["node_modules/roost/scripts/roost.mjs", "--help"], { cwd: project });
  expect(stdout).toMatch(/^Usage: roost/);
});

test("[PK2] every name can be imported, with the project's own Yjs, awareness and React", async () => {
  const printed = await runModule(`
    import { createElement } from "react";
    import { renderToString } from "react-dom/server";
    import { DocumentProvider, awarenessPresence } from "roost";
    import { PresenceClient } from "roost/presence";
    import { RoostProvider, useConnectionStatus } from "roost/react";
    import { createToken } from "roost/server";
    import { Awareness } from "y-protocols/awareness";
    import * as Y from "yjs";

    const doc = new Y.Doc();
    const provider = new DocumentProvider({ url: "http://localhost:1", id: "x", doc, connect: false });
    const Status = () => useConnectionStatus();
    const page = createElement(RoostProvider, { client: awarenessPresence(provider) }, createElement(Status));
    console.log(renderToString(page), provider.awareness instanceof Awareness, typeof createToken, typeof PresenceClient);
    provider.destroy();
    process.exit();
  `);
  // Two copies of Yjs say so themselves; two of React throw.
  expect(printed).toEqual(["offline true function function", ""]);
});

test("[PK2] a bundle of every name has one copy of what pages have one of", async () => {
  const names = ["roost", "roost/presence", "roost/react", "roost/server", "yjs", "react", "y-protocols/awareness"];
  const { metafile, outputFiles } = await build({
    stdin: {
      contents: names.map((name, index) => `export * as _${index} from "${name}";`).join("\n"),
      resolveDir: project,
    },
    absWorkingDir: project,
    bundle: true,
    format: "esm",
    platform: "browser",
    write: false,
    metafile: true,
    outdir: "out",
  });
  const inputs = Object.keys(metafile.inputs);
  const copies = (end: RegExp) => inputs.filter((path) => end.test(path));
  expect(copies(/react\/index\.js$/)).toHaveLength(1);
  expect(copies(/y-protocols\/(dist\/)?awareness\.\w+$/)).toHaveLength(1);
  // A second copy may hide inside a module of the package: each has the words that it would warn with.
  expect(outputFiles[0]?.text.match(/Yjs was already imported/g)).toHaveLength(1);
});

test("[PK3] its types are whole where the project checks its libraries too", async () => {
  await writeFile(
    join(project, "main.ts"),
    `
    import { DocumentProvider, type DocumentProviderOptions } from "roost";
    import { PresenceClient } from "roost/presence";
    import { useOthers } from "roost/react";
    import { createToken } from "roost/server";
    import type { Awareness } from "y-protocols/awareness";

    export const open = (options: DocumentProviderOptions): Awareness => new DocumentProvider(options).awareness;
    export const names = (): readonly (string | undefined)[] => useOthers().map(({ user }) => user.name);
    export const token: Promise<string> = createToken("sk_", { user: "alice", rooms: { "document:a": ["read"] } });
    // @ts-expect-error A room has a name.
    new PresenceClient({ url: "http://localhost" });
    // @ts-expect-error It is an awareness, not just anything.
    new DocumentProvider({ id: "a" }).awareness.nothing();
  `,
  );
  const flags = ["--strict", "--noEmit", "--target", "es2024", "--module", "esnext", "--moduleResolution", "bundler"];
  const types = ["--lib", "es2024,dom,dom.iterable", "--types", "react", "--skipLibCheck", "false"];
  const tsc = join(ROOT, "node_modules/.bin/tsc");
  const { stdout } = await run(tsc, [...flags, ...types, "main.ts"], { cwd: project }).catch((error: unknown) => {
    // SAFETY: a command that fails is rejected with what it printed.
    return error as { readonly stdout: string };
  });
  expect(stdout).toBe("");
});

test("[PK4] the command line comes with it", async () => {
  const { stdout } = await run(join(project, "node_modules/.bin/roost"), ["--help"], { cwd: project });
  expect(stdout).toMatch(/^Usage: roost/);
});
