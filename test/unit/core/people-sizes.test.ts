import { describe, expect, it } from "vitest";
import { sizeFor, SIZE_BOUNDS } from "../../../src/core/people/room-size.ts";
import type { View } from "../../../src/protocol/presence-messages.ts";
import type { PeopleClient } from "../../support/people-client.ts";
import { PeopleWorld, rosterOf } from "../../support/people-world.ts";
import { picture } from "../../support/pictures.ts";

/** Small enough to be looked at. */
const SMALL = { bounds: { full: 6, fullAgain: 4, sampled: 20, sampledAgain: 16 }, speakers: 3 };
const TOP: View = { top: 0, bottom: 0x1000 };
const BOTTOM: View = { top: 0xe000, bottom: 0xffff };

/** People who each look at the top or the bottom; all is told. */
function crowd(views: readonly View[], options = SMALL) {
  const world = new PeopleWorld(options);
  const clients = views.map((view) => world.join({ hello: { view } }));
  world.wait(3_000);
  for (const client of clients) client.takeHeard();
  return { world, clients };
}

function move(world: PeopleWorld, client: PeopleClient | undefined, y: number): void {
  if (client === undefined) throw new Error("nobody came");
  world.nowMs += 10;
  world.say(client, { type: "cursor", anchor: 0, x: 1, y });
}

const shown = (client: PeopleClient | undefined) => [...(client?.people.keys() ?? [])].toSorted((a, b) => a - b);
const repeat = (view: View, times: number): readonly View[] => Array.from({ length: times }, () => view);

