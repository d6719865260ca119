/**
 * What the queue hears of who is in a room, so that a revocation finds them.
 */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import type { RoomMessage } from "../../src/queue/messages.ts";
import { Crowd } from "../../src/rooms/crowd.ts";
import { JoinedUsers } from "../../src/rooms/joined-users.ts";
import { alarmOf as presenceAlarmOf, PresencePeer, presenceStub } from "./presence-peer.ts";
import { PROMPT, alarmOf, stubOf } from "./room-peer.ts";
import { type TicketOptions, enter, ticketOf } from "./room-tickets.ts";

afterEach(() => vi.restoreAllMocks());

/** A room of which only this is there; `fails` makes the queue fail. */
class Door {
  readonly told: string[] = [];
  readonly crowd = new Crowd();
  retries = 0;
  fails = false;
  joined = this.wake();

  /** After a sleep nothing is remembered but who is there. */
  wake(): JoinedUsers {
    const send = async (message: RoomMessage): Promise<void> => {
      if (this.fails) throw new Error("injected: queue");
      if (message.kind === "joined") this.told.push(message.user);
    };
    this.joined = new JoinedUsers({
      roomName: "default/document/x",
      crowd: this.crowd,
      events: new Proxy(env.EVENTS, { get: () => send }),
      retryAfter: () => void (this.retries += 1),
    });
    return this.joined;
  }

  async enter(user: string, by: TicketOptions["by"] = "token"): Promise<() => void> {
    const ticket = ticketOf({ user, by });
    this.crowd.enter(ticket);
    this.joined.enter(ticket);
    await scheduler.wait(0);
    return () => this.crowd.leave(ticket);
  }
}

test("[RO47] the first socket of a token's user is told, whoever else says that name, and again when it comes back", async () => {
  const door = new Door();
  await door.enter("alice", "server");
  await door.enter("alice", "open");
  expect(door.told).toEqual([]);
  const leave = [await door.enter("alice"), await door.enter("alice")];
  await door.enter("bob");
  expect(door.told).toEqual(["alice", "bob"]);
  for (const one of leave) one();
  await door.enter("alice");
  await door.enter("alice");
  expect(door.told).toEqual(["alice", "bob", "alice"]);
});

test("[RO47] what a failing queue was not told it is told with the next socket, or by the alarm, also after a sleep", async () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  const door = new Door();
  door.fails = true;
  await door.enter("alice");
  await door.enter("bob");
  const leave = await door.enter("carol");
  expect([door.told, door.retries]).toEqual([[], 3]);
  leave();
  door.fails = false;
  await door.enter("bob");
  door.joined.retry();
  await scheduler.wait(0);
  expect(door.told).toEqual(["bob", "alice"]);
  door.joined.retry();
  expect(door.told).toHaveLength(2);
  door.wake().retry();
  await scheduler.wait(0);
  expect(door.told.slice(2).toSorted()).toEqual(["alice", "bob"]);
});

test("[RO47] the alarm of a document whose queue fails tells again", async () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  const sent: RoomMessage[] = [];
  const failing = vi.spyOn(env.EVENTS, "send").mockRejectedValue(new Error("injected: queue"));
  const alice = await enter("untold", 1);
  await expect.poll(async () => (await taskOf("untold"))?.["name"], PROMPT).toBe("joined");
  expect(await alarmOf("untold")).not.toBeNull();
  await evictDurableObject(stubOf("untold"), { webSockets: "hibernate" });
  failing.mockImplementation(async (message) => void sent.push(message) as never);
  await due("untold");
  await expect.poll(() => sent.map(({ kind }) => kind), PROMPT).toEqual(["joined"]);
  expect(await taskOf("untold")).toBeUndefined();
  alice.close(1000);
  await expect.poll(() => alice.closed?.code, PROMPT).toBe(1000);
});

test("[PO13] the alarm of a room of people whose queue fails tells again", async () => {
  vi.spyOn(console, "error").mockImplementation(() => undefined);
  const sent: RoomMessage[] = [];
  const failing = vi.spyOn(env.EVENTS, "send").mockRejectedValue(new Error("injected: queue"));
  const alice = await PresencePeer.join("untold", {}, { user: "alice", by: "token" });
  await expect.poll(async () => await presenceAlarmOf("untold"), PROMPT).not.toBeNull();
  await evictDurableObject(presenceStub("untold"), { webSockets: "hibernate" });
  failing.mockImplementation(async (message) => void sent.push(message) as never);
  vi.useFakeTimers({ toFake: ["Date"], now: (await presenceAlarmOf("untold")) ?? 0 });
  await runDurableObjectAlarm(presenceStub("untold"));
  vi.useRealTimers();
  await expect.poll(() => sent.map(({ kind }) => kind), PROMPT).toEqual(["joined"]);
  expect(await presenceAlarmOf("untold")).toBeNull();
  alice.close();
  await expect.poll(() => alice.closed, PROMPT).toBeDefined();
});

async function taskOf(id: string): Promise<Record<string, unknown> | undefined> {
  return await runInDurableObject(stubOf(id), (_room, { storage }) =>
    storage.sql.exec("SELECT name, due_ms FROM tasks WHERE name = 'joined'").toArray().at(0),
  );
}

/** The alarm, when it is due. */
async function due(id: string): Promise<void> {
  vi.useFakeTimers({ toFake: ["Date"], now: (await alarmOf(id)) ?? 0 });
  await runDurableObjectAlarm(stubOf(id));
  vi.useRealTimers();
}
