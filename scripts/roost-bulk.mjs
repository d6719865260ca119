/**
 * `npx roost export` and `import`: every document of a project as files, and back. What is there already is left alone, so that either
 * may be run again after it was cut off.
 * @module
 */
import { mkdir, readFile, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { Misuse } from "./roost-arguments.mjs";
import { Refused } from "./roost-request.mjs";

const MANIFEST = "manifest.json";
const PAGE = 100;
const MAX_RETRIES = 8;
const TIMEOUT_MS = 60_000;
const MAX_RETRY_SECONDS = 60;
/** File systems allow 255 bytes; an id that is longer encoded is named for its hash in the manifest. */
const MAX_NAME_BYTES = 240;
const TRY_AGAIN = new Set([429, 503]);
const FORMATS = /** @type {const} */ ([
  ["yjs", "update"],
  ["json", "json"],
  ["md", "markdown"],
]);

/** @typedef {{ readonly id: string, readonly version: string, readonly file: string, readonly formats: readonly string[] }} Entry */
/** @typedef {{ readonly url: string, readonly key: string, readonly prefix: string, readonly dir: string }} Bulk */
/** @typedef {{ readonly documents: number, readonly written: number, readonly skipped: number }} Done */

/**
 * Each document as `<file>.yjs`, `.json` and, where it can be Markdown, `.md`; one whose version is in the manifest is not asked for again.
 * @param {Bulk} bulk
 * @returns {Promise<Done>}
 */
export async function exportDocuments(bulk) {
  await mkdir(bulk.dir, { recursive: true });
  const known = new Map((await readManifest(bulk.dir)).map((entry) => [entry.id, entry]));
  let [documents, written] = [0, 0];
  for await (const { id, version } of listDocuments(bulk)) {
    if (!id.startsWith(bulk.prefix)) continue;
    documents += 1;
    if (known.get(id)?.version === version) continue;
    known.set(id, await exportOne(bulk, id, version));
    written += 1;
    // Whole or not at all: it says which files are.
    await writeWhole(join(bulk.dir, MANIFEST), JSON.stringify({ v: 1, documents: [...known.values()] }, null, 1));
  }
  return { documents, written, skipped: documents - written };
}

/**
 * Each document of the manifest, into one that never had content.
 * @param {Bulk} bulk
 * @returns {Promise<Done>}
 */
export async function importDocuments(bulk) {
  const entries = (await readManifest(bulk.dir)).filter(({ id }) => id.startsWith(bulk.prefix));
  if (entries.length === 0) throw new Misuse(`${bulk.dir} holds no export of documents like that`);
  let written = 0;
  for (const { id, file } of entries) {
    const update = await readFile(join(bulk.dir, `${file}.yjs`));
    const response = await send(bulk, "POST", `/v1/documents/${encodeURIComponent(id)}/updates`, {
      body: update,
      headers: { "content-type": "application/octet-stream", "if-none-match": "*" },
    });
    if (response.status === 412) continue;
    if (!response.ok) throw new Refused(`${id}: ${await problemOf(response)}`);
    written += 1;
  }
  return { documents: entries.length, written, skipped: entries.length - written };
}

/**
 * @param {Bulk} bulk
 * @param {string} id
 * @param {string} version
 * @returns {Promise<Entry>}
 */
async function exportOne(bulk, id, version) {
  const file = await fileOf(id);
  /** @type {string[]} */
  const formats = [];
  for (const [extension, format] of FORMATS) {
    const response = await send(bulk, "GET", `/v1/documents/${encodeURIComponent(id)}/content?format=${format}`);
    // Too large to be anything but an update, or without prose.
    if (format !== "update" && (response.status === 413 || response.status === 422)) continue;
    if (!response.ok) throw new Refused(`${id}: ${await problemOf(response)}`);
    await writeWhole(join(bulk.dir, `${file}.${extension}`), new Uint8Array(await response.arrayBuffer()));
    formats.push(extension);
  }
  return { id, version, file, formats };
}

/**
 * @param {Bulk} bulk
 * @returns {AsyncGenerator<{ readonly id: string, readonly version: string }>}
 */
async function* listDocuments(bulk) {
  for (let cursor = ""; ;) {
    const after = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const response = await send(bulk, "GET", `/v1/documents?limit=${PAGE}${after}`);
    if (!response.ok) throw new Refused(await problemOf(response));
    const page = /** @type {any} */ (await response.json());
    yield* page.documents;
    if (page.cursor === null) return;
    cursor = page.cursor;
  }
}

/**
 * @param {Bulk} bulk
 * @param {string} method
 * @param {string} path
 * @param {RequestInit} [init]
 */
async function send({ url, key }, method, path, init = {}) {
  const credential = key === "" ? {} : { authorization: `Bearer ${key}` };
  const headers = { ...credential, .../** @type {any} */ (init.headers) };
  for (let retries = 0; ; retries += 1) {
    const asked = { ...init, method, headers, redirect: /** @type {const} */ ("error") };
    const response = await fetch(new URL(path, url), { ...asked, signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(
      () => {
        throw new Refused(`cannot reach ${new URL(url).origin}`);
      },
    );
    if (!TRY_AGAIN.has(response.status) || retries === MAX_RETRIES) return response;
    const seconds = Math.min(MAX_RETRY_SECONDS, Number(response.headers.get("retry-after") ?? 1));
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  }
}

/** @param {Response} response */
async function problemOf(response) {
  if (response.status === 401) return "not authorized: is --key the secret key of this project?";
  try {
    const { title, detail } = /** @type {any} */ (await response.json());
    return `${title}${typeof detail === "string" ? `: ${detail}` : ""}`;
  } catch {
    return `status ${response.status}`;
  }
}

/** @param {string} id */
async function fileOf(id) {
  // A dot at the start would hide it, or be a folder; a star is none for Windows.
  const encoded = encodeURIComponent(id).replaceAll(
    /[.*]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  if (encoded.length <= MAX_NAME_BYTES) return encoded;
  const hash = await crypto.subtle.digest("SHA-256", new TextEncoder().encode(id));
  return `${encoded.slice(0, MAX_NAME_BYTES - 70)}-${Buffer.from(hash).toString("hex")}`;
}

/**
 * @param {string} dir
 * @returns {Promise<readonly Entry[]>}
 */
async function readManifest(dir) {
  try {
    return JSON.parse(await readFile(join(dir, MANIFEST), "utf8")).documents;
  } catch (error) {
    if (error instanceof Error && "code" in error && error.code === "ENOENT") return [];
    throw new Misuse(`${join(dir, MANIFEST)} cannot be read`);
  }
}

/**
 * @param {string} path
 * @param {string | Uint8Array} content
 */
async function writeWhole(path, content) {
  await writeFile(`${path}.part`, content);
  await rename(`${path}.part`, path);
}
