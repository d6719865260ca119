/**
 * What happens to an endpoint while a request to its receiver is on its way, with real D1.
 */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import type { WebhookEndpoint } from "../../src/storage/d1/webhook-endpoints.ts";
import { summaryOf } from "./queue-messages.ts";
import { readJson, sendWith } from "./router-requests.ts";
import { logOf, makeEndpoint, receivers, told, wakes, woken } from "./webhook-receivers.ts";

const TABLES = ["webhook_endpoints", "webhook_events", "webhook_deliveries", "webhook_lanes"];

beforeEach(() => {
  vi.spyOn(console, "warn").mockImplementation(() => undefined);
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.useRealTimers();
  wakes.length = 0;
  await env.DB.batch(TABLES.map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
});

const taken = () => new Response(null, { status: 204 });
const failed = () => new Response("not now", { status: 500 });
const laneOf = (endpoint: { readonly number: number }, id: string) => ({
  endpoint: endpoint.number,
  subject: `default/document/${id}`,
});

async function change({ id }: WebhookEndpoint, body: object): Promise<void> {
  const init = { method: "PATCH", headers: { "content-type": "application/json" }, body: JSON.stringify(body) };
  const response = await sendWith({}, `/v1/webhooks/${id}`, init);
  expect(response.status).toBe(200);
}

async function statusOf({ id }: WebhookEndpoint, status: string): Promise<number> {
  const page = await sendWith({}, `/v1/webhooks/${id}/deliveries?status=${status}`);
  return (await readJson<{ deliveries: readonly unknown[] }>(page)).deliveries.length;
}

test("[WH27] an attempt that fails after its endpoint was disabled leaves the event dead, for a replay", async () => {
  const endpoint = await makeEndpoint("off.shop.com", ["document.saved"]);
  receivers(async () => {
    await change(endpoint, { isEnabled: false });
    return failed();
  });
  await told([summaryOf("off", 1)]);
  await woken(laneOf(endpoint, "off"));
  await change(endpoint, { isEnabled: true });
  expect([await logOf(endpoint), await statusOf(endpoint, "dead")]).toEqual([[["document.saved", "dead", 1]], 1]);
});

test("[WH27] one that is taken after its endpoint was disabled is delivered", async () => {
  const endpoint = await makeEndpoint("taken.shop.com", ["document.saved"]);
  receivers(async () => {
    await change(endpoint, { isEnabled: false });
    return taken();
  });
  await told([summaryOf("taken", 1)]);
  await woken(laneOf(endpoint, "taken"));
  expect(await logOf(endpoint)).toEqual([["document.saved", "delivered", 1]]);
});
