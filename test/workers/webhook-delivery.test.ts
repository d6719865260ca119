/**
 * Webhooks in the queue's consumer, with real D1: which events there are, their order with several consumers, giving up, resting.
 */
import { env } from "cloudflare:workers";
import { describe, expect, test, vi } from "vitest";
import type { ProjectId } from "../../src/protocol/room-id.ts";
import { KEEP_EVENTS_MS, WebhookEvents } from "../../src/storage/d1/webhook-events.ts";
import { deletionOf, summaryOf } from "./queue-messages.ts";
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
  wakes,
  woken,
} from "./webhook-receivers.ts";

const HOUR_MS = 3_600_000;
const SEEDS = env.ROOST_LONG === "1" ? [1, 2, 3, 4, 5, 6, 7, 8] : [1];

startEachAnew();

describe("events of documents", () => {
  test("[WH1] the first summary says created, changed and saved, each later one changed and saved, and none twice", async () => {
    const endpoint = await makeEndpoint("one.shop.com", ["document.*"]);
    await told([summaryOf("a", 1)]);
    await told([summaryOf("a", 1)]);
    await told([summaryOf("a", 2)]);
    expect((await logOf(endpoint)).map(([type]) => type)).toEqual([
      ...["document.created", "document.changed", "document.saved"],
      ...["document.changed", "document.saved"],
    ]);
  });

  test("[WH1] what comes too late says nothing: older summaries, and any after the erasure", async () => {
    const endpoint = await makeEndpoint("late.shop.com", ["document.saved", "document.deleted"]);
    for (const message of [summaryOf("b", 3), summaryOf("b", 2), deletionOf("b", 5), summaryOf("b", 4)])
      await told([message]);
    expect((await logOf(endpoint)).map(([type]) => type)).toEqual(["document.saved", "document.deleted"]);
  });

  test("[WH2] a document that was erased and is made again is created again", async () => {
    const endpoint = await makeEndpoint("again.shop.com", ["document.created"]);
    await told([summaryOf("c", 1)]);
    await told([deletionOf("c", 2)]);
    await told([summaryOf("c", 3, { createdMs: 9_000 })]);
    expect(await logOf(endpoint)).toHaveLength(2);
  });

  test("[WH3] each endpoint hears of what it wants, and one of another project nothing", async () => {
    const all = await makeEndpoint("all.shop.com");
    const some = await makeEndpoint("some.shop.com", ["document.deleted", "room.*"]);
    const other = await makeEndpoint("other.shop.com", ["*"], "other" as ProjectId);
    await told([summaryOf("d", 1)]);
    await told([deletionOf("d", 2)]);
    expect([await logOf(all), await logOf(some), await logOf(other)].map((log) => log.length)).toEqual([4, 1, 0]);
  });

  test("[WH4] a project without endpoints keeps no events", async () => {
    await told([summaryOf("e", 1), deletionOf("f", 1)]);
    const { results } = await env.DB.prepare("SELECT 1 FROM webhook_events").all();
    expect(results).toEqual([]);
    expect(wakes).toEqual([]);
  });

  test("[WH17] what is older than 30 days goes, with its deliveries", async () => {
    const endpoint = await makeEndpoint("old.shop.com", ["document.saved"]);
    const order = { run: 1, position: 1 };
    const event = { id: "1", type: "room.opened", atMs: 1, data: {} };
    const room = "default/document/g";
    await told([summaryOf("g", 1), { v: 1, kind: "events", project: "default", room, order, events: [event] }]);
    expect(await env.DB.prepare("SELECT run, position FROM webhook_positions").all()).toMatchObject({
      results: [order],
    });
    const events = new WebhookEvents(env.DB);
    await events.prune(Date.now() + KEEP_EVENTS_MS - HOUR_MS);
    expect(await logOf(endpoint)).toHaveLength(1);
    await events.prune(Date.now() + KEEP_EVENTS_MS + HOUR_MS);
    const kept = ["webhook_deliveries", "webhook_events", "webhook_positions"].map((table) => `SELECT 1 FROM ${table}`);
    const rows = await env.DB.prepare(kept.join(" UNION ALL ")).all();
    expect(rows.results).toEqual([]);
  });
});

