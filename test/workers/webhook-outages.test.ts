/**
 * Receivers that are away for an hour or for days, with real D1 and the queue under the test's clock.
 */
import { beforeEach, describe, expect, test, vi } from "vitest";
import type { WebhookEndpoint } from "../../src/storage/d1/webhook-endpoints.ts";
import { ClockedQueue } from "./clocked-queue.ts";
import { deliver, summaryOf } from "./queue-messages.ts";
import { sendWith } from "./router-requests.ts";
import {
  type Posted,
  failed,
  logOf,
  makeEndpoint,
  receivers,
  reread,
  startEachAnew,
  taken,
} from "./webhook-receivers.ts";

const SECOND_MS = 1_000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const DOCUMENTS = ["plan", "notes", "todo"];
const SAVES = 20;

startEachAnew();
beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date"] });
});

/** A receiver that goes away, three documents saved every three minutes meanwhile, and the hour is over. */
async function outage(host: string) {
  const queue = new ClockedQueue();
  const endpoint = await makeEndpoint(host, ["document.saved"]);
  const startMs = Date.now();
  const backMs = startMs + HOUR_MS;
  const got: Posted[] = [];
  receivers((posted) => {
    if (Date.now() < backMs) return failed();
    got.push(posted);
    return taken();
  });
  for (let save = 1; save <= SAVES; save += 1) {
    const messages = DOCUMENTS.map((id) => summaryOf(`${host}/${id}`, save, { updatedMs: Date.now() }));
    await deliver(messages, { variables: queue.variables });
    await queue.runUntil(startMs + (save * HOUR_MS) / SAVES);
  }
  expect(got).toEqual([]);
  expect((await reread(endpoint)).pausedUntilMs).toBeGreaterThan(Date.now());
  return { queue, endpoint, startMs, backMs, got };
}

/** Each of them, and those of a document in the order in which they happened. */
async function expectAll(endpoint: WebhookEndpoint, got: readonly Posted[]): Promise<void> {
  const log = await logOf(endpoint);
  expect(log.map(([, status]) => status)).toEqual(Array.from({ length: DOCUMENTS.length * SAVES }, () => "delivered"));
  const byDocument = Map.groupBy(got, ({ data }) => data["document"]);
  expect(byDocument.size).toBe(DOCUMENTS.length);
  for (const posts of byDocument.values()) {
    const sequences = posts.map(({ data }) => Number(data["sequence"]));
    expect(sequences).toEqual(sequences.toSorted((one, other) => one - other));
    expect(posts.map(({ data }) => data["bytes"])).toEqual(Array.from({ length: SAVES }, (_, place) => place + 1));
  }
}

describe("a receiver that was away for an hour", () => {
  test("[WH6] has all of that hour, in order, as soon as the schedule asks it again", async () => {
    const { queue, endpoint, backMs, got } = await outage("hour.shop.com");
    // The endpoint rests for an hour at most, a tenth more by chance.
    await queue.runUntil(backMs + 67 * MINUTE_MS);
    await expectAll(endpoint, got);
    expect(queue.size).toBe(0);
    expect(await reread(endpoint)).toMatchObject({ failures: 0, failingSinceMs: null, pausedUntilMs: 0 });
  });

  test("[WH24] has all of that hour, in order, at once when its owner asks for a replay", async () => {
    const { queue, endpoint, startMs, backMs, got } = await outage("replay.shop.com");
    const path = `/v1/webhooks/${endpoint.id}/replay?from=${startMs}`;
    const answer = await sendWith(queue.variables, path, { method: "POST" });
    expect([answer.status, await answer.json()]).toEqual([202, { events: DOCUMENTS.length * SAVES, next: null }]);
    await queue.runUntil(backMs + 5 * SECOND_MS);
    await expectAll(endpoint, got);
  });
});

test("[WH11] an attempt that is due later than a queue holds a message back is made at its time", async () => {
  // The longest delays: the last one is 13.2 hours.
  vi.spyOn(Math, "random").mockReturnValue(0.999_999);
  const queue = new ClockedQueue();
  const endpoint = await makeEndpoint("patient.shop.com", ["document.saved"]);
  const posts = receivers(failed);
  await deliver([summaryOf("long", 1)], { variables: queue.variables });
  await queue.runUntil(Date.now() + 64 * HOUR_MS);
  expect(await logOf(endpoint)).toEqual([["document.saved", "dead", 14]]);
  expect([posts.length, queue.size]).toEqual([14, 0]);
});
