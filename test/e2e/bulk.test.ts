/**
 * `npx roost export` from one server and `import` into another.
 */
import { execFile } from "node:child_process";
import { mkdtemp, readFile, readdir, rename, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import * as Y from "yjs";
import { RoostServer } from "../../client/server.ts";
import { MIB, breakingLine, largeUpdates } from "../support/large-import.ts";
import { type TestServer, startServer } from "../support/server.ts";

const ROOST = join(import.meta.dirname, "../../scripts/roost.mjs");
const isLong = process.env["ROOST_LONG"] === "1";
const DOCUMENTS = isLong ? 50 : 12;
const LISTED_MS = 40_000;
/** Of one of several in a test. */
const COMMAND_MS = 60_000;
vi.setConfig({ testTimeout: isLong ? 1_200_000 : 180_000 });
/** Of a document that is imported in pieces; with twenty no request takes it in one. */
const LARGE_MIB = isLong ? 20 : 9;

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

type Moved = {
  readonly documents: number;
  readonly written: number;
  readonly skipped: number;
  readonly refused: readonly { readonly id: string; readonly reason: string }[];
};
type Run = { readonly code: number; readonly stderr: string; readonly moved: Moved };

async function roost(line: string): Promise<Run> {
  const env = { ...process.env, ROOST_KEY: "", ROOST_OPERATOR_SECRET: "" };
  const args = [ROOST, ...line.split(" "), "--json"];
  return await new Promise((resolve, reject) => {
    execFile(process.execPath, args, { env, timeout: COMMAND_MS }, (error, stdout, stderr) => {
      const code = error === null ? 0 : error.code;
      if (typeof code !== "number" || stdout === "") reject(error ?? new Error(stderr));
      else resolve({ code, stderr, moved: JSON.parse(stdout) as Moved });
    });
  });
}

const moved = async (line: string) => (await roost(line)).moved;

/** As lists of documents show them, which they do a moment after they were made. */
async function untilListed(ids: readonly string[]): Promise<void> {
  const listed = async () =>
    (await new RoostServer({ url: from.url }).list({ limit: 100 })).documents.map(({ id }) => id);
  await expect.poll(listed, { timeout: LISTED_MS, interval: 250 }).toEqual(expect.arrayContaining([...ids]));
}

const folder = async () => await mkdtemp(join(dir, "bulk-"));

/** A PNG as far as anybody looks here. */
function png(bytes: number): Uint8Array {
  const image = new Uint8Array(bytes).fill(7);
  image.set([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return image;
}

test("[BK1] fifty documents go from one server to another, once, and what is there is left alone", async () => {
  const [source, target] = [new RoostServer({ url: from.url }), new RoostServer({ url: to.url })];
  const ids = Array.from({ length: DOCUMENTS }, (_, at) => `team/räume/${at === 0 ? ".." : `note ${at}`}`);
  for (const [at, id] of ids.entries()) await source.put(id, `# Note ${at}\n\nText of **${at}**.\n`);
  await source.put("other", "not meant\n");
  await untilListed([...ids, "other"]);

  const files = await folder();
  const exported = await moved(`export ${files} --url ${from.url} --prefix team/`);
  expect(exported).toEqual({ documents: DOCUMENTS, written: DOCUMENTS, skipped: 0, refused: [] });
  expect(await moved(`export ${files} --url ${from.url} --prefix team/`)).toMatchObject({ written: 0 });
  expect(await readdir(files)).toHaveLength(3 * DOCUMENTS + 1);
  expect((await readFile(join(files, "team%2Fr%C3%A4ume%2F%2E%2E.md"), "utf8")).trim()).toBe(
    "# Note 0\n\nText of **0**.",
  );

  await target.put(ids[7] ?? "", "mine already\n");
  expect(await moved(`import ${files} --url ${to.url}`)).toEqual({
    documents: DOCUMENTS,
    written: DOCUMENTS - 1,
    skipped: 1,
    refused: [],
  });
  expect(await moved(`import ${files} --url ${to.url}`)).toMatchObject({ written: 0, skipped: DOCUMENTS });
  for (const [at, id] of ids.entries()) {
    const text = (await target.text(id, "markdown")).trim();
    expect(text).toBe(at === 7 ? "mine already" : `# Note ${at}\n\nText of **${at}**.`);
    if (at !== 7) expect(await target.json(id)).toEqual(await source.json(id));
  }
});

test("[BK2] images go along, a fork's too, and are there for whoever reads the files", async () => {
  const [source, target] = [new RoostServer({ url: from.url }), new RoostServer({ url: to.url })];
  const image = png(20_000);
  const { id: asset, path } = await source.putAsset("sea/one", image);
  await source.put("sea/one", `![the sea](${path})\n`);
  await source.fork("sea/one", "sea/two");
  await source.put("sea/plain", "no image\n");
  await untilListed(["sea/one", "sea/two", "sea/plain"]);

  const files = await folder();
  expect(await moved(`export ${files} --url ${from.url} --prefix sea/`)).toMatchObject({ written: 3, refused: [] });
  expect(new Uint8Array(await readFile(join(files, "assets", `${asset}.png`)))).toEqual(image);
  for (const name of ["sea%2Fone.md", "sea%2Ftwo.md"]) {
    expect((await readFile(join(files, name), "utf8")).trim()).toBe(`![the sea](assets/${asset}.png)`);
  }
  // As after an import that was cut off: the image is there, the text not.
  await target.putAsset("sea/one", image);
  expect(await moved(`import ${files} --url ${to.url}`)).toMatchObject({ written: 3, skipped: 0 });
  expect(await moved(`import ${files} --url ${to.url}`)).toMatchObject({ written: 0, skipped: 3 });
  for (const id of ["sea/one", "sea/two"]) {
    expect(await target.asset(id, asset)).toEqual(image);
    expect((await target.text(id, "markdown")).trim()).toBe(`![the sea](${path})`);
  }
});

test("[BK3] a document that is refused is named with its reason, stops no other, and comes later", async () => {
  const [source, target] = [new RoostServer({ url: from.url }), new RoostServer({ url: to.url })];
  const ids = ["log/broken", "log/erased", "log/fine", "log/lost"];
  for (const id of ids) await source.put(id, `text of ${id}\n`);
  await untilListed(ids);
  const files = await folder();
  await moved(`export ${files} --url ${from.url} --prefix log/`);
  const whole = await readFile(join(files, "log%2Fbroken.yjs"));
  await writeFile(join(files, "log%2Fbroken.yjs"), "no update");
  await rm(join(files, "log%2Flost.yjs"));
  await target.put("log/erased", "gone\n");
  await target.erase("log/erased");

  const first = await roost(`import ${files} --url ${to.url}`);
  const refused = [
    { id: "log/broken", reason: expect.stringMatching(/malformed|update/i) },
    { id: "log/erased", reason: expect.stringMatching(/deleted|erased/i) },
    { id: "log/lost", reason: "log%2Flost.yjs cannot be read" },
  ];
  expect(first.code).toBe(1);
  expect({ ...first.moved, refused: first.moved.refused.toSorted((a, b) => (a.id < b.id ? -1 : 1)) }).toEqual({
    documents: 4,
    written: 1,
    skipped: 0,
    refused,
  });
  for (const { id, reason } of first.moved.refused) expect(first.stderr).toContain(`roost: ${id}: ${reason}`);
  expect((await target.text("log/fine", "markdown")).trim()).toBe("text of log/fine");

  await writeFile(join(files, "log%2Fbroken.yjs"), whole);
  const again = await roost(`import ${files} --url ${to.url}`);
  expect([again.code, again.moved.written, again.moved.skipped]).toEqual([1, 1, 1]);
});

test("[BK5] ids that differ in case alone have a file each, wherever capitals are small letters too", async () => {
  const [source, target] = [new RoostServer({ url: from.url }), new RoostServer({ url: to.url })];
  const ids = ["case/Note", "case/note", "case/NOTE", "case/Ä", "case/ä", "case/%C3%A4", "case/%4eote"];
  for (const id of ids) await source.put(id, `text of ${id}\n`);
  await untilListed(ids);
  const files = await folder();
  await moved(`export ${files} --url ${from.url} --prefix case/`);
  const names = (await readdir(files)).filter((name) => name.endsWith(".yjs"));
  expect(new Set(names.map((name) => name.toLowerCase())).size).toBe(ids.length);

  // As an older one wrote it, on a file system where the second of two such names is the first one's file.
  const at = (id: string) => join(files, `${id}.yjs`);
  await rename(at("case%2F%4Eote"), at("case%2FNote"));
  await writeFile(at("case%2Fnote"), await readFile(at("case%2FNote")));
  const older = JSON.stringify(JSON.parse(await manifestOf(files))).replace('"case%2F%4Eote"', '"case%2FNote"');
  await writeFile(join(files, "manifest.json"), older);
  const imported = await moved(`import ${files} --url ${to.url} --prefix case/N`);
  expect(imported).toMatchObject({ documents: 2, written: 2 });
  expect((await target.text("case/Note", "markdown")).trim()).toBe("text of case/Note");
  expect(await moved(`export ${files} --url ${from.url} --prefix case/`)).toMatchObject({ documents: 7, written: 2 });
  await moved(`import ${files} --url ${to.url}`);
  for (const id of ids) expect((await target.text(id, "markdown")).trim()).toBe(`text of ${id}`);
});

test("[BK4] a large document goes there and back, also where the import was cut off, and into nobody's", async () => {
  const [source, target] = [new RoostServer({ url: from.url }), new RoostServer({ url: to.url })];
  const updates = largeUpdates(LARGE_MIB);
  const files = await folder();
  if (isLong) {
    for (const update of updates) await source.applyUpdate("large/book", update);
    await untilListed(["large/book"]);
    const exported = await moved(`export ${files} --url ${from.url} --prefix large/`);
    expect(exported).toEqual({ documents: 1, written: 1, skipped: 0, refused: [] });
  } else {
    await writeFile(join(files, "book.yjs"), Y.mergeUpdates([...updates]));
    const documents = [{ id: "large/book", version: "1", file: "book", formats: ["yjs"], assets: [] }];
    await writeFile(join(files, "manifest.json"), JSON.stringify({ v: 1, documents }));
  }

  const line = await breakingLine(to.url, 2);
  await expect(roost(`import ${files} --url ${line.url}`)).rejects.toThrow(/cannot reach/);
  const half = (await target.update("large/book")).length;
  expect([half > MIB, half < (LARGE_MIB - 1) * MIB]).toEqual([true, true]);
  expect(await moved(`import ${files} --url ${line.url}`)).toMatchObject({ written: 1, skipped: 0 });
  expect(await moved(`import ${files} --url ${line.url}`)).toMatchObject({ written: 0, skipped: 1 });
  line.close();
  const [there, back] = [updates, [await target.update("large/book")]].map((all) => {
    const doc = new Y.Doc();
    for (const update of all) Y.applyUpdate(doc, update);
    return doc.getText("t").toString();
  });
  expect(there?.length).toBe(LARGE_MIB * (MIB - 1));
  expect(back === there).toBe(true);

  // Cut off before anything arrived, it is somebody's by the next time.
  const other = await breakingLine(from.url, 1);
  await writeFile(join(files, "manifest.json"), (await manifestOf(files)).replaceAll("large/book", "large/theirs"));
  await expect(roost(`import ${files} --url ${other.url}`)).rejects.toThrow(/cannot reach/);
  await source.put("large/theirs", "mine already\n");
  expect(await moved(`import ${files} --url ${other.url}`)).toMatchObject({ written: 0, skipped: 1 });
  other.close();
  expect((await source.text("large/theirs", "markdown")).trim()).toBe("mine already");
});

const manifestOf = async (files: string) => await readFile(join(files, "manifest.json"), "utf8");
