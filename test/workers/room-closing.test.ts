/**
 * Close events that meet a room which slept, and handlers that fail half way.
 */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
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

/** Statements about this table fail until `act` is over. */
async function withoutTable(id: string, table: string, act: () => Promise<void>): Promise<void> {
  const rename = async (from: string, to: string): Promise<void> => {
    await runInDurableObject(stubOf(id), (_room, state) => {
      state.storage.sql.exec(`ALTER TABLE ${from} RENAME TO ${to}`);
    });
  };
  await rename(table, "taken_away");
  await act();
  await rename("taken_away", table);
}

test("[RO15] where a handler fails, its own socket is closed, and the others hear that it left", async () => {
  const [failing, watcher] = [await Peer.join("failing-handler", 1), await Peer.join("failing-handler", 2)];
  failing.send(typed("so that there are tables"));
  await expect.poll(() => failing.messages.some(({ type }) => type === "ack"), PROMPT).toBe(true);
  await expect.poll(() => watcher.heardOf(1), PROMPT).toBe('{"n":1}');
  await evictDurableObject(stubOf("failing-handler"), { webSockets: "hibernate" });
  await withoutTable("failing-handler", "updates", async () => {
    failing.send({ type: "sync-step-1", stateVector: Uint8Array.of(0) });
    await expect.poll(() => failing.closed?.code, PROMPT).toBe(1011);
  });
  await expect.poll(() => watcher.heardOf(1), PROMPT).toBeNull();
  expect(watcher.closed).toBeUndefined();
  watcher.close(1000);
});

test("[RO16] what fails after a row closes everybody synced, who find the row, and is done with the next one", async () => {
  const peers = [await Peer.join("failing-task", 1), await Peer.join("failing-task", 2)];
  // The sweep is scheduled, so the table is there; nothing else is.
  await withoutTable("failing-task", "tasks", async () => {
    peers[0]?.send(typed("kept"));
    await expect.poll(() => peers.map(({ closed }) => closed?.code), PROMPT).toEqual([1013, 1013]);
  });
  const back = await Peer.join("failing-task", 3);
  expect(back.messages.some((message) => message.type === "sync-step-2" && message.update.length > 2)).toBe(true);
  expect(await tasksOf("failing-task")).not.toContain("snapshot");
  back.send(typed("more"));
  await expect.poll(() => back.messages.some(({ type }) => type === "ack"), PROMPT).toBe(true);
  expect(await tasksOf("failing-task")).toContain("snapshot");
  back.close(1000);
});

async function tasksOf(id: string): Promise<readonly unknown[]> {
  return await runInDurableObject(stubOf(id), (_room, state) =>
    state.storage.sql
      .exec("SELECT name FROM tasks")
      .toArray()
      .map(({ name }) => name),
  );
}
