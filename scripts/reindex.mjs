/**
 * `npm run reindex [-- https://roost.example.com]`: rebuilds D1 from the snapshots and versions in R2, through the running server.
 * ROOST_OPERATOR_SECRET is sent; a server in open mode asks for none.
 * @module
 */

const DEFAULT_URL = "http://localhost:8787";
const PAGE_DOCUMENTS = 20;
const MAX_ATTEMPTS = 6;
const REQUEST_TIMEOUT_MS = 120_000;
const DEFAULT_RETRY_SECONDS = 2;

const url = new URL("/v1/admin/reindex", process.argv[2] ?? DEFAULT_URL);
const token = process.env["ROOST_OPERATOR_SECRET"] ?? "";

/** @typedef {{ readonly documents: number, readonly stored: number, readonly deleted: number, readonly versions: number,
 *   readonly failures: readonly { readonly id: string, readonly reason: string }[], readonly cursor: string | null }} Page */

/**
 * One page; waits and repeats while the server says that it cannot now.
 * @param {string | null} cursor
 * @returns {Promise<Page>}
 */
async function reindexPage(cursor) {
  for (let attempt = 1; ; attempt += 1) {
    const response = await fetch(url, {
      method: "POST",
      headers: { "content-type": "application/json", ...(token === "" ? {} : { authorization: `Bearer ${token}` }) },
      body: JSON.stringify({ cursor, limit: PAGE_DOCUMENTS }),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    });
    if (response.ok) return /** @type {Page} */ (await response.json());
    const reason = `${response.status} ${await response.text()}`;
    if (response.status !== 503 || attempt === MAX_ATTEMPTS) throw new Error(reason);
    const seconds = Number(response.headers.get("retry-after") ?? DEFAULT_RETRY_SECONDS);
    await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  }
}

async function reindex() {
  const total = { documents: 0, stored: 0, deleted: 0, versions: 0, failed: 0 };
  /** @type {string | null} */
  let cursor = null;
  do {
    const page = await reindexPage(cursor);
    total.documents += page.documents;
    total.stored += page.stored;
    total.deleted += page.deleted;
    total.versions += page.versions;
    total.failed += page.failures.length;
    for (const { id, reason } of page.failures) console.error(`roost: ${id}: ${reason}`);
    cursor = page.cursor;
    console.log(
      `${total.documents} documents: ${total.stored} stored, ${total.deleted} deleted, ${total.versions} versions, ${total.failed} failed`,
    );
  } while (cursor !== null);
  if (total.failed > 0) process.exitCode = 1;
}

try {
  await reindex();
} catch (error) {
  const message = error instanceof Error ? error.message : String(error);
  const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : "";
  console.error(`roost: reindexing through ${url.origin} failed: ${message}${cause}`);
  process.exitCode = 1;
}
