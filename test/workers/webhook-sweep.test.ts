/**
 * What a sweep finds and throws away, with real D1.
 */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { KEEP_EVENTS_MS } from "../../src/storage/d1/webhook-events.ts";
import { otherIsolate } from "./project-requests.ts";
import { deliver } from "./queue-messages.ts";
import { wakes } from "./webhook-receivers.ts";

const MINUTE_MS = 60_000;
const TABLES = ["webhook_events", "webhook_positions"] as const;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});
afterEach(async () => {
  vi.useRealTimers();
  wakes.length = 0;
  await env.DB.batch(TABLES.map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
});

/** So many events and as many positions of that time. */
async function store(count: number, storedMs: number): Promise<void> {
  const numbers = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)";
  await env.DB.batch([
    env.DB.prepare(`${numbers} INSERT INTO webhook_events (id, project, type, subject, at_ms, stored_ms, data)
SELECT 'msg_' || ?2 || '_' || i, 'default', 'room.opened', 'default/document/old', ?2, ?2, '{}' FROM n`).bind(
      count,
      storedMs,
    ),
    env.DB.prepare(
      `${numbers} INSERT INTO webhook_positions (room, run, position, stored_ms) SELECT ?2 || '_' || i, 1, 1, ?2 FROM n`,
    ).bind(count, storedMs),
  ]);
}

async function left(): Promise<readonly unknown[]> {
  const counts = TABLES.map((table) => env.DB.prepare(`SELECT count(*) AS rows FROM ${table}`));
  return (await env.DB.batch<{ rows: number }>(counts)).map(({ results }) => results[0]?.rows);
}

test("[WH29] while there is more to throw away than goes at once, each sweep goes on; then one rests for ten minutes", async () => {
  const isolate = otherIsolate();
  const sweptAfter = async (ms: number) => {
    vi.setSystemTime(Date.now() + ms);
    await deliver([], { variables: isolate });
    return await left();
  };
  await store(1_200, Date.now() - KEEP_EVENTS_MS - MINUTE_MS);
  await store(3, Date.now());
  expect([await sweptAfter(0), await sweptAfter(MINUTE_MS), await sweptAfter(MINUTE_MS)]).toEqual([
    [703, 703],
    [203, 203],
    [3, 3],
  ]);
  await store(1, Date.now() - KEEP_EVENTS_MS - 2 * MINUTE_MS);
  expect([await sweptAfter(MINUTE_MS), await sweptAfter(10 * MINUTE_MS)]).toEqual([
    [4, 4],
    [3, 3],
  ]);
});
