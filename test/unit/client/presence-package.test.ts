import { mkdir, mkdtemp, readFile, readdir, rm, symlink, writeFile } from "node:fs/promises";
import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { buildPackage } from "../../../scripts/bundle-package.ts";

const PACKAGE = new URL("../../../package.json", import.meta.url);

const MODULES = new URL("../../../node_modules/", import.meta.url).pathname;

/** Packages a module imports, itself or through a shared one. */
const IMPORTS = /(?:from|import)\s*\(?"([^"]+)"/g;

let consumer: string;
let dist: string;

beforeAll(async () => {
  consumer = await mkdtemp(join(tmpdir(), "roost-page-"));
  dist = join(consumer, "node_modules/roost/dist/package");
  await buildPackage(dist);
  await writeFile(join(consumer, "node_modules/roost/package.json"), await readFile(PACKAGE));
}, 120_000);
afterAll(async () => {
  await rm(consumer, { recursive: true, force: true });
});

async function importsOf(name: string, found = new Set<string>()): Promise<ReadonlySet<string>> {
  if (found.has(name)) return found;
  found.add(name);
  const text = await readFile(join(dist, name), "utf8");
  for (const [, specifier = ""] of text.matchAll(IMPORTS)) {
    if (specifier.startsWith("./")) await importsOf(specifier.slice(2), found);
    else found.add(specifier);
  }
  return found;
}

describe("what pages import by name", () => {
  test("[CP50] roost/presence imports nothing, and holds no Yjs, lib0 or partysocket; roost/react imports React alone", async () => {
    const presence = [...(await importsOf("presence.js"))];
    const react = [...(await importsOf("react.js"))];
    expect(presence.filter((name) => !name.endsWith(".js"))).toEqual([]);
    expect(react.filter((name) => !name.endsWith(".js"))).toEqual(["react"]);
    for (const name of [...presence, ...react].filter((one) => one.endsWith(".js"))) {
      expect(await readFile(join(dist, name), "utf8")).not.toMatch(
        /node_modules\/(yjs|lib0|y-protocols|partysocket|jose)/,
      );
    }
    // One copy of the client for both.
    expect(react).toEqual(expect.arrayContaining(presence.filter((name) => name !== "presence.js")));
  });

  test(
    "[CP50] their types are understood by a compiler that has React and nothing of ours",
    { timeout: 120_000 },
    async () => {
      await writeFile(
        join(consumer, "page.ts"),
        `import { PresenceClient, CursorPath, anchorHash, type Other } from "roost/presence";
import { RoostProvider, useOthers, useBroadcast } from "roost/react";
const client = new PresenceClient({ url: "https://roost.example.com", room: "lobby", connect: false });
const stop: () => void = client.on("cursor", ({ actor, position }) => console.log(actor, position?.x));
export const names = (others: readonly Other[]): (string | undefined)[] => others.map(({ user }) => user.name);
export const hooks = () => [useOthers(names).length, useBroadcast()("wave"), RoostProvider({ client })] as const;
export const path: { x: number; y: number } = new CursorPath().at(anchorHash("a"));
// @ts-expect-error -- a state has a name
client.setState(1, 2);
stop();
`,
      );
      await mkdir(join(consumer, "node_modules/@types"));
      await symlink(join(MODULES, "@types/react"), join(consumer, "node_modules/@types/react"));
      const compilerOptions = { strict: true, noEmit: true, target: "es2022", module: "nodenext", types: [] };
      await writeFile(join(consumer, "tsconfig.json"), JSON.stringify({ compilerOptions, files: ["page.ts"] }));
      const compiled = promisify(execFile)(join(MODULES, ".bin/tsc"), ["-p", consumer]);
      await expect(
        compiled.then(
          () => "compiles",
          (error: { stdout?: string }) => error.stdout,
        ),
      ).resolves.toBe("compiles");
    },
  );

  test("[CP50] the client works in plain Node, as it is built", async () => {
    const program = `import { PresenceClient } from "roost/presence";
const client = new PresenceClient({ url: "http://127.0.0.1:1", room: "a", connect: false });
console.log(client.status, client.others.size, client.self);`;
    await writeFile(join(consumer, "use.mjs"), program);
    const { stdout } = await promisify(execFile)(process.execPath, [join(consumer, "use.mjs")], { timeout: 20_000 });
    expect(stdout).toBe("offline 0 null\n");
    expect(await readdir(dist)).toEqual(expect.arrayContaining(["presence.js", "react.js", "server.js", "types"]));
  });
});
