import { execFile } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { buildPackage } from "../../../scripts/bundle-package.ts";
import { verifyToken } from "../../../src/auth/verify-token.ts";
import { secretKey, verifier } from "./auth-world.ts";

const ROOT = resolve(import.meta.dirname, "../../..");
const run = promisify(execFile);

/** A project of somebody else, with what `npm install roost` would give it. */
let consumer: string;

beforeAll(async () => {
  consumer = await mkdtemp(join(tmpdir(), "roost-package-"));
  await buildPackage(join(consumer, "node_modules/roost/dist/package"));
  const manifest = await import("../../../package.json", { with: { type: "json" } });
  const { name, type, exports } = manifest.default;
  await writeFile(join(consumer, "node_modules/roost/package.json"), JSON.stringify({ name, type, exports }));
  await writeFile(join(consumer, "package.json"), '{ "type": "module" }');
}, 120_000);

afterAll(() => rm(consumer, { recursive: true, force: true }));

async function node(script: string): Promise<string> {
  await writeFile(join(consumer, "main.js"), script);
  return (await run(process.execPath, ["main.js"], { cwd: consumer, timeout: 20_000 })).stdout.trim();
}

const MINT = (key: string, claims: string) => `
  import { createToken } from "roost/server";
  try { console.log(await createToken(${JSON.stringify(key)}, ${claims})); } catch (error) { console.log(String(error)); }
`;

describe("roost/server", () => {
  it("[AU70] the built package mints in plain Node what the server accepts", async () => {
    const token = await node(MINT(await secretKey(), '{ user: "alice", rooms: { "document:a": ["read"] } }'));
    const { deps } = verifier();
    const verified = await verifyToken(token, { ...deps, nowMs: Date.now() });
    expect(verified.ok && { user: verified.value.user, access: verified.value.access }).toEqual({
      user: "alice",
      access: { "document:a": ["read"] },
    });
  });

  it("[AU70] it says what is wrong", async () => {
    const claims = '{ user: "alice", rooms: { "a/*": ["read"] } }';
    expect(await node(MINT(await secretKey(), claims))).toMatch(/^TypeError: A pattern is/);
    expect(await node(MINT("pk_x", "{}"))).toBe("TypeError: Tokens are minted with a project's secret key, sk_….");
  });

  it("[AU70] its types are understood by a compiler that has nothing else of ours", async () => {
    const good =
      'import { createToken, type MintClaims } from "roost/server";\nconst claims: MintClaims = { user: "a", rooms: {} };\nexport const token: Promise<string> = createToken("sk_", claims);\n';
    const bad =
      'import { createToken } from "roost/server";\nexport const token = createToken("sk_", { user: 1, rooms: { a: ["root"] } });\n';
    await writeFile(join(consumer, "good.ts"), good);
    await writeFile(join(consumer, "bad.ts"), bad);
    const tsc = (file: string) =>
      run(
        join(ROOT, "node_modules/.bin/tsc"),
        ["--noEmit", "--strict", "--module", "nodenext", "--target", "es2024", file],
        {
          cwd: consumer,
        },
      ).then(
        ({ stdout }) => stdout,
        (error: { readonly stdout: string }) => error.stdout,
      );
    expect(await tsc("good.ts")).toBe("");
    expect(await tsc("bad.ts")).toMatch(/number.*string[^]*"root"/);
  }, 120_000);
});
