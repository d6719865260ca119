/**
 * What a room tells webhooks: in few messages, again where the queue fails.
 */
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import type { UserId } from "../../src/auth/grants.ts";
import { ANONYMOUS } from "../../src/auth/user-id.ts";
import type { ProjectId } from "../../src/protocol/room-id.ts";
import type { RoomEventFamily } from "../../src/protocol/webhook-events.ts";
import type { RoomEventsMessage, RoomMessage } from "../../src/queue/messages.ts";
import { RoomEvents, type Visitor } from "../../src/rooms/room-events.ts";

const ALL: readonly RoomEventFamily[] = ["room", "game", "limit"];
const QUEUED = { metadata: { metrics: { backlogCount: 0, backlogBytes: 0 } } };

beforeEach(() => void vi.useFakeTimers());
afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

/** What a room keeps of its count, through its sleep. */
function memory() {
  const kept = new Map<string, unknown>();
  return {
    // SAFETY: whoever reads a key wrote it.
    get: <T>(key: string) => structuredClone(kept.get(key)) as T | undefined,
    put: (key: string, value: unknown) => void kept.set(key, value),
  };
}

function room(name = "shop/game/arena-1", kv = memory()) {
  const messages: RoomEventsMessage[] = [];
  const state = { isDown: false };
  const events = new RoomEvents(
    name,
    {
      send: async (message: RoomMessage) => {
        if (state.isDown) throw new Error("the queue is down");
        if (message.kind === "events") messages.push(message);
        return QUEUED;
      },
    },
    kv,
  );
  return { events, messages, state };
}

let sessions = 0;
function visitor(user: string, webhooks: readonly RoomEventFamily[] = ALL): Visitor {
  sessions += 1;
  return {
    ticket: {
      grant: { project: "shop" as ProjectId, user: user as UserId, scopes: ["read"] },
      session: `s${sessions}`,
      webhooks,
    },
  };
}

function join(events: RoomEvents, one: Visitor): Visitor {
  events.learn(one.ticket);
  events.arriving(one);
  events.entered(one);
  events.announce(one);
  return one;
}

const typesOf = (messages: readonly RoomEventsMessage[]) =>
  messages.map(({ events }) => events.map(({ type, data }) => `${type} ${data["user"] ?? ""}`.trim()));

describe("a room", () => {
  test("[WH21] tells of a crowd in few messages", async () => {
    const { events, messages } = room();
    for (let count = 0; count < 150; count += 1) join(events, visitor(`u${count}`));
    await vi.runAllTimersAsync();
    expect(messages.map((message) => message.events.length)).toEqual([100, 51]);
    expect(vi.getTimerCount()).toBe(0);
  });

  test("[WH21] tells again what the queue did not take, with the ids of before, and gives up in the end", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const { events, messages, state } = room();
    state.isDown = true;
    events.learn({ webhooks: ALL });
    events.note("game.ended", { game: "arena" }, { once: "ended" });
    await vi.advanceTimersByTimeAsync(5_000);
    state.isDown = false;
    await vi.runAllTimersAsync();
    expect(messages.map((message) => message.events.map(({ id }) => id))).toEqual([["ended"]]);
    state.isDown = true;
    events.note("game.ended", { game: "arena" });
    await vi.runAllTimersAsync();
    expect(messages).toHaveLength(1);
  });

  test("[WH23] counts its messages through sleep and failures and leaves no number out, and anew after a long silence", async () => {
    vi.spyOn(console, "error").mockImplementation(() => undefined);
    const kv = memory();
    const ordersOf = (messages: readonly RoomEventsMessage[]) => messages.map(({ order }) => order);
    const first = room(undefined, kv);
    const alice = join(first.events, visitor("alice"));
    await vi.runAllTimersAsync();
    first.state.isDown = true;
    first.events.gone(alice);
    await vi.advanceTimersByTimeAsync(1_000);
    first.state.isDown = false;
    await vi.runAllTimersAsync();
    const [{ run } = { run: 0 }] = ordersOf(first.messages).filter((order) => order !== undefined);
    expect(ordersOf(first.messages)).toEqual([
      { run, position: 1 },
      { run, position: 2 },
    ]);
    const woken = room(undefined, kv);
    join(woken.events, visitor("bob"));
    await vi.runAllTimersAsync();
    await vi.advanceTimersByTimeAsync(16 * 24 * 3_600_000);
    join(woken.events, visitor("carol"));
    await vi.runAllTimersAsync();
    const later = ordersOf(woken.messages)[1]?.run ?? 0;
    expect(ordersOf(woken.messages)).toEqual([
      { run, position: 3 },
      { run: later, position: 1 },
    ]);
    expect(later).toBeGreaterThan(run);
  });

  test("[WH22] tells of a limit once a minute", async () => {
    const { events, messages } = room();
    events.learn({ webhooks: ["limit"] });
    for (const limit of ["socketsPerRoom", "socketsPerRoom", "joinsPerSecond"] as const) events.refused(limit);
    await vi.advanceTimersByTimeAsync(61_000);
    events.refused("socketsPerRoom");
    await vi.runAllTimersAsync();
    expect(messages.flatMap((message) => message.events.map(({ data }) => data["limit"]))).toEqual([
      ...["socketsPerRoom", "joinsPerSecond", "socketsPerRoom"],
    ]);
  });

  test("[WH20] tells nothing that nobody wants, and sets no timer for it", () => {
    const { events } = room();
    const alice = join(events, visitor("alice", []));
    events.refused("socketsPerRoom");
    events.gone(alice);
    expect(vi.getTimerCount()).toBe(0);
    const lobby = room("shop/lobby/arena");
    join(lobby.events, visitor("alice"));
    expect(vi.getTimerCount()).toBe(0);
  });

  test("[WH20] nobody in particular is one person for each socket, and who is turned away was never there", async () => {
    const { events, messages } = room();
    const first = join(events, visitor(ANONYMOUS));
    join(events, visitor(ANONYMOUS));
    events.gone(first);
    const turned = visitor("mallory");
    events.arriving(turned);
    events.entered(turned);
    events.gone(turned);
    events.announce(turned);
    await vi.runAllTimersAsync();
    expect(typesOf(messages)).toEqual([["room.opened", "room.joined", "room.joined", "room.left"]]);
  });

  test("[WH20] after a sleep it knows who is there, and what is wanted", async () => {
    const { events, messages } = room();
    const alice = visitor("alice");
    const again = visitor("alice");
    events.entered(alice);
    events.entered(again);
    events.gone(alice);
    events.gone(again);
    await vi.runAllTimersAsync();
    expect(typesOf(messages)).toEqual([["room.left alice", "room.emptied"]]);
  });
});
