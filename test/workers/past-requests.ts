/**
 * Documents that several people have typed, and questions about their past, inside the runtime.
 * @module
 */
import { evictDurableObject, runDurableObjectAlarm } from "cloudflare:test";
import { expect, vi } from "vitest";
import * as Y from "yjs";
import { stubOf } from "./room-peer.ts";
import { readJson, send } from "./router-requests.ts";
import { LongDocument } from "./saver-room.ts";

export const MINUTE_MS = 60_000;
/** An hour ago: R2's clock is the real one, and nothing in R2 is older than its rows. */
export const START_MS = Math.floor(Date.now() / MINUTE_MS) * MINUTE_MS - 60 * MINUTE_MS;

export type Range = {
  readonly user: string;
  readonly atMs: number | null;
  readonly length: number;
  readonly excerpt: string;
};
export type Page = {
  readonly start: string | null;
  readonly steps: readonly {
    readonly seq: number;
    readonly atMs: number;
    readonly updates: readonly { readonly user: string; readonly update: string }[];
  }[];
  readonly cursor: string | null;
};

export function at(minutes: number): number {
  const nowMs = START_MS + minutes * MINUTE_MS;
  vi.useFakeTimers({ toFake: ["Date"], now: nowMs });
  return nowMs;
}

export async function post(id: string, update: Uint8Array, user: string): Promise<void> {
  const headers = { "content-type": "application/octet-stream" };
  const response = await send(`/v1/documents/${id}/updates?user=${user}`, { method: "POST", body: update, headers });
  expect(response.status).toBe(200);
  await response.body?.cancel();
}

export async function compact(id: string, minutes: number): Promise<void> {
  at(minutes);
  await runDurableObjectAlarm(stubOf(id));
}

export async function sleep(id: string): Promise<void> {
  await evictDurableObject(stubOf(id), { webSockets: "hibernate" });
}

export async function blameOf(id: string): Promise<readonly (readonly [string, number | null, string])[]> {
  const blamed = await readJson<{ ranges: readonly Range[] }>(await send(`/v1/documents/${id}/blame`));
  return blamed.ranges.map(({ user, atMs, excerpt }) => [
    user,
    atMs === null ? null : (atMs - START_MS) / MINUTE_MS,
    excerpt,
  ]);
}

export async function historyOf(id: string, query = ""): Promise<Page> {
  return await readJson<Page>(await send(`/v1/documents/${id}/history?${query}`));
}

export function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
}

/** The texts that playback shows: before the first step, and after each. */
export function playback({ start, steps }: Page): readonly string[] {
  const doc = new Y.Doc();
  if (start !== null) Y.applyUpdate(doc, bytesOf(start));
  const texts = [doc.getText("text").toString()];
  for (const { updates } of steps) {
    for (const { update } of updates) Y.applyUpdate(doc, bytesOf(update));
    texts.push(doc.getText("text").toString());
  }
  return texts;
}

/** One person types a word a minute, another one in between; compactions and sleep whenever. */
export async function typed(id: string): Promise<readonly string[]> {
  const document = new LongDocument(0);
  const texts = [""];
  for (const [minute, word] of ["a", "bb", "ccc", "dddd", "eeeee", "ffffff"].entries()) {
    at(minute);
    await post(id, document.type(word, 0), minute % 2 === 0 ? "alice" : "bob");
    texts.push(document.doc.getText("text").toString());
    if (minute === 1 || minute === 3) await compact(id, minute + 0.5);
    if (minute === 4) await sleep(id);
  }
  return texts;
}
