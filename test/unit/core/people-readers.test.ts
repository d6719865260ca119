import { describe, expect, it } from "vitest";
import {
  ASK_BYTES,
  ASK_ROOM_BYTES,
  FULL_ROOM_UNREAD_BYTES,
  MAX_LATE_BYTES,
  MAX_ROOM_UNREAD_BYTES,
  MAX_UNREAD_BYTES,
  READ_GRACE_MS,
} from "../../../src/core/people/readers.ts";
import type { PeopleClient } from "../../support/people-client.ts";
import { PeopleWorld } from "../../support/people-world.ts";

const KIB = 1024;
const GONE = { reason: "unavailable", detail: "it does not read what it is sent" };

class Crowd extends PeopleWorld {
  readonly #mover = this.join({ user: "mover" });
  #moves = 0;

  /** As if the flush had been so much larger for each of these. */
  tell(bytes: number, ...clients: readonly PeopleClient[]): void {
    for (const { id } of clients) this.room.readers.noteSent(id, bytes);
    this.say(this.#mover, { type: "cursor", anchor: 1, x: (this.#moves += 1), y: 1 });
    this.flush();
  }

  mute(count: number): readonly PeopleClient[] {
    const clients = Array.from({ length: count }, () => this.join());
    for (const client of clients) client.isMute = true;
    this.flush();
    return clients;
  }
}

function world(count: number) {
  const crowd = new Crowd();
  return { crowd, clients: crowd.mute(count) };
}

const asksOf = (client: PeopleClient) =>
  client.takeHeard().flatMap((message) => (message.type === "pace" ? [message.pace.ask] : []));

/** One that has answered before. */
function proven() {
  const { crowd, clients } = world(1);
  const [client] = clients;
  if (client === undefined) throw new Error("there is one");
  crowd.tell(ASK_BYTES, client);
  crowd.answer(client);
  client.takeHeard();
  return { crowd, client };
}

describe("who is asked", () => {
  it("[PP29] is asked once above 256 KiB, and again so much after the answer", () => {
    const { crowd, client } = proven();
    crowd.tell(ASK_BYTES - 10 * KIB, client);
    expect(asksOf(client)).toEqual([]);
    crowd.tell(10 * KIB, client);
    crowd.tell(10 * KIB, client);
    expect(asksOf(client)).toEqual([2]);
    expect(client.pace).toMatchObject({ mode: "full", dropped: 0, hz: { cursor: 20 } });
    crowd.answer(client);
    crowd.tell(ASK_BYTES - 20 * KIB, client);
    expect(asksOf(client)).toEqual([]);
  });

  it("[PP29] in a room of many it is their share of 8 MiB", () => {
    const { crowd, clients } = world(127);
    const [client] = clients;
    if (client === undefined) throw new Error("there are many");
    client.takeHeard();
    crowd.tell(ASK_ROOM_BYTES / 128 - 30 * KIB, client);
    expect(asksOf(client)).toEqual([]);
    crowd.tell(30 * KIB, client);
    expect(asksOf(client)).toEqual([1]);
  });

  it("[PP29] nothing else that it says is an answer, nor an answer given twice, nor a question that it guesses", () => {
    const { crowd, client } = proven();
    crowd.tell(2 * MAX_LATE_BYTES, client);
    crowd.nowMs += 60_000;
    for (const number of [0, 1, 3]) crowd.say(client, { type: "read", number });
    crowd.say(client, { type: "status", status: "idle" });
    crowd.tell(0, client);
    expect(client.closed).toEqual(GONE);
  });

  it("[PP29] answers cost nothing of its rate, guesses do", () => {
    const { crowd, client } = proven();
    for (let turn = 0; turn < 2_000; turn += 1) {
      crowd.nowMs += 100;
      crowd.tell(ASK_BYTES, client);
      crowd.answer(client);
    }
    expect(client.closed).toBeUndefined();
    for (let turn = 0; turn < 2_000; turn += 1) crowd.say(client, { type: "read", number: 99_999 });
    expect(client.closed?.reason).toBe("too-fast");
  });
});

describe("who has to go", () => {
  it("[PP30] has answered before, and is late with more than 1 MiB", () => {
    const { crowd, client } = proven();
    crowd.tell(ASK_BYTES, client);
    crowd.nowMs += 60_000;
    crowd.tell(MAX_LATE_BYTES / 2, client);
    expect(client.closed).toBeUndefined();
    crowd.tell(MAX_LATE_BYTES / 2, client);
    expect(client.closed).toEqual(GONE);
  });

  it("[PP30] a slow line has its time for what stood before the question, and is asked anew when it has answered", () => {
    const { crowd, client } = proven();
    crowd.tell(2 * MAX_LATE_BYTES, client);
    crowd.nowMs += 31_000;
    crowd.tell(KIB, client);
    expect(client.closed).toBeUndefined();
    crowd.answer(client);
    crowd.tell(MAX_LATE_BYTES, client);
    crowd.nowMs += 15_000;
    crowd.tell(KIB, client);
    expect(client.closed).toBeUndefined();
    crowd.nowMs += 2_000;
    crowd.tell(KIB, client);
    expect(client.closed).toEqual(GONE);
  });

  it("[PP30] has never answered, and has 16 MiB: not before, however late", () => {
    const { crowd, clients } = world(1);
    const [client] = clients;
    if (client === undefined) throw new Error("there is one");
    crowd.tell(MAX_UNREAD_BYTES - 100 * KIB, client);
    crowd.nowMs += 3_600_000;
    crowd.tell(0, client);
    expect(client.closed).toBeUndefined();
    crowd.tell(100 * KIB, client);
    expect(client.closed).toEqual(GONE);
  });

  it("[PP30] has most, where all that do not answer have more than 32 MiB, and nobody who reads", () => {
    const { crowd, clients } = world(40);
    const reader = crowd.join();
    crowd.flush();
    crowd.tell(MAX_ROOM_UNREAD_BYTES / 41, ...clients);
    crowd.tell(MAX_ROOM_UNREAD_BYTES / 41, reader);
    crowd.nowMs += READ_GRACE_MS - 1;
    const [heaviest, ...others] = clients.toReversed();
    if (heaviest === undefined) throw new Error("there are many");
    crowd.tell(MAX_ROOM_UNREAD_BYTES / 41 + KIB, heaviest);
    expect(heaviest.closed).toBeUndefined();
    crowd.nowMs += 1;
    crowd.tell(0, heaviest);
    expect(heaviest.closed).toEqual(GONE);
    expect([reader, ...others].filter(({ closed }) => closed !== undefined)).toEqual([]);
  });

  it("[PP30] above 64 MiB a second is enough, until it is no more than that", () => {
    const { crowd, clients } = world(10);
    crowd.tell(FULL_ROOM_UNREAD_BYTES / 10, ...clients);
    crowd.nowMs += 999;
    crowd.tell(100 * KIB, ...clients);
    expect(clients.filter(({ closed }) => closed !== undefined)).toEqual([]);
    crowd.nowMs += 1;
    crowd.tell(0);
    expect(clients.filter(({ closed }) => closed !== undefined)).toHaveLength(1);
    crowd.nowMs += READ_GRACE_MS;
    crowd.tell(0);
    expect(clients.filter(({ closed }) => closed === undefined)).toHaveLength(4);
  });

  it("[PP30] who is closed is held as after any close that it comes back from", () => {
    const { crowd, clients } = world(1);
    const [client] = clients;
    if (client === undefined) throw new Error("there is one");
    crowd.tell(MAX_UNREAD_BYTES, client);
    crowd.wait(4_900);
    expect(crowd.room.counts().people).toBe(2);
    crowd.wait(200);
    expect(crowd.room.counts().people).toBe(1);
    expect(crowd.isQuiet).toBe(true);
  });
});

describe("a room that sleeps", () => {
  it("[PP31] an open question is answered after it, and what came since is still unread", () => {
    const { crowd, client } = proven();
    crowd.tell(ASK_BYTES, client);
    crowd.tell(MAX_LATE_BYTES, client);
    crowd.sleep();
    crowd.answer(client);
    client.takeHeard();
    crowd.tell(0, client);
    expect(asksOf(client)).toEqual([3]);
    crowd.nowMs += 60_000;
    crowd.sleep();
    crowd.tell(0, client);
    expect(client.closed).toBeUndefined();
    crowd.nowMs += 60_000;
    crowd.tell(0, client);
    expect(client.closed).toEqual(GONE);
  });

  it("[PP31] sleeps win no bytes: a little each time is too much in the end", () => {
    const { crowd, clients } = world(1);
    const [client] = clients;
    if (client === undefined) throw new Error("there is one");
    let sleeps = 0;
    for (; sleeps < 2_000; sleeps += 1) {
      crowd.nowMs += 10_000;
      crowd.tell(KIB, client);
      if (client.closed !== undefined) break;
      crowd.sleep();
    }
    expect(sleeps).toBeGreaterThan(1_000);
    expect(sleeps).toBeLessThan(1_100);
  });

  it("[PP31] what was kept before there was any of this counts as read", () => {
    const { crowd, client } = proven();
    crowd.tell(ASK_BYTES, client);
    const [facts, { reading: _, ...kept }] = crowd.facts(client);
    crowd.room.close(client.id, true, crowd.nowMs);
    crowd.room.restore(facts, kept, crowd.nowMs);
    client.takeHeard();
    crowd.tell(ASK_BYTES - 10 * KIB, client);
    expect(asksOf(client)).toEqual([]);
  });
});
