/**
 * A queue gives no order, and several consumers work on it at once: events are recorded in the order in which their room told them.
 */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test, vi } from "vitest";
import { DEFAULT_PROJECT, type RoomName } from "../../src/protocol/room-id.ts";
import { type RoomEventsMessage, type VersionMessage, versionEvent } from "../../src/queue/messages.ts";
import { eventId } from "../../src/queue/webhook-events.ts";
import { findPosition } from "../../src/storage/d1/webhook-positions.ts";
import { VersionStore } from "../../src/storage/version-store.ts";
import { addressOf, deletionOf, deliver, summaryOf, versionOf } from "./queue-messages.ts";
import { PROMPT, stubOf } from "./room-peer.ts";
import { enter } from "./room-tickets.ts";
import { makeEndpoint, receivers, startEachAnew, told } from "./webhook-receivers.ts";

const SEEDS = env.ROOST_LONG === "1" ? [1, 2, 3, 4, 5, 6, 7, 8] : [1];
/** Without its queue of webhooks: nobody delivers. */
const variables = { WEBHOOKS: { sendBatch: async () => undefined } };

startEachAnew("versions");

/** Somebody's limit was reached: each event says the how manyth message told it. */
function toldOf(room: string, position: number, run = 1_000): RoomEventsMessage {
  const event = (place: number) => ({
    ...({
      id: `${run} ${position} ${place}`,
      type: "limit.reached",
      atMs: position,
      data: { at: position, place },
    } as const),
  });
  const head = { v: 1, kind: "events", project: DEFAULT_PROJECT, room: `default/presence/${room}` } as const;
  return { ...head, order: { run, position }, events: [event(0), event(1)] };
}

/** Its bytes lie in R2, as a room puts them there before it says so. */
async function versionMessage(id: string, seq: number, after: string | null = null): Promise<VersionMessage> {
  const { room, version } = summaryOf(id, seq);
  const put = await new VersionStore(env.SNAPSHOTS).put(addressOf(id), version, new Uint8Array([seq]));
  if (!put.ok) throw new Error(put.error.reason);
  const head = { v: 1, kind: "version", project: DEFAULT_PROJECT, id, room, version } as const;
  const facts = { versionKind: "named", name: `v${seq}`, user: "", editors: [], bytes: 1 } as const;
  return { ...head, ...facts, createdMs: seq, namedMs: seq, after };
}

/** As recorded: what `of` makes of each. */
async function recorded<T>(
  subject: string,
  of: (row: { type: string; data: Record<string, unknown> }) => T,
): Promise<T[]> {
  const rows = await env.DB.prepare("SELECT type, data FROM webhook_events WHERE subject = ? ORDER BY number")
    .bind(subject)
    .all<{ type: string; data: string }>();
  // SAFETY: the consumer writes objects.
  return rows.results.map(({ type, data }) => of({ type, data: JSON.parse(data) as Record<string, unknown> }));
}

const positions = async (room: string) => await recorded(`default/presence/${room}`, ({ data }) => data["at"]);
const typesOf = async (id: string) => await recorded(`default/document/${id}` as RoomName, ({ type }) => type);

