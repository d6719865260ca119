/**
 * `npx roost export` from one server and `import` into another.
 */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, expect, test } from "vitest";
import { RoostServer } from "../../client/server.ts";
import { type TestServer, startServer } from "../support/server.ts";

const ROOST = join(import.meta.dirname, "../../scripts/roost.mjs");
const DOCUMENTS = process.env["ROOST_LONG"] === "1" ? 50 : 12;
const LISTED_MS = 40_000;

let from: TestServer;
let to: TestServer;
let dir: string;

beforeAll(async () => {
  const vars = { ROOST_SNAPSHOT_DELAY_MS: "1000" };
  [from, to] = await Promise.all([startServer({ vars }), startServer({ vars })]);
  dir = await mkdtemp(join(tmpdir(), "roost-bulk-"));
});
afterAll(async () => {
  await Promise.all([from.stop(), to.stop()]);
  await rm(dir, { recursive: true, force: true });
});

async function roost(line: string): Promise<Readonly<Record<string, number>>> {
  const env = { ...process.env, ROOST_KEY: "", ROOST_OPERATOR_SECRET: "" };
  const { stdout } = await promisify(execFile)(process.execPath, [ROOST, ...line.split(" "), "--json"], {
    env,
    timeout: 60_000,
  });
  return JSON.parse(stdout) as Readonly<Record<string, number>>;
}

test("[BK1] fifty documents go from one server to another, once, and what is there is left alone", async () => {
  const [source, target] = [new RoostServer({ url: from.url }), new RoostServer({ url: to.url })];
  const ids = Array.from({ length: DOCUMENTS }, (_, at) => `team/räume/${at === 0 ? ".." : `note ${at}`}`);
  for (const [at, id] of ids.entries()) await source.put(id, `# Note ${at}\n\nText of **${at}**.\n`);
  await source.put("other", "not meant\n");
  await expect
    .poll(async () => (await source.list({ limit: 100 })).documents.length, { timeout: LISTED_MS, interval: 500 })
    .toBe(DOCUMENTS + 1);

  const exported = await roost(`export ${dir} --url ${from.url} --prefix team/`);
  expect(exported).toEqual({ documents: DOCUMENTS, written: DOCUMENTS, skipped: 0 });
  expect(await roost(`export ${dir} --url ${from.url} --prefix team/`)).toMatchObject({ written: 0 });
  const files = await readdir(dir);
  expect(files).toHaveLength(3 * DOCUMENTS + 1);
  expect((await readFile(join(dir, "team%2Fr%C3%A4ume%2F%2E%2E.md"), "utf8")).trim()).toBe(
    "# Note 0\n\nText of **0**.",
  );

  await target.put(ids[7] ?? "", "mine already\n");
  expect(await roost(`import ${dir} --url ${to.url}`)).toEqual({
    documents: DOCUMENTS,
    written: DOCUMENTS - 1,
    skipped: 1,
  });
  expect(await roost(`import ${dir} --url ${to.url}`)).toMatchObject({ written: 0, skipped: DOCUMENTS });
  for (const [at, id] of ids.entries()) {
    const text = (await target.text(id, "markdown")).trim();
    expect(text).toBe(at === 7 ? "mine already" : `# Note ${at}\n\nText of **${at}**.`);
    if (at !== 7) expect(await target.json(id)).toEqual(await source.json(id));
  }
});
