/**
 * What Roost's own API tells about a document under measurement.
 * @module
 */
import { setTimeout as pause } from "node:timers/promises";

/** The part of `GET /v1/documents/<id>` that is of use here. */
type Description = {
  readonly versions: { readonly indexed: string | null };
  readonly health: { readonly lagMs: number; readonly outbox: { readonly rows: number } };
};

const SAVED_MS = 60_000;
const POLL_MS = 250;

/** Address of a document's description, from that of its socket. */
export function descriptionUrl(socketUrl: string): string {
  const url = new URL(socketUrl.replace(/^ws/, "http"));
  return `${url.origin}${url.pathname.replace(/\/connect$/, "")}`;
}

/** How many of these documents have a summary in D1: their snapshot, its text and the queue lie before that. */
export async function indexedCount(socketUrls: readonly string[]): Promise<number> {
  let indexed = 0;
  for (const socketUrl of socketUrls) {
    const { versions } = await describe(descriptionUrl(socketUrl));
    if (versions.indexed !== null) indexed += 1;
  }
  return indexed;
}

/** Everything typed is in a snapshot, and its summary has arrived; rejects after a minute. */
export async function whenSaved(url: string): Promise<void> {
  const deadline = performance.now() + SAVED_MS;
  for (;;) {
    const { health } = await describe(url);
    if (health.lagMs === 0 && health.outbox.rows === 0) return;
    if (performance.now() > deadline) throw new Error(`not saved after ${SAVED_MS} ms: ${JSON.stringify(health)}`);
    await pause(POLL_MS);
  }
}

async function describe(url: string): Promise<Description> {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  // SAFETY: the documented answer of this route.
  return (await response.json()) as Description;
}
