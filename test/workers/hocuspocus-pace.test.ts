/**
 * How fast one address comes in with sockets that carry many documents.
 */
import { afterEach, expect, test, vi } from "vitest";
import { SCOPES } from "../../src/auth/grants.ts";
import { UPGRADE_BURST } from "../../src/router/upgrade-pace.ts";
import { ask, makeProject, mint } from "./access-world.ts";
import { tokenFrame } from "./hocuspocus-peer.ts";
import { PROMPT } from "./room-peer.ts";

afterEach(() => {
  vi.useRealTimers();
  vi.restoreAllMocks();
});

const DOCUMENTS = Array.from({ length: UPGRADE_BURST + 10 }, (_, index) => `paced-${index}`);

/** A shared socket on which a token is shown for each document at once. How many were let in, and how many refused. */
async function openAll(address: string, token: string) {
  const headers = { upgrade: "websocket", "cf-connecting-ip": address };
  const { webSocket, status } = await ask("/hocuspocus", { headers });
  if (webSocket === null) throw new Error(`refused with ${status}`);
  const told = { letIn: 0, refused: 0 };
  webSocket.binaryType = "arraybuffer";
  webSocket.addEventListener("message", ({ data }) => {
    const words = new TextDecoder().decode(data instanceof ArrayBuffer ? data : new Uint8Array());
    if (words.includes("read-write")) told.letIn += 1;
    else told.refused += 1;
  });
  webSocket.accept();
  for (const document of DOCUMENTS) webSocket.send(tokenFrame(document, token));
  return { told, close: () => webSocket.close(1000) };
}

test("[RT93] a shared socket takes one turn of its address, however many documents it opens; one that lets nobody in takes one for each", async () => {
  const { secretKey } = await makeProject("paced");
  const token = await mint(secretKey, { user: "alice", rooms: { "document:*": SCOPES } });
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
  const waits = vi.spyOn(scheduler, "wait");
  const good = await openAll("203.0.113.131", token);
  await expect.poll(() => good.told.letIn, PROMPT).toBe(DOCUMENTS.length);
  expect(waits).not.toHaveBeenCalled();
  const bad = await openAll("203.0.113.132", "no token");
  await expect.poll(() => bad.told.refused, PROMPT).toBe(DOCUMENTS.length);
  // One for the socket itself.
  expect(waits).toHaveBeenCalledTimes(DOCUMENTS.length + 1 - UPGRADE_BURST);
  for (const { close } of [good, bad]) close();
});
