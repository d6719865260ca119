/**
 * Close events that meet a room which slept.
 */
import { evictDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { PROMPT, Peer, stubOf, typed } from "./room-peer.ts";

test("[RO13] a close event that wakes the room is a leave like any other, also when several come at once", async () => {
  const [first, second, watcher] = [
    await Peer.join("woken", 1),
    await Peer.join("woken", 2),
    await Peer.join("woken", 3),
  ];
  await expect.poll(() => [watcher.heardOf(1), watcher.heardOf(2)], PROMPT).toEqual(['{"n":1}', '{"n":2}']);
  await evictDurableObject(stubOf("woken"), { webSockets: "hibernate" });
  first.close(1000);
  second.close();
  await expect.poll(() => [watcher.heardOf(1), watcher.heardOf(2)], PROMPT).toEqual([null, null]);
  watcher.close(1000);
});

test("[RO14] the close event of a socket that the room itself has closed is no news", async () => {
  const [leaver, watcher] = [await Peer.join("closed-by-us", 1), await Peer.join("closed-by-us", 2)];
  await expect.poll(() => watcher.heardOf(1), PROMPT).toBe('{"n":1}');
  leaver.send({ type: "bye" });
  await expect.poll(() => watcher.heardOf(1), PROMPT).toBeNull();
  await expect.poll(() => leaver.closed?.code, PROMPT).toBe(1000);
  leaver.close(1000);
  watcher.messages.length = 0;
  const late = await Peer.join("closed-by-us", 3);
  await expect.poll(() => late.heardOf(2), PROMPT).toBe('{"n":2}');
  expect(late.heardOf(1)).toBeUndefined();
  await evictDurableObject(stubOf("closed-by-us"), { webSockets: "hibernate" });
  watcher.send(typed("still here"));
  await expect.poll(() => late.messages.some(({ type }) => type === "update"), PROMPT).toBe(true);
  expect([late.heardOf(1), watcher.heardOf(1)]).toEqual([undefined, undefined]);
  for (const peer of [watcher, late]) peer.close(1000);
});
