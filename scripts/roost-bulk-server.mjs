/**
 * What `npx roost export` and `import` ask a server for.
 * @module
 */
import { Refused } from "./roost-request.mjs";

const PAGE = 100;
const MAX_RETRIES = 8;
const TIMEOUT_MS = 60_000;
const MAX_RETRY_SECONDS = 60;
const TRY_AGAIN = new Set([429, 503]);

/** One document cannot be brought; the others can. */
export class Declined extends Error {}

/** @typedef {{ readonly url: string, readonly key: string }} Server */

/**
 * Asks again where the server asks for patience. A server that cannot be reached or knows no such key is {@link Refused}.
 * @param {Server} server
 * @param {string} method
 * @param {string} path
 * @param {RequestInit} [init]
 */
export async function send({ url, key }, method, path, init = {}) {
  const credential = key === "" ? {} : { authorization: `Bearer ${key}` };
  const headers = { ...credential, .../** @type {any} */ (init.headers) };
  for (let retries = 0; ; retries += 1) {
    const asked = { ...init, method, headers, redirect: /** @type {const} */ ("error") };
    const response = await fetch(new URL(path, url), { ...asked, signal: AbortSignal.timeout(TIMEOUT_MS) }).catch(
      () => {
        throw new Refused(`cannot reach ${new URL(url).origin}`);
      },
    );
    if (response.status === 401) throw new Refused("not authorized: is --key the secret key of this project?");
    if (!TRY_AGAIN.has(response.status) || retries === MAX_RETRIES) return response;
    const seconds = Math.min(MAX_RETRY_SECONDS, Number(response.headers.get("retry-after") ?? 1));
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  }
}

/**
 * By id: none is missed that is edited meanwhile.
 * @param {Server} server
 * @returns {AsyncGenerator<{ readonly id: string, readonly version: string }>}
 */
export async function* listDocuments(server) {
  for (let cursor = ""; ;) {
    const after = cursor === "" ? "" : `&cursor=${encodeURIComponent(cursor)}`;
    const response = await send(server, "GET", `/v1/documents?order=id&limit=${PAGE}${after}`);
    if (!response.ok) throw new Refused(await problemOf(response));
    const page = /** @type {any} */ (await response.json());
    yield* page.documents;
    if (page.cursor === null) return;
    cursor = page.cursor;
  }
}

/**
 * @param {string} id
 * @param {string} rest
 */
export function pathOf(id, rest = "") {
  return `/v1/documents/${encodeURIComponent(id)}${rest}`;
}

/** @param {Response} response */
export async function problemOf(response) {
  try {
    const { title, detail } = /** @type {any} */ (await response.json());
    return `${title}${typeof detail === "string" ? `: ${detail}` : ""}`;
  } catch {
    return `status ${response.status}`;
  }
}

/**
 * Runs `bring` for one document: what it declines is noted, and said at once.
 * @template T
 * @param {string} id
 * @param {{ readonly id: string, readonly reason: string }[]} refused
 * @param {() => Promise<T>} bring
 * @returns {Promise<T | undefined>}
 */
export async function orRefused(id, refused, bring) {
  try {
    return await bring();
  } catch (error) {
    if (!(error instanceof Declined)) throw error;
    refused.push({ id, reason: error.message });
    console.error(`roost: ${id}: ${error.message}`);
    return undefined;
  }
}