/** Small and fast, the same for the same seed. */
function chances(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

test("[WH23] what a room told in a batch is recorded in its order, and what comes before its turn waits", async () => {
  await makeEndpoint("order.shop.com", ["limit.*"]);
  expect(await told([toldOf("a", 3), toldOf("a", 1), toldOf("a", 2)])).toEqual({ acked: [0, 1, 2], retried: [] });
  expect(await positions("a")).toEqual([1, 1, 2, 2, 3, 3]);
  expect(await told([toldOf("a", 5)])).toEqual({ acked: [], retried: [{ place: 0, delaySeconds: 1 }] });
  expect(await positions("a")).toHaveLength(6);
  await told([toldOf("a", 4)]);
  expect(await deliver([toldOf("a", 5)], { attempts: 2, variables })).toEqual({ acked: [0], retried: [] });
  // A repetition is nothing new, and one who began to count anew waits for nobody.
  await told([toldOf("a", 3)]);
  await told([toldOf("a", 1, 2_000)]);
  await told([toldOf("a", 2, 2_000)]);
  expect(await positions("a")).toEqual([1, 1, 2, 2, 3, 3, 4, 4, 5, 5, 1, 1, 2, 2]);
});

test("[WH23] what never came is not waited for for ever, the log says so, and it counts when it comes after all", async () => {
  const warned = vi.spyOn(console, "warn").mockImplementation(() => undefined);
  await makeEndpoint("gap.shop.com", ["limit.*"]);
  await told([toldOf("b", 1)]);
  const delays: (number | undefined)[] = [];
  for (let attempts = 1; attempts <= 4; attempts += 1) {
    const { retried } = await deliver([toldOf("b", 3)], { attempts, variables });
    delays.push(retried[0]?.delaySeconds);
  }
  expect([delays, await positions("b")]).toEqual([
    [1, 4, 10, 20],
    [1, 1],
  ]);
  expect(await deliver([toldOf("b", 3)], { attempts: 5, variables })).toEqual({ acked: [0], retried: [] });
  const lines = warned.mock.calls.map(([line]) => JSON.parse(String(line)) as Record<string, unknown>);
  expect(lines).toContainEqual({
    ...{ level: "warn", event: "webhook-gap", room: "default/presence/b", run: 1_000, position: 3 },
    known: { run: 1_000, position: 1 },
  });
  await told([toldOf("b", 4)]);
  await told([toldOf("b", 2)]);
  expect(await positions("b")).toEqual([1, 1, 3, 3, 4, 4, 2, 2]);
});

test.each(SEEDS)(
  "[WH23] several consumers of a shuffled queue that repeats itself keep each room's order, seed %i",
  async (seed) => {
    const chance = chances(seed);
    await makeEndpoint("crowd.shop.com", ["limit.*"]);
    const rooms = ["x", "y", "z"].map((room) => `${room}${seed}`);
    const MESSAGES = 12;
    const sent = rooms.flatMap((room) => Array.from({ length: MESSAGES }, (_, place) => toldOf(room, place + 1)));
    const waiting = [...sent, ...sent.filter(() => chance() < 0.2)].map((body) => ({ body, rank: chance() }));
    waiting.sort((one, other) => one.rank - other.rank);
    const consumer = async () => {
      while (waiting.length > 0) {
        const bodies = waiting.splice(0, 1 + Math.floor(chance() * 6)).map(({ body }) => body);
        const { retried } = await told(bodies);
        // Later: behind what is waiting by then.
        for (const { place } of retried) {
          const body = bodies[place];
          if (body !== undefined) waiting.push({ body, rank: 0 });
        }
      }
    };
    await Promise.all([consumer(), consumer(), consumer()]);
    const inOrder = Array.from({ length: MESSAGES }, (_, place) => [place + 1, place + 1]).flat();
    for (const room of rooms) expect(await positions(room)).toEqual(inOrder);
  },
);

test("[WH23] a room goes on counting after a sleep", async () => {
  await makeEndpoint("slept.shop.com", ["room.*"]);
  receivers(() => new Response(null, { status: 204 }));
  const known = async () => await findPosition(env.DB, await eventId(["default/document/slept"]));
  const whenTold = async (position: number) =>
    await vi.waitFor(async () => {
      const found = await known();
      expect(found).toMatchObject({ ok: true, value: { position } });
      return found.ok ? found.value?.run : undefined;
    }, PROMPT);
  const alice = await enter("slept", 1, { webhooks: ["room"] });
  const run = await whenTold(1);
  await evictDurableObject(stubOf("slept"), { webSockets: "hibernate" });
  alice.close();
  expect(await whenTold(2)).toBe(run);
  expect(await typesOf("slept")).toEqual(["room.opened", "room.joined", "room.left", "room.emptied"]);
});

test("[WH25] a version is told of behind the snapshot that it belongs to, in one batch or in several", async () => {
  await makeEndpoint("versions.shop.com", ["document.*"]);
  const version = await versionMessage("one", 1);
  await told([deletionOf("one", 9), version, summaryOf("one", 1)]);
  expect(await typesOf("one")).toEqual([
    ...["document.created", "document.changed", "document.saved", "document.version", "document.deleted"],
  ]);
  const early = await versionMessage("two", 1);
  expect((await told([early])).retried).toEqual([{ place: 0, delaySeconds: 1 }]);
  await told([summaryOf("two", 1)]);
  expect((await deliver([early], { attempts: 2, variables })).acked).toEqual([0]);
  expect(await typesOf("two")).toEqual([
    ...["document.created", "document.changed", "document.saved", "document.version"],
  ]);
});

test("[WH25] a version waits for the one before it, and not where nobody wants to hear of versions", async () => {
  const names = async (id: string) =>
    await recorded(`default/document/${id}`, ({ type, data }) => (type === "document.version" ? data["name"] : null));
  const chain = async (id: string) => [
    await versionMessage(id, 1),
    await versionMessage(id, 2, versionEvent(versionOf(1), 1)),
  ];
  await makeEndpoint("rooms.shop.com", ["room.*"]);
  await told([summaryOf("unheard", 2)]);
  expect((await told((await chain("unheard")).slice(1))).acked).toEqual([0]);
  await makeEndpoint("chain.shop.com", ["document.version"]);
  await told([summaryOf("heard", 2)]);
  const [first, second] = await chain("heard");
  expect((await told([second])).retried).toEqual([{ place: 0, delaySeconds: 1 }]);
  await told([first]);
  expect((await deliver([second], { attempts: 2, variables })).acked).toEqual([0]);
  expect([await names("unheard"), await names("heard")]).toEqual([[], ["v1", "v2"]]);
});
