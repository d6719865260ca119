/**
 * `npx roost export` and `import`: every document of a project as files, and back. What is there already is left alone, so that either
 * may be run again after it was cut off; a document that is refused stops no other.
 * @module
 */
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { Misuse } from "./roost-arguments.mjs";
import { fileOf, readManifest, sharedNames, writeManifest, writeWhole } from "./roost-bulk-files.mjs";
import { exportImages, importImages, withFiles } from "./roost-bulk-images.mjs";
import { isSeeding, seedDocument } from "./roost-bulk-pieces.mjs";
import { Declined, listDocuments, orRefused, pathOf, problemOf, send } from "./roost-bulk-server.mjs";

const PROSE = /** @type {const} */ ([
  ["json", "json"],
  ["md", "markdown"],
]);
/** Nothing was ever written: an image may be there already. */
const EMPTY_VERSION = /-0{12}$/;

/** @typedef {import("./roost-bulk-files.mjs").Entry} Entry */
/** @typedef {import("./roost-bulk-server.mjs").Server & { readonly prefix: string, readonly dir: string }} Bulk */
/** @typedef {{ readonly documents: number, readonly written: number, readonly skipped: number,
 *   readonly refused: readonly { readonly id: string, readonly reason: string }[] }} Done */

/**
 * Each document as `<file>.yjs`, `.json` and, where it can be Markdown, `.md`, its images below `assets`; one whose version is in the
 * manifest is not asked for again.
 * @param {Bulk} bulk
 * @returns {Promise<Done>}
 */
export async function exportDocuments(bulk) {
  await mkdir(bulk.dir, { recursive: true });
  const known = new Map((await readManifest(bulk.dir)).map((entry) => [entry.id, entry]));
  const shared = sharedNames(known.values());
  const refused = [];
  let [documents, written] = [0, 0];
  for await (const { id, version } of listDocuments(bulk)) {
    if (!id.startsWith(bulk.prefix)) continue;
    documents += 1;
    const before = known.get(id);
    const isThere = before !== undefined && before.assets !== undefined && !shared.has(before.file.toLowerCase());
    if (isThere && before.version === version && before.file === (await fileOf(id))) continue;
    const entry = await orRefused(id, refused, async () => await exportOne(bulk, id, version));
    if (entry === undefined) continue;
    known.set(id, entry);
    written += 1;
    // Last: it says which files are whole.
    await writeManifest(bulk.dir, known.values());
  }
  return { documents, written, skipped: documents - written - refused.length, refused };
}

/**
 * Each document of the manifest, into one that never had content.
 * @param {Bulk} bulk
 * @returns {Promise<Done>}
 */
export async function importDocuments(bulk) {
  const entries = (await readManifest(bulk.dir)).filter(({ id }) => id.startsWith(bulk.prefix));
  if (entries.length === 0) throw new Misuse(`${bulk.dir} holds no export of documents like that`);
  const refused = [];
  let written = 0;
  for (const entry of entries) {
    if ((await orRefused(entry.id, refused, async () => await importOne(bulk, entry))) === true) written += 1;
  }
  return { documents: entries.length, written, skipped: entries.length - written - refused.length, refused };
}

/**
 * @param {Bulk} bulk
 * @param {string} id
 * @param {string} version
 * @returns {Promise<Entry>}
 */
async function exportOne(bulk, id, version) {
  const file = await fileOf(id);
  const update = await readContent(bulk, id, "update");
  if (update === null) throw new Declined("too large");
  const assets = await exportImages(bulk, id, update);
  await writeWhole(join(bulk.dir, `${file}.yjs`), update);
  const formats = ["yjs"];
  for (const [extension, format] of PROSE) {
    const content = await readContent(bulk, id, format);
    if (content === null) continue;
    const isText = format === "markdown" && assets.length > 0;
    const written = isText ? withFiles(new TextDecoder().decode(content), assets) : content;
    await writeWhole(join(bulk.dir, `${file}.${extension}`), written);
    formats.push(extension);
  }
  return { id, version, file, formats, assets };
}

/**
 * Null where the document is too large for the format, or without prose.
 * @param {Bulk} bulk
 * @param {string} id
 * @param {"update" | "json" | "markdown"} format
 */
async function readContent(bulk, id, format) {
  const response = await send(bulk, "GET", pathOf(id, `/content?format=${format}`));
  if (response.status === 413 || response.status === 422) return null;
  if (!response.ok) throw new Declined(await problemOf(response));
  return new Uint8Array(await response.arrayBuffer());
}

/**
 * Images first: cut off in between, the document is not there yet, and comes next time.
 * @param {Bulk} bulk
 * @param {Entry} entry
 * @returns {Promise<boolean>} whether it is new
 */
async function importOne(bulk, { id, file, assets = [] }) {
  const body = await readFile(join(bulk.dir, `${file}.yjs`)).catch(() => {
    throw new Declined(`${file}.yjs cannot be read`);
  });
  if (assets.length > 0) {
    // Nothing is put beside a document that is somebody's.
    if (!(await isSeeding(bulk, id)) && (await hasContent(bulk, id))) return false;
    await importImages(bulk, id, assets);
  }
  return await seedDocument(bulk, id, body);
}

/**
 * @param {Bulk} bulk
 * @param {string} id
 */
async function hasContent(bulk, id) {
  const response = await send(bulk, "GET", pathOf(id));
  if (response.status === 404) return false;
  if (!response.ok) throw new Declined(await problemOf(response));
  return !EMPTY_VERSION.test(/** @type {any} */ (await response.json()).version);
}
