/**
 * For test files that read whole tables of D1: the queue lives on from one file to the next, and is not theirs alone.
 * @module
 */
import { env } from "cloudflare:workers";
import { expect, vi } from "vitest";
import { deletionOf } from "./queue-messages.ts";

const MARK = "earlier-files";
/** Of what the queue writes, those that name others first. */
const TABLES = ["document_chunks", "document_editors", "documents", "audit", "dead_letters"];

/** Resolves when all that was on the queue has come to D1, and is gone from there. */
export async function forgetEarlierFiles(): Promise<void> {
  await env.EVENTS.send(deletionOf(MARK, 1));
  const marked = async () => await env.DB.prepare("SELECT 1 FROM documents WHERE id = ?").bind(MARK).first();
  await vi.waitFor(async () => expect(await marked()).not.toBeNull(), { timeout: 10_000, interval: 50 });
  await env.DB.batch(TABLES.map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
}
