/**
 * The content of one document into one that never had any: in one request where it fits, else in pieces none of which waits for a later
 * one. Cut off in between, the next import goes on.
 * @module
 */
import { access, mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Declined, pathOf, problemOf, send } from "./roost-bulk-server.mjs";

/** Half of what a server takes at most (`frameBytes`). */
const PIECE_BYTES = 8 * 1024 * 1024;
const MAX_PIECE_BYTES = 2 * PIECE_BYTES;
/** Notes which documents are under way, each a file. */
const FOLDER = "importing";
const BINARY = { "content-type": "application/octet-stream" };
const EMPTY_ONLY = { "if-none-match": "*" };

/** @typedef {import("./roost-bulk-server.mjs").Server & { readonly dir: string }} Place */

/**
 * @param {Place} place
 * @param {string} id
 * @param {Uint8Array} update
 * @returns {Promise<boolean>} whether it is new
 */
export async function seedDocument(place, id, update) {
  if (update.length <= PIECE_BYTES) return await post(place, id, update, EMPTY_ONLY);
  const { holds, splitUpdate } = await readTools();
  const [first, ...rest] = cut(splitUpdate, update);
  const note = await noteOf(place, id);
  // Before the first piece: without it a document that is half there would be taken for somebody's.
  const isUnderWay = await isSeeding(place, id);
  await mkdir(join(place.dir, FOLDER), { recursive: true });
  await writeFile(note, "");
  const isBegun =
    (await post(place, id, first, EMPTY_ONLY)) || (isUnderWay && holds(await readUpdate(place, id), first));
  // Deletions come last, and what is there already changes nothing: all the others again.
  if (isBegun) for (const piece of rest) await post(place, id, piece);
  await rm(note, { force: true });
  return isBegun;
}

/**
 * An import into this server began with it and was cut off.
 * @param {Place} place
 * @param {string} id
 */
export async function isSeeding(place, id) {
  const note = await noteOf(place, id);
  return await access(note).then(
    () => true,
    () => false,
  );
}

/** @param {Place} place
 * @param {string} id */
async function noteOf({ dir, url }, id) {
  const name = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(`${url}\n${id}`));
  return join(dir, FOLDER, Buffer.from(name).toString("hex"));
}

/**
 * @param {(update: Uint8Array, maxBytes: number) => Uint8Array[]} split
 * @param {Uint8Array} update
 * @returns {readonly [Uint8Array, ...Uint8Array[]]}
 */
function cut(split, update) {
  const pieces = readable(() => split(update, PIECE_BYTES));
  // Nothing is sent of what cannot go all the way.
  const largest = Math.max(...pieces.map(({ length }) => length));
  if (largest > MAX_PIECE_BYTES) throw new Declined(`a single insertion of ${largest} bytes is in it`);
  return /** @type {[Uint8Array, ...Uint8Array[]]} */ (pieces);
}

/**
 * @template T
 * @param {() => T} read
 */
function readable(read) {
  try {
    return read();
  } catch (error) {
    throw new Declined(`its file holds no update: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/**
 * False: it has content, and must not have.
 * @param {Place} place
 * @param {string} id
 * @param {Uint8Array} update
 * @param {Readonly<Record<string, string>>} [condition]
 */
async function post(place, id, update, condition = {}) {
  const body = /** @type {Uint8Array<ArrayBuffer>} */ (update);
  const response = await send(place, "POST", pathOf(id, "/updates"), { body, headers: { ...BINARY, ...condition } });
  if (response.status === 412) return false;
  if (!response.ok) throw new Declined(await problemOf(response));
  await response.arrayBuffer();
  return true;
}

/**
 * @param {Place} place
 * @param {string} id
 */
async function readUpdate(place, id) {
  const response = await send(place, "GET", pathOf(id, "/content?format=update"));
  if (!response.ok) throw new Declined(await problemOf(response));
  return new Uint8Array(await response.arrayBuffer());
}

/** Built where the package is installed; in its own checkout as it is written, which never lags behind. */
async function readTools() {
  /** @returns {Promise<typeof import("./update-pieces.ts")>} */
  const built = async () => await import(new URL("../dist/package/update-pieces.js", import.meta.url).href);
  return await import("./update-pieces.ts").catch(built);
}
