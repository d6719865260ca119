/**
 * What happens to an endpoint or a lane while a request to its receiver is on its way, with real D1.
 */
import { env } from "cloudflare:workers";
import { expect, test, vi } from "vitest";
import type { WebhookEndpoint } from "../../src/storage/d1/webhook-endpoints.ts";
import { LEASE_MS } from "../../src/storage/d1/webhook-lanes.ts";
import { summaryOf } from "./queue-messages.ts";
import { readJson, sendWith } from "./router-requests.ts";
import {
  failed,
  laneOf,
  logOf,
  makeEndpoint,
  receivers,
  reread,
  startEachAnew,
  taken,
  told,
  woken,
} from "./webhook-receivers.ts";

startEachAnew();

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

test("[WH28] a 410 of the address of before disables nothing, and the new one is told at once", async () => {
  const endpoint = await makeEndpoint("left.shop.com", ["document.saved"]);
  const posts = receivers(async ({ host }) => {
    if (host !== "left.shop.com") return taken();
    await change(endpoint, { url: "https://moved.shop.com/hook" });
    return new Response(null, { status: 410 });
  });
  await told([summaryOf("moved", 1)]);
  await told([summaryOf("waits", 1)]);
  await woken(laneOf(endpoint, "moved"));
  await woken(laneOf(endpoint, "waits"));
  expect(posts.map(({ host }) => host)).toEqual(["left.shop.com", "moved.shop.com", "moved.shop.com"]);
  expect((await logOf(endpoint)).map(([, status]) => status)).toEqual(["delivered", "delivered"]);
  expect(await reread(endpoint)).toMatchObject({ disabledMs: null, disabledReason: null });
});

test("[WH28] the new address starts without the failures of the one before, the late ones too", async () => {
  const endpoint = await makeEndpoint("bad.shop.com", ["document.saved"]);
  const ids = ["b1", "b2", "b3", "b4", "b5"];
  let moves = false;
  receivers(async () => {
    if (moves) await change(endpoint, { url: "https://good.shop.com/hook" });
    return failed();
  });
  await told(ids.map((id) => summaryOf(id, 1)));
  for (const id of ids) await woken(laneOf(endpoint, id));
  expect(await reread(endpoint)).toMatchObject({ failures: 5, failingSinceMs: expect.any(Number) });
  await change(endpoint, { url: "https://bad.shop.com/hook", description: "the same" });
  expect((await reread(endpoint)).pausedUntilMs).toBeGreaterThan(Date.now());
  await env.DB.prepare("UPDATE webhook_endpoints SET paused_until_ms = 0").run();
  await told([summaryOf("b6", 1)]);
  moves = true;
  await woken(laneOf(endpoint, "b6"));
  expect(await reread(endpoint)).toMatchObject({
    ...{ url: "https://good.shop.com/hook", failures: 0, failingSinceMs: null, pausedUntilMs: 0 },
  });
});

test("[WH30] what is recorded between the look for more and the end of a lane is delivered in the same visit", async () => {
  const endpoint = await makeEndpoint("last.shop.com", ["document.saved"]);
  receivers(taken);
  await told([summaryOf("last", 1)]);
  let looks = 0;
  /** The database, with a save just before the lane is closed for the first time. */
  const prepare = (sql: string) => {
    const statement = env.DB.prepare(sql);
    if (!sql.startsWith("DELETE FROM webhook_lanes")) return statement;
    looks += 1;
    return { bind: (...values: unknown[]) => ({ first: async () => await closed(statement.bind(...values)) }) };
  };
  const closed = async (statement: D1PreparedStatement) => {
    if (looks === 1) await told([summaryOf("last", 2)]);
    return await statement.first();
  };
  const batch = env.DB.batch.bind(env.DB);
  await woken(laneOf(endpoint, "last"), { DB: { prepare, batch } });
  expect([looks, (await logOf(endpoint)).map(([, status]) => status)]).toEqual([2, ["delivered", "delivered"]]);
  expect((await env.DB.prepare("SELECT 1 FROM webhook_lanes").all()).results).toEqual([]);
});

test("[WH13] whose lease ended in the middle of a visit leaves the lane to the one who has it by now", async () => {
  vi.useFakeTimers({ toFake: ["Date"] });
  const endpoint = await makeEndpoint("lease.shop.com", ["document.saved"]);
  const lane = laneOf(endpoint, "lease");
  const [first, second] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const posts = receivers(async () => {
    // The first holder's request, the same one of the second holder, and whatever comes behind it.
    const place = posts.length;
    if (place === 1) await first.promise;
    if (place === 3) await second.promise;
    return taken();
  });
  const versions = () => posts.map(({ data }) => Number(String(data["version"]).slice(-2)));
  await told([summaryOf("lease", 1), summaryOf("lease", 2), summaryOf("lease", 3)]);
  const one = woken(lane);
  await vi.waitFor(() => expect(versions()).toEqual([1]));
  // Another isolate's clock is ahead by more than a lease.
  const nowMs = Date.now();
  vi.setSystemTime(nowMs + LEASE_MS + 1);
  const other = woken(lane);
  await vi.waitFor(() => expect(versions()).toEqual([1, 1, 2]));
  vi.setSystemTime(nowMs);
  first.resolve();
  await one;
  expect(versions()).toEqual([1, 1, 2]);
  second.resolve();
  await other;
  expect(versions()).toEqual([1, 1, 2, 3]);
  expect((await logOf(endpoint)).map(([, status]) => status)).toEqual(["delivered", "delivered", "delivered"]);
});
