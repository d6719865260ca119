/**
 * A Y-Sweet client wakes its room every 2 s for as long as it is open. What that costs.
 */
import { evictDurableObject, runInDurableObject } from "cloudflare:test";
import { expect, test } from "vitest";
import { docsBuilt } from "../../src/core/document/hydrate.ts";
import { PROMPT, alarmOf, stubOf } from "./room-peer.ts";
import { openSocket, postUpdate, writeText } from "./router-requests.ts";

const STEP_1 = Uint8Array.of(0, 0, 1, 0);
const STEP_2_WITH_NOTHING = Uint8Array.of(0, 1, 2, 0, 0);
const AWARENESS = 1;
const heartbeat = (version: number) => Uint8Array.of(102, 1, version);

/** Rows that this instance has written since it woke. */
async function rowsWritten(id: string): Promise<number> {
  return await runInDurableObject(stubOf(id), async (_room, { storage }) => {
    return storage.sql.exec<{ total: number }>("SELECT total_changes() AS total").one().total;
  });
}

async function join(id: string): Promise<{ readonly socket: WebSocket; readonly heard: Uint8Array[] }> {
  const { webSocket: socket, status } = await openSocket(`/d/${id}/ws/${id}`);
  if (socket === null) throw new Error(`refused with ${status}`);
  const heard: Uint8Array[] = [];
  socket.binaryType = "arraybuffer";
  socket.addEventListener("message", ({ data }) => {
    if (data instanceof ArrayBuffer) heard.push(new Uint8Array(data));
  });
  socket.send(STEP_1);
  return { socket, heard };
}

test("[DI32] a heartbeat before the first step 2 is answered with nothing in it, one after that with itself", async () => {
  await postUpdate("greeting", writeText("there"));
  const { socket, heard } = await join("greeting");
  socket.send(heartbeat(4));
  await expect.poll(() => heard, PROMPT).toContainEqual(Uint8Array.of(AWARENESS, 1, 0));
  expect(heard).not.toContainEqual(heartbeat(4));
  socket.send(STEP_2_WITH_NOTHING);
  await expect.poll(() => heard, PROMPT).toContainEqual(heartbeat(4));
  socket.send(heartbeat(5));
  await expect.poll(() => heard.at(-1), PROMPT).toEqual(heartbeat(5));
  socket.close(1000);
});

test("[DI32] it writes no row, sets no alarm and builds no document, in a room that is awake and in one that it wakes", async () => {
  await postUpdate("beating", writeText("there"));
  const { socket, heard } = await join("beating");
  socket.send(STEP_2_WITH_NOTHING);
  socket.send(heartbeat(1));
  await expect.poll(() => heard.at(-1), PROMPT).toEqual(heartbeat(1));
  const [rows, alarm, built] = [await rowsWritten("beating"), await alarmOf("beating"), docsBuilt()];
  // It counts: the document is in them.
  expect(rows).toBeGreaterThan(0);
  for (let version = 2; version < 30; version += 1) socket.send(heartbeat(version));
  await expect.poll(() => heard.at(-1), PROMPT).toEqual(heartbeat(29));
  expect([await rowsWritten("beating"), await alarmOf("beating")]).toEqual([rows, alarm]);
  for (let version = 30; version < 33; version += 1) {
    await evictDurableObject(stubOf("beating"));
    socket.send(heartbeat(version));
    await expect.poll(() => heard.at(-1), PROMPT).toEqual(heartbeat(version));
    expect([await rowsWritten("beating"), await alarmOf("beating")]).toEqual([0, alarm]);
  }
  expect(docsBuilt()).toBe(built);
  socket.close(1000);
});