/** Small and fast, the same for the same seed. */
function chances(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test("[WH17] the log says how many deliveries ended that way, undone", async () => {
  const warned = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  vi.useFakeTimers({ toFake: ["Date"] });
  await makeEndpoint("expired.shop.com", ["document.saved"]);
  await told([summaryOf("expired", 1), summaryOf("expired", 2)]);
  vi.setSystemTime(Date.now() + KEEP_EVENTS_MS + HOUR_MS);
  await told([]);
  expect(warned.mock.calls.map(([line]) => JSON.parse(String(line)) as unknown)).toEqual([
    { level: "warn", event: "webhook-expired", deliveries: 2 },
  ]);
});

describe("delivery", () => {
  /** Most turns find that nothing is due yet: how many there are in this time says nothing, and without a rest no receiver answers. */
  const ENOUGH_MS = 12_000;
  test.each(SEEDS)("[WH13] several consumers keep the order in each room, seed %i", async (seed) => {
    const chance = chances(seed);
    const endpoint = await makeEndpoint("order.shop.com", ["document.saved"]);
    const rooms = ["x", "y", "z"];
    const busy = new Set<unknown>();
    let overlaps = 0;
    const got: { room: unknown; sequence: number }[] = [];
    receivers(async ({ data }) => {
      const room = data["document"];
      // Nobody else is talking to it about this room.
      if (busy.has(room)) overlaps += 1;
      busy.add(room);
      await scheduler.wait(chance() * 30);
      busy.delete(room);
      if (chance() < 0.3) return failed();
      got.push({ room, sequence: Number(data["sequence"]) });
      return taken();
    });
    const pace = { ROOST_WEBHOOK_DELAY_PERMILLE: "1" };
    const VERSIONS = 3;
    const consumer = async () => {
      const endMs = performance.now() + ENOUGH_MS;
      while (got.length < VERSIONS * rooms.length && performance.now() < endMs) {
        await woken(laneOf(endpoint, rooms[Math.floor(chance() * rooms.length)] ?? ""), pace);
        await scheduler.wait(1);
      }
    };
    const talking = async () => {
      for (let version = 0; version < VERSIONS; version += 1) {
        await told(rooms.map((id) => summaryOf(id, seed * 100 + version)));
      }
    };
    await Promise.all([talking(), consumer(), consumer(), consumer()]);
    expect([overlaps, got.length]).toEqual([0, VERSIONS * rooms.length]);
    for (const room of rooms) {
      const sequences = got.filter((one) => one.room === room).map(({ sequence }) => sequence);
      expect(sequences).toEqual(sequences.toSorted((one, other) => one - other));
      expect(new Set(sequences).size).toBe(VERSIONS);
    }
  });

  test("[WH12] an event that is refused for days is given up, and what stood behind it arrives", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const endpoint = await makeEndpoint("days.shop.com", ["document.saved"]);
    const posts = receivers(({ data }) => (data["version"] === "00000001-000000000001" ? failed() : taken()));
    await told([summaryOf("h", 1)]);
    await told([summaryOf("h", 2)]);
    await told([summaryOf("well", 7)]);
    for (let turn = 0; turn < 14; turn += 1) {
      await woken(laneOf(endpoint, "h"));
      // Somebody else's events are taken meanwhile: the endpoint is not hopeless.
      await told([summaryOf("well", 8 + turn)]);
      await woken(laneOf(endpoint, "well"));
      vi.setSystemTime(Date.now() + 13.5 * HOUR_MS);
    }
    const log = (await logOf(endpoint)).slice(0, 2);
    expect(log).toEqual([
      ["document.saved", "dead", 14],
      ["document.saved", "delivered", 1],
    ]);
    expect(posts.filter(({ data }) => data["document"] === "h")).toHaveLength(15);
    expect((await reread(endpoint)).disabledMs).toBeNull();
  });

  test("[WH12] an endpoint that takes nothing for five days is disabled with a notice, and told nothing more", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const endpoint = await makeEndpoint("never.shop.com", ["document.saved"]);
    const watcher = await makeEndpoint("watcher.shop.com", ["webhook.disabled"]);
    const posts = receivers(({ host }) => (host === "never.shop.com" ? failed() : taken()));
    await told([summaryOf("i", 1)]);
    for (let turn = 0; turn < 11 && (await reread(endpoint)).disabledMs === null; turn += 1) {
      await woken(laneOf(endpoint, "i"));
      vi.setSystemTime(Date.now() + 13.5 * HOUR_MS);
    }
    const { disabledMs, disabledReason } = await reread(endpoint);
    expect([disabledMs !== null, disabledReason]).toEqual([true, expect.stringMatching(/It answered 500/)]);
    expect(await logOf(watcher)).toEqual([["webhook.disabled", "pending", 0]]);
    const count = posts.length;
    await told([summaryOf("i", 2)]);
    await woken(laneOf(endpoint, "i"));
    expect(posts).toHaveLength(count);
    expect((await logOf(endpoint)).map(([, status]) => status)).toEqual(["dead"]);
  });

  test("[WH16] after five failures in a row the whole endpoint rests, and goes on with all when it is back", async () => {
    vi.useFakeTimers({ toFake: ["Date"] });
    const endpoint = await makeEndpoint("rest.shop.com", ["document.saved"]);
    let isBack = false;
    const posts = receivers(() => (isBack ? taken() : failed()));
    const ids = ["r1", "r2", "r3", "r4", "r5", "r6", "r7"];
    await told(ids.map((id) => summaryOf(id, 1)));
    for (const id of ids) await woken(laneOf(endpoint, id));
    expect(posts).toHaveLength(5);
    const { failures, pausedUntilMs } = await reread(endpoint);
    expect([failures, pausedUntilMs > Date.now()]).toEqual([5, true]);
    isBack = true;
    vi.setSystemTime(Date.now() + HOUR_MS);
    for (const id of ids) await woken(laneOf(endpoint, id));
    expect((await logOf(endpoint)).filter(([, status]) => status !== "delivered")).toEqual([]);
    expect(await reread(endpoint)).toMatchObject({ failures: 0, failingSinceMs: null, pausedUntilMs: 0 });
  });

  test("[WH14] an address that is refused by now is not asked", async () => {
    const endpoint = await makeEndpoint("inner.svc.local", ["document.saved"]);
    const posts = receivers(taken);
    await told([summaryOf("j", 1)]);
    await woken(laneOf(endpoint, "j"));
    expect(posts).toEqual([]);
    expect(await logOf(endpoint)).toEqual([["document.saved", "pending", 1]]);
  });

  test("[WH18] a malformed wake is dropped, and one that D1 fails is tried again", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    expect(await woken({ endpoint: "x" as never, subject: "y" })).toEqual({ acked: [0], retried: [] });
    const broken = {
      prepare: () => {
        throw new Error("D1 is down");
      },
    };
    const { retried } = await woken({ endpoint: 1, subject: "y" }, { DB: broken });
    expect(retried).toEqual([{ place: 0, delaySeconds: 10 }]);
  });
});
