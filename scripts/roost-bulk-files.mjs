/**
 * Files of an export.
 * @module
 */
import { readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Misuse } from "./roost-arguments.mjs";

const MANIFEST = "manifest.json";
/** File systems allow 255 bytes; an id that is longer encoded is named for its hash in the manifest. */
const MAX_NAME_BYTES = 240;

/** `assets`: names of its images; exports of an older roost have none.
 * @typedef {{ readonly id: string, readonly version: string, readonly file: string, readonly formats: readonly string[],
 *   readonly assets?: readonly string[] }} Entry */

/**
 * @param {string} dir
 * @returns {Promise<readonly Entry[]>}
 */
export async function readManifest(dir) {
  try {
    return JSON.parse(await readFile(join(dir, MANIFEST), "utf8")).documents;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw new Misuse(`${join(dir, MANIFEST)} cannot be read`);
  }
}

/**
 * @param {string} dir
 * @param {Iterable<Entry>} entries
 */
export async function writeManifest(dir, entries) {
  await writeWhole(join(dir, MANIFEST), JSON.stringify({ v: 1, documents: [...entries] }, null, 1));
}

/**
 * Ids that differ have names that differ in more than the case of their letters.
 * @param {string} id
 */
export async function fileOf(id) {
  // A dot at the start would hide it, or be a folder; a star is none for Windows, where, as on a Mac, capitals are small letters too.
  const encoded = encodeURIComponent(id).replaceAll(/%[0-9A-F]{2}|[.*A-Z]/g, (mark) =>
    mark.length > 1 ? mark : `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  if (encoded.length <= MAX_NAME_BYTES) return encoded;
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(id));
  return `${encoded.slice(0, MAX_NAME_BYTES - 70)}-${Buffer.from(hash).toString("hex")}`;
}

/**
 * Names in an export of an older roost that may be one file, where capitals are small letters too.
 * @param {Iterable<Entry>} entries
 * @returns {ReadonlySet<string>}
 */
export function sharedNames(entries) {
  const [seen, shared] = [new Set(), new Set()];
  for (const { file } of entries) {
    const name = file.toLowerCase();
    (seen.has(name) ? shared : seen).add(name);
  }
  return shared;
}

/**
 * All of it or nothing, whenever it is cut off.
 * @param {string} path
 * @param {string | Uint8Array} content
 */
export async function writeWhole(path, content) {
  await writeFile(`${path}.part`, content);
  await rename(`${path}.part`, path);
}