describe("sizes of a room of people", () => {
  it("[PP15] a size holds up to its bound, and comes back lower", () => {
    const walk = (from: Parameters<typeof sizeFor>[0], people: number) => sizeFor(from, people, SIZE_BOUNDS);
    expect([walk("full", 250), walk("full", 251), walk("sampled", 201), walk("sampled", 200)]).toEqual([
      ...["full", "sampled", "sampled", "full"],
    ]);
    expect([walk("sampled", 1_000), walk("sampled", 1_001), walk("count", 851), walk("count", 850)]).toEqual([
      ...["sampled", "count", "count", "sampled"],
    ]);
    expect([walk("full", 1_001), walk("count", 200)]).toEqual(["count", "full"]);
  });

  it("[PP15] another size is told with reset, pace and everybody who is shown, in one frame and one encoding", () => {
    const { world, clients } = crowd(repeat(TOP, 6));
    const newcomer = world.join({ hello: { view: TOP } });
    world.flush();
    const [first] = clients;
    const opening = ["reset", "pace", "person", "person", "person", "counts"];
    expect(first?.takeHeard().map(({ type }) => type)).toEqual(opening);
    expect(
      newcomer
        .takeHeard()
        .map(({ type }) => type)
        .slice(3),
    ).toEqual([...opening, "pace"]);
    expect([shown(first), first?.pace?.mode, newcomer.pace?.mode]).toEqual([shown(newcomer), "sampled", "sampled"]);
    for (const client of clients.slice(0, 3)) world.say(client, { type: "bye" });
    [world.encodings, world.sends] = [0, 0];
    world.flush();
    expect([world.encodings, world.sends]).toEqual([1, 4]);
    expect(newcomer.pace?.mode).toBe("full");
    expect(newcomer.people).toEqual(rosterOf(world.room));
  });

  it("[PP16] everybody counts, and as many as there are places are shown, the same to all who look at one place", () => {
    const { world, clients } = crowd([...repeat(TOP, 6), ...repeat(BOTTOM, 6)]);
    for (const [at, client] of clients.entries()) move(world, client, at < 6 ? 100 : 65_000);
    world.wait(3_000);
    const [top, bottom] = [clients.slice(0, 6), clients.slice(6)];
    for (const client of top) expect(shown(client)).toEqual(shown(top[0]));
    for (const client of bottom) expect(shown(client)).toEqual(shown(bottom[0]));
    expect(shown(top[0])).toHaveLength(3);
    expect(Math.max(...shown(top[0]))).toBeLessThanOrEqual(6);
    expect(Math.min(...shown(bottom[0]))).toBeGreaterThan(6);
    for (const client of clients) expect(client.counts).toEqual({ people: 12, connections: 12 });
    expect(world.isQuiet).toBe(true);
  });

  it("[PP16] who is shown and moves stays, and who rests makes place for who moves", () => {
    const { world, clients } = crowd(repeat(TOP, 8));
    for (const client of clients.slice(0, 3)) move(world, client, 100);
    world.wait(6_000);
    expect(shown(clients[7])).toEqual([1, 2, 3]);
    for (const client of clients.slice(0, 3)) move(world, client, 200);
    world.wait(2_000);
    for (const client of clients.slice(3)) move(world, client, 100);
    world.wait(2_000);
    expect(shown(clients[7])).toEqual([1, 2, 3]);
    world.wait(4_000);
    move(world, clients[5], 300);
    move(world, clients[6], 300);
    world.wait(2_000);
    expect(shown(clients[0])).toEqual(expect.arrayContaining([6, 7]));
    expect(shown(clients[0])).toHaveLength(3);
  });

  it("[PP27] who comes into a sample is told whole, so only some come at once, and others stay in their place", () => {
    const world = new PeopleWorld({ ...SMALL, speakers: 8 });
    const face = () => ({ user: { avatar: picture("png", 4_000) }, view: TOP });
    const clients = Array.from({ length: 17 }, () => world.join({ hello: face() }));
    world.wait(3_000);
    for (const client of clients.slice(0, 8)) move(world, client, 100);
    world.wait(10_000);
    world.wait(2_000);
    const [listener] = clients;
    expect(shown(listener)).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    const startBytes = listener?.bytes ?? 0;
    world.nowMs += 10_000;
    for (const client of clients.slice(9)) move(world, client, 100);
    world.flush();
    const sizes: (readonly [bytes: number, shown: number, isNew: number])[] = [];
    for (let second = 0; second < 3; second += 1) {
      const before = second === 0 ? startBytes : (listener?.bytes ?? 0);
      if (second > 0) world.wait(1_000);
      const isNew = shown(listener).filter((actor) => actor > 9).length;
      sizes.push([(listener?.bytes ?? 0) - before, shown(listener).length, isNew]);
    }
    expect(sizes.map(([, ...counts]) => counts)).toEqual([...[4, 8].map((isNew) => [8, isNew]), [8, 8]]);
    expect(Math.max(...sizes.map(([bytes]) => bytes))).toBeLessThan(24 * 1024);
    expect(world.isQuiet).toBe(true);
  });

  it("[PP16] those who are shown send more often than those who are not", () => {
    const { world, clients } = crowd(repeat(TOP, 8));
    for (const client of clients.slice(2, 5)) move(world, client, 100);
    world.wait(10_000);
    for (const client of clients.slice(2, 5)) move(world, client, 100);
    world.wait(2_000);
    expect(shown(clients[0])).toEqual([3, 4, 5]);
    expect(clients.map(({ pace }) => pace?.hz.cursor)).toEqual([1, 1, 5, 5, 5, 1, 1, 1]);
  });

  it("[PP16] whom one follows is shown to it alone, with all that it does, until it is followed no more", () => {
    const { world, clients } = crowd([...repeat(TOP, 7), BOTTOM]);
    for (const client of clients.slice(0, 3)) move(world, client, 100);
    world.wait(2_000);
    const [first, , , , fifth] = clients;
    const others = shown(first);
    const actor =
      clients.find((client) => !others.includes(client.actor) && client !== first && client !== fifth)?.actor ?? 0;
    const followed = clients.find((client) => client.actor === actor);
    if (first === undefined) throw new Error("nobody came");
    world.say(first, { type: "view", view: TOP, follows: actor });
    world.wait(2_000);
    expect([shown(first), shown(fifth)]).toEqual([[...others, actor].toSorted((a, b) => a - b), others]);
    expect(followed?.pace?.hz.cursor).toBe(5);
    move(world, followed, 60_000);
    world.flush();
    expect(first.people.get(actor)?.cursor?.y).toBe(60_000);
    world.say(first, { type: "view", view: TOP, follows: 0 });
    world.wait(2_000);
    expect(first.people.has(actor)).toBe(false);
  });

  it("[PP16] who scrolls is shown those who are there", () => {
    const { world, clients } = crowd([...repeat(TOP, 6), ...repeat(BOTTOM, 6)]);
    for (const [at, client] of clients.entries()) move(world, client, at < 6 ? 100 : 65_000);
    world.wait(3_000);
    const [first] = clients;
    if (first === undefined) throw new Error("nobody came");
    world.say(first, { type: "view", view: BOTTOM, follows: 0 });
    world.wait(3_000);
    expect(shown(first)).toEqual(shown(clients[9]));
    expect(first.takeHeard().some(({ type }) => type === "reset")).toBe(false);
  });

  it("[PP17] where only counts are told nobody is shown, and counts and tallies come once a second", () => {
    const { world, clients } = crowd(repeat(TOP, 21));
    const [first] = clients;
    expect([world.room.counts().size, shown(first), first?.pace?.hz.cursor]).toEqual(["count", [], 0]);
    const frames = first?.frames ?? 0;
    for (let tick = 0; tick < 40; tick += 1) {
      for (const client of clients) world.say(client, { type: "event", name: "clap", json: "" });
      const visitor = world.join();
      world.flush();
      expect(visitor.counts?.people).toBe(world.room.counts().people);
      if (tick % 2 === 0) world.say(visitor, { type: "bye" });
      for (const client of clients) world.say(client, { type: "cursor", anchor: 0, x: tick, y: 0 });
      world.wait(100);
    }
    world.wait(1_000);
    expect((first?.frames ?? 0) - frames).toBeLessThanOrEqual(6);
    const tallies = first?.takeHeard().filter(({ type }) => type === "tally") ?? [];
    expect(tallies.reduce((sum, tally) => sum + (tally.type === "tally" ? tally.times : 0), 0)).toBe(21 * 40);
    expect(first?.counts).toEqual({ people: 41, connections: 41 });
    expect(world.isQuiet).toBe(true);
  });

  it("[PP18] counts are never wrong for longer than a second, in any size", () => {
    const world = new PeopleWorld(SMALL);
    const watcher = world.join({ scopes: ["read"] });
    const clients: PeopleClient[] = [];
    let right = { people: 0, connections: 1 };
    const step = () => {
      right = { people: world.room.counts().people, connections: world.room.counts().connections };
      world.wait(1_000);
      expect(watcher.counts).toEqual(right);
    };
    for (let visitors = 0; visitors < 30; visitors += 1) {
      clients.push(world.join());
      step();
    }
    for (const client of clients) {
      world.say(client, { type: "bye" });
      step();
    }
  });

  it("[PP10] after a sleep a room that does not tell all is told anew with the first flush", () => {
    const { world, clients } = crowd(repeat(TOP, 8));
    world.sleep();
    expect(world.sends).toBeGreaterThan(0);
    world.sends = 0;
    world.wait(60_000);
    expect([world.sends, world.room.counts().size]).toEqual([0, "sampled"]);
    move(world, clients[4], 100);
    world.flush();
    expect(world.sends).toBe(8);
    const [first] = clients;
    expect(first?.takeHeard()[0]).toEqual({ type: "reset" });
    expect(shown(first)).toContain(5);
  });
});
