import { afterEach, expect, test, vi } from "vitest";
import { START_MS, at, historyOf, playback, post } from "./past-requests.ts";
import { failureOf, readJson, send } from "./router-requests.ts";
import { LongDocument } from "./saver-room.ts";

afterEach(() => vi.useRealTimers());

const PATHS = ["blame", "activity", "history"] as const;

test("[RT300] blame, activity and history answer as JSON that nobody keeps, updates and the start in base64", async () => {
  const document = new LongDocument(0);
  at(0);
  await post("told", document.type("hello 😀"), "alice");
  for (const path of PATHS) {
    const response = await send(`/v1/documents/told/${path}`);
    expect([response.status, response.headers.get("cache-control")]).toEqual([200, "private, no-store"]);
    await response.body?.cancel();
  }
  const page = await historyOf("told");
  expect(page).toMatchObject({ steps: [{ firstSeq: 1, seq: 1, atMs: START_MS }], cursor: null });
  expect(playback(page)).toEqual(["", "hello 😀"]);
  expect(await readJson(await send("/v1/documents/told/blame"))).toEqual({
    ranges: [{ user: "alice", atMs: START_MS, path: ["text"], at: 0, length: 8, excerpt: "hello 😀" }],
  });
  expect(await readJson(await send(`/v1/documents/told/activity?to=${START_MS + 1}&every=60`))).toEqual({
    activity: [{ fromMs: START_MS, user: "alice", updates: 1, inserted: 8 }],
  });
});

test("[RT301] times may be dates; what is no time, interval, cursor or parameter is refused", async () => {
  const document = new LongDocument(0);
  at(0);
  await post("asked", document.type("a"), "alice");
  const before = new Date(START_MS - 1).toISOString();
  const counts = [`from=${before}`, `to=${before}`, `from=${START_MS}&to=${START_MS}`].map(
    async (query) => (await historyOf("asked", query)).steps.length,
  );
  expect(await Promise.all(counts)).toEqual([1, 0, 1]);
  const wrong = ["history?from=soon", "history?cursor=1", "history?cursor=~1~x", "blame?from=1", "activity?every=59"];
  for (const query of wrong) {
    expect(`${query}: ${await failureOf(await send(`/v1/documents/asked/${query}`))}`).toBe(
      `${query}: 400 bad-request`,
    );
  }
});

test("[RT302] a document that never was has no past, and an erased one has none any more", async () => {
  const document = new LongDocument(0);
  await post("erased-past", document.type("a"), "alice");
  await send("/v1/documents/erased-past", { method: "DELETE" });
  for (const path of PATHS) {
    expect(await failureOf(await send(`/v1/documents/never-was/${path}`))).toBe("404 not-found");
    expect(await failureOf(await send(`/v1/documents/erased-past/${path}`))).toMatch(/^410 /);
  }
});
