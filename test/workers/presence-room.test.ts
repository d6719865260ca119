/**
 * A presence room in the real runtime: sockets, sleep, holds, attachments. What it tells whom is the engine's (core/SPEC.md).
 */
import { evictDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { readAttachment } from "../../src/rooms/attachment.ts";
import type { PresenceAttachment } from "../../src/rooms/people-keeper.ts";
import {
  KEPT_MS,
  PROMPT,
  PresencePeer,
  alarmOf,
  connectPresence,
  countsOf,
  describePeople,
  fallAsleep,
  inPresence,
  presenceStub,
  storedOf,
} from "./presence-peer.ts";

const HOLD_MS = 5_000;
const HELD = { timeout: HOLD_MS + PROMPT.timeout, interval: 20 };
const person = (letter: string) => letter.repeat(16);

async function allHear(peers: readonly PresencePeer[], people: number): Promise<void> {
  await expect.poll(() => peers.map((peer) => peer.people.size), PROMPT).toEqual(peers.map(() => people));
}

async function keptCursors(id: string): Promise<readonly unknown[]> {
  return await inPresence(id, async (_room, state) =>
    state.getWebSockets().map((socket) => readAttachment<PresenceAttachment>(socket)?.kept.cursor?.slice(1, 3)),
  );
}

test("[PO1] what is not of its grammar closes its own socket, and the others hear that it left", async () => {
  const alice = await PresencePeer.join("grammar", { user: { name: "Alice" } });
  const closings = [
    ["hello", 4400],
    [Uint8Array.of(99), 4400],
    [new Uint8Array(64 * 1024 + 1), 4413],
  ] as const;
  for (const [frame, code] of closings) {
    const mallory = await PresencePeer.join("grammar");
    await allHear([alice], 2);
    mallory.sendRaw(frame);
    await expect.poll(() => mallory.closed?.code, PROMPT).toBe(code);
    await allHear([alice], 1);
  }
  expect(alice.closed).toBeUndefined();
  alice.close();
});

test("[PO1] no other family is let in, and no presence socket into a document", async () => {
  expect((await connectPresence("families", { dialect: "roost" })).status).toBe(400);
  expect((await connectPresence("families", { dialect: "y-websocket" })).status).toBe(400);
});

test("[PO2] people come back from their sockets after a sleep: the same actors, nobody is asked or told, and one who moves is seen", async () => {
  const id = "sleep";
  const alice = await PresencePeer.join(id, { user: { name: "Alice" }, state: { mood: "good" } });
  const tab = await PresencePeer.join(id, { person: person("b"), user: { name: "Bob" } });
  const secondTab = await PresencePeer.join(id, { person: person("b"), user: { name: "Bob" } });
  await allHear([alice, tab, secondTab], 2);
  expect(tab.actor).toBe(secondTab.actor);
  tab.send({ type: "cursor", anchor: 7, x: 1, y: 2 }, { type: "typing", where: "comment" });
  await expect.poll(() => alice.words(), PROMPT).toContain("cursor");
  await fallAsleep(id);
  for (const peer of [alice, tab, secondTab]) peer.forget();
  secondTab.send({ type: "cursor", anchor: 7, x: 3, y: 4 });
  await expect
    .poll(() => alice.messages, PROMPT)
    .toEqual([expect.objectContaining({ type: "cursor", actor: tab.actor, x: 3, y: 4 })]);
  expect(await countsOf(id)).toEqual([2, 3]);
  const newcomer = await PresencePeer.join(id);
  await allHear([newcomer], 3);
  expect(newcomer.people.get(alice.actor)).toMatchObject({ user: { name: "Alice" }, state: { mood: "good" } });
  expect(newcomer.people.get(tab.actor)).toMatchObject({ typing: "comment", cursor: { anchor: 7, x: 3, y: 4 } });
  expect([...tab.words(), ...secondTab.words()].filter((word) => word !== "person" && word !== "counts")).toEqual([]);
  for (const peer of [alice, tab, secondTab, newcomer]) peer.close();
});

test("[PO3] moves are written to the attachment once a second at most, and the last one within a second", async () => {
  const id = "keeping";
  const alice = await PresencePeer.join(id);
  const watcher = await PresencePeer.join(id);
  // The hello is kept by then, and a second has passed since.
  await new Promise((resolve) => setTimeout(resolve, 2 * KEPT_MS));
  const [seen, startMs] = [new Set<string>(), performance.now()];
  for (let x = 1; x <= 10; x += 1) {
    watcher.forget();
    alice.send({ type: "cursor", anchor: 1, x, y: x });
    await expect.poll(() => watcher.words(), PROMPT).toContain("cursor");
    seen.add(JSON.stringify((await keptCursors(id)).find((cursor) => cursor !== undefined) ?? null));
  }
  // The first is written at once, the others wait, but where the second is over meanwhile.
  expect([...seen][0]).toBe("[1,1]");
  expect(seen.size).toBeLessThanOrEqual(2 + (performance.now() - startMs) / 1_000);
  await expect.poll(async () => await keptCursors(id), { ...PROMPT, interval: 50 }).toContainEqual([10, 10]);
  alice.close();
  watcher.close();
});

test("[PO3] the largest that one may say, with the largest ticket, fits into the attachment", async () => {
  const id = "large";
  // Two bytes a character where anything in it is not Latin-1.
  const wide = (length: number) => "語".repeat(length);
  const peer = await PresencePeer.join(
    id,
    {
      person: person("p"),
      user: { name: "n".repeat(128), avatar: `https://a.example/${"a".repeat(490)}` },
      state: Object.fromEntries(Array.from({ length: 4 }, (_, index) => [`key${index}`, wide(660)])),
    },
    {
      user: wide(128),
      profile: { name: wide(128), avatar: `https://a.example/${wide(490)}`, color: "#aabbcc" },
      by: "token",
      closesMs: Date.now() + 3_600_000,
      expiresMs: Date.now() + 3_600_000,
    },
  );
  peer.send({ type: "typing", where: wide(64) }, { type: "cursor", anchor: 2 ** 32 - 1, x: 65_535, y: 65_535 });
  const kept = async () => (await keptCursors(id))[0];
  await expect.poll(kept, PROMPT).toEqual([65_535, 65_535]);
  await evictDurableObject(presenceStub(id));
  expect((await describePeople(id)).people.map((one) => one.person.typing)).toEqual([wide(64)]);
  expect(peer.closed).toBeUndefined();
  peer.close();
});

test("[PO4] a room where nobody ever was with another stores nothing, and being asked stores nothing either", async () => {
  expect(await countsOf("empty")).toEqual([0, 0]);
  expect(await storedOf("empty")).toEqual({});
  const alice = await PresencePeer.join("alone");
  // PartyServer's own, written once.
  const name = { __ps_name: "default/presence/alone" };
  expect([await storedOf("alone"), await alarmOf("alone")]).toEqual([name, null]);
  alice.close();
});

test("[PO9] a goodbye is seen at once; who closes without one is held, and whoever comes back meanwhile never left", async () => {
  const id = "leaving";
  const watcher = await PresencePeer.join(id);
  const bob = await PresencePeer.join(id, { person: person("b"), user: { name: "Bob" } });
  const carol = await PresencePeer.join(id, { person: person("c"), user: { name: "Carol" } });
  await allHear([watcher], 3);
  watcher.forget();
  const startMs = performance.now();
  carol.send({ type: "bye" });
  await allHear([watcher], 2);
  expect(performance.now() - startMs).toBeLessThan(HOLD_MS - 500);
  bob.close();
  await expect.poll(() => bob.closed, PROMPT).toBeDefined();
  expect(await countsOf(id)).toEqual([2, 2]);
  const again = await PresencePeer.join(id, { person: person("b"), user: { name: "Bob" } });
  expect(again.actor).toBe(bob.actor);
  again.send({ type: "status", status: "idle" });
  await expect.poll(() => watcher.words(), PROMPT).toContain("status");
  expect(watcher.words().filter((word) => word === "left" || word === "person")).toEqual(["left"]);
  again.close();
  const closedMs = performance.now();
  await expect.poll(() => watcher.people.size, HELD).toBe(1);
  expect(performance.now() - closedMs).toBeGreaterThan(HOLD_MS - 500);
  watcher.close();
});

test("[PO9] close events that wake the room are leaves like any other, also two at once", async () => {
  const id = "closing";
  const watcher = await PresencePeer.join(id);
  const bob = await PresencePeer.join(id);
  const carol = await PresencePeer.join(id);
  await allHear([watcher], 3);
  await fallAsleep(id);
  watcher.forget();
  bob.close();
  carol.close();
  await expect.poll(() => watcher.people.size, HELD).toBe(1);
  expect(watcher.words().filter((word) => word === "left")).toHaveLength(2);
  expect(await countsOf(id)).toEqual([1, 1]);
  watcher.close();
});

test("[PO9] a close event that comes late after a wake takes nothing away from what was said meanwhile", async () => {
  const id = "late-close";
  const peers = await Promise.all(["w", "b", "c", "d"].map(async () => await PresencePeer.join(id)));
  const [watcher, bob, carol, dave] = peers;
  if (watcher === undefined || bob === undefined || carol === undefined || dave === undefined) throw new Error("four");
  await allHear(peers, 4);
  await fallAsleep(id);
  watcher.forget();
  dave.close();
  // One of them waits for the pace while the close event of the other comes.
  bob.send({ type: "typing", where: "comment" });
  bob.send({ type: "status", status: "idle" });
  carol.close();
  const said = () => watcher.messages.filter(({ type }) => type === "typing" || type === "status");
  const { actor } = bob;
  await expect.poll(said, PROMPT).toEqual([
    { type: "typing", actor, where: "comment" },
    { type: "status", actor, status: "idle" },
  ]);
  await expect.poll(() => watcher.people.size, HELD).toBe(2);
  watcher.close();
  bob.close();
});

test("[PO9] what is bad in the frame that wakes the room is a leave too", async () => {
  const id = "bad-wake";
  const watcher = await PresencePeer.join(id);
  const mallory = await PresencePeer.join(id);
  await allHear([watcher], 2);
  await fallAsleep(id);
  mallory.sendRaw(Uint8Array.of(99));
  await allHear([watcher], 1);
  expect(mallory.closed?.code).toBe(4400);
  watcher.close();
});

test("[PO10] who asks of a room that slept hears the counts and people of now, with the sessions of their sockets", async () => {
  const id = "asked";
  const alice = await PresencePeer.join(id, { person: person("a"), user: { name: "Alice" } }, { session: "tab-1" });
  const tab = await PresencePeer.join(id, { person: person("a"), user: { name: "Alice" } }, { session: "tab-2" });
  const listener = await PresencePeer.join(id, {}, { scopes: ["read"] });
  await fallAsleep(id);
  const { counts, people, lock, refusals } = await describePeople(id);
  expect([counts, lock, refusals]).toEqual([{ people: 1, connections: 3, size: "full" }, "open", {}]);
  expect(people).toMatchObject([{ person: { user: { name: "Alice" } }, connections: 2 }]);
  expect(people.flatMap(({ sessions }) => sessions).toSorted()).toEqual(["tab-1", "tab-2"]);
  for (const peer of [alice, tab, listener]) peer.close();
});

test("[PO14] what comes faster than the pace goes out together: one frame to each for each flush", async () => {
  const id = "paced";
  const peers = await Promise.all(Array.from({ length: 5 }, async () => await PresencePeer.join(id)));
  await allHear(peers, 5);
  const [mover, watcher] = peers;
  if (mover === undefined || watcher === undefined) throw new Error("two peers");
  watcher.forget();
  const startMs = performance.now();
  for (let x = 1; x <= 40; x += 1) {
    mover.send({ type: "cursor", anchor: 1, x, y: 0 });
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await expect.poll(() => watcher.messages.at(-1), PROMPT).toMatchObject({ type: "cursor", x: 40 });
  const elapsedMs = performance.now() - startMs;
  expect(watcher.frames.length).toBeLessThanOrEqual(elapsedMs / 50 + 2);
  expect(watcher.frames.every((frame) => frame.length === 1)).toBe(true);
  for (const peer of peers) peer.close();
});
