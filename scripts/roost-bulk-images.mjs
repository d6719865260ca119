/**
 * Images of documents as files, `assets/<sha-256>.<type>` beside them, and back.
 * @module
 */
import { access, mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import { writeWhole } from "./roost-bulk-files.mjs";
import { Declined, pathOf, problemOf, send } from "./roost-bulk-server.mjs";

const FOLDER = "assets";
/** In an update as in a text: Yjs writes strings as they are. A fork's names the document where the image was stored first. */
const ADDRESS = /(\/v1\/documents\/[^/?#\s"'()<>\\]{1,1024}\/)?assets\/([0-9a-f]{64})/g;
const EXTENSIONS = new Map(["png", "jpeg", "gif", "webp", "avif"].map((type) => [`image/${type}`, type]));

/** @typedef {import("./roost-bulk-server.mjs").Server & { readonly dir: string }} Place */

/**
 * Stores the images that an update shows and are not there yet; returns the names of all of them. One that the server does not have is
 * said, and left out.
 * @param {Place} place
 * @param {string} id
 * @param {Uint8Array} update
 * @returns {Promise<readonly string[]>}
 */
export async function exportImages(place, id, update) {
  /** @type {Map<string, string>} */
  const addresses = new Map();
  for (const [written, , hash = ""] of Buffer.from(update).toString("latin1").matchAll(ADDRESS)) {
    addresses.set(hash, written);
  }
  const names = [];
  for (const [hash, written] of addresses) {
    const name = (await storedName(place.dir, hash)) ?? (await exportOne(place, id, hash, written));
    if (name !== undefined) names.push(name);
    else if (written.startsWith("/")) console.error(`roost: ${id}: its image ${hash} is not on the server`);
  }
  return names;
}

/**
 * Stores the images beside a document, in any order and as often as it is asked to.
 * @param {Place} place
 * @param {string} id
 * @param {readonly string[]} names
 */
export async function importImages(place, id, names) {
  for (const name of names) {
    const body = await readFile(join(place.dir, FOLDER, name)).catch(() => {
      throw new Declined(`${join(FOLDER, name)} cannot be read`);
    });
    const headers = { "content-type": "application/octet-stream" };
    const response = await send(place, "POST", pathOf(id, "/assets"), { body, headers });
    if (!response.ok) throw new Declined(`${name}: ${await problemOf(response)}`);
    await response.arrayBuffer();
  }
}

/**
 * A text whose images are the files beside it.
 * @param {string} text
 * @param {readonly string[]} names
 */
export function withFiles(text, names) {
  const files = new Map(names.map((name) => [name.slice(0, name.indexOf(".")), name]));
  return text.replaceAll(ADDRESS, (written, _document, hash) => {
    const name = files.get(hash);
    return name === undefined ? written : `${FOLDER}/${name}`;
  });
}

/**
 * @param {Place} place
 * @param {string} id
 * @param {string} hash
 * @param {string} written
 */
async function exportOne(place, id, hash, written) {
  const own = pathOf(id, `/assets/${hash}`);
  // Copied from another document by hand, it is beside that one alone.
  const response = (await findImage(place, own)) ?? (written.startsWith("/") ? await findImage(place, written) : null);
  if (response === null) return undefined;
  const bytes = new Uint8Array(await response.arrayBuffer());
  const digest = Buffer.from(await crypto.subtle.digest("SHA-256", bytes)).toString("hex");
  if (digest !== hash) throw new Declined(`its image ${hash} came broken`);
  const name = `${hash}.${EXTENSIONS.get(response.headers.get("content-type") ?? "") ?? "bin"}`;
  await mkdir(join(place.dir, FOLDER), { recursive: true });
  await writeWhole(join(place.dir, FOLDER, name), bytes);
  return name;
}

/**
 * @param {Place} place
 * @param {string} path
 */
async function findImage(place, path) {
  const response = await send(place, "GET", path);
  if (response.ok) return response;
  if ([400, 403, 404, 410].includes(response.status)) return null;
  throw new Declined(`its image ${path}: ${await problemOf(response)}`);
}

/**
 * @param {string} dir
 * @param {string} hash
 */
async function storedName(dir, hash) {
  for (const extension of [...EXTENSIONS.values(), "bin"]) {
    const name = `${hash}.${extension}`;
    if (
      await access(join(dir, FOLDER, name)).then(
        () => true,
        () => false,
      )
    )
      return name;
  }
  return undefined;
}
