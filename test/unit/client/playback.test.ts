/**
 * Which part of a long past the time slider has.
 */
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import * as Y from "yjs";
import { loadPlayback } from "../../../client/demo/playback.ts";
import type { HistoryPage, HistoryStep } from "../../../client/demo/versions-api.ts";
import { ok } from "../../../src/protocol/result.ts";

const MINUTE_MS = 60_000;
const NOW_MS = Date.UTC(2026, 0, 5);

beforeEach(() => void vi.useFakeTimers({ toFake: ["Date"], now: NOW_MS }));
afterEach(() => vi.useRealTimers());

/** A past of `count` steps, one a minute up to now and one a page, as the API gives it. */
function pastOf(count: number) {
  const doc = new Y.Doc();
  const states = [Y.encodeStateAsUpdate(doc)];
  const steps: HistoryStep[] = [];
  doc.on("update", (update: Uint8Array) => {
    const atMs = NOW_MS - (count - steps.length - 1) * MINUTE_MS;
    steps.push({ atMs, updates: [{ user: "alice", update }] });
    states.push(Y.encodeStateAsUpdate(doc));
  });
  const text = doc.getText("text");
  for (let step = 0; step < count; step += 1) text.insert(text.length, `${step} `);
  const history = async (cursor: string | null, fromMs = 0) => {
    const first = steps.findIndex(({ atMs }) => atMs >= fromMs);
    const at = cursor === null ? (first === -1 ? count : first) : Number(cursor);
    const start = cursor === null ? (states[at] ?? null) : null;
    const page: HistoryPage = {
      start,
      steps: steps.slice(at, at + 1),
      cursor: at + 1 < count ? String(at + 1) : null,
    };
    return await Promise.resolve(ok(page));
  };
  return { api: { history }, text: text.toString() };
}

async function load(count: number) {
  const { api, text } = pastOf(count);
  const loaded = await loadPlayback(api, () => undefined);
  if (!loaded.ok) throw new Error("no past");
  const { steps, shows } = loaded.value;
  const last = loaded.value.docAfter(steps.length).getText("text").toString();
  return { shows, count: steps.length, endsNow: last === text };
}

test("[PG12] a past that fits is shown whole, and of a longer one the newest steps, up to now", async () => {
  expect(await load(30)).toEqual({ shows: "all", count: 30, endsNow: true });
  expect(await load(31)).toEqual({ shows: "newest", count: 9, endsNow: true });
  expect(await load(500)).toEqual({ shows: "newest", count: 9, endsNow: true });
});
