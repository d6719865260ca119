/**
 * A document whose file is gone comes back from what R2 has of it.
 */
import { evictDurableObject, runDurableObjectAlarm, runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import * as Y from "yjs";
import { encodeHistory } from "../../src/core/history.ts";
import type { LogRow } from "../../src/core/ports.ts";
import { type RoomAddress, parseRoomName } from "../../src/protocol/room-id.ts";
import { SnapshotStore } from "../../src/storage/snapshots.ts";
import { stubOf } from "./room-peer.ts";
import { failureOf, readJson, send } from "./router-requests.ts";
import { LongDocument, inSaverRoom } from "./saver-room.ts";

const MINUTE_MS = 60_000;

afterEach(() => vi.useRealTimers());

function addressOf(id: string): RoomAddress {
  const address = parseRoomName(`default/document/${id}`);
  if (!address.ok) throw new Error(address.error.reason);
  return address.value;
}

/** As after the loss of a disk: no tables, and an instance that knows nothing. */
async function loseFile(id: string): Promise<void> {
  await runInDurableObject(stubOf(id), async (_room, state) => await state.storage.deleteAll());
  await evictDurableObject(stubOf(id), { webSockets: "hibernate" });
}

async function post(id: string, update: Uint8Array, user: string): Promise<void> {
  const response = await send(`/v1/documents/${id}/updates?user=${user}`, {
    method: "POST",
    body: update,
    headers: { "content-type": "application/octet-stream" },
  });
  expect(response.status).toBe(200);
  await response.body?.cancel();
}

async function snapshotLater(id: string): Promise<void> {
  vi.setSystemTime(Date.now() + 2 * MINUTE_MS);
  await runDurableObjectAlarm(stubOf(id));
}

async function latestOf(id: string) {
  const latest = await new SnapshotStore(env.SNAPSHOTS).latest(addressOf(id));
  if (!latest.ok || latest.value.kind !== "snapshot") throw new Error("there is a snapshot");
  return latest.value;
}

async function textOf(id: string): Promise<string> {
  const response = await send(`/v1/documents/${id}/content?format=text`);
  return response.status === 200 ? await response.text() : await failureOf(response);
}

test("[RO31] a restored document is as old, and by the same people, as it was", async () => {
  const startMs = Date.now();
  vi.useFakeTimers({ toFake: ["Date"], now: startMs });
  const document = new LongDocument(0);
  await post("kept", document.type("by alice "), "alice");
  vi.setSystemTime(startMs + MINUTE_MS);
  const bob = new Y.Doc();
  bob.getMap("map").set("by", "bob");
  await post("kept", Y.encodeStateAsUpdate(bob), "bob");
  await snapshotLater("kept");
  const { metadata: before } = await latestOf("kept");
  await loseFile("kept");
  vi.setSystemTime(startMs + 9 * MINUTE_MS);
  await textOf("kept");
  const carol = new Y.Doc();
  Y.applyUpdate(carol, document.whole());
  carol.getText("text").insert(0, "Carol: ");
  await post("kept", Y.encodeStateAsUpdate(carol, Y.encodeStateVector(document.doc)), "carol");
  await snapshotLater("kept");
  const { metadata: after, version } = await latestOf("kept");
  expect(version.startsWith("00000002-")).toBe(true);
  expect(before).toMatchObject({ createdMs: startMs, updatedMs: startMs + MINUTE_MS, editors: ["bob", "alice"] });
  expect(after).toMatchObject({
    createdMs: startMs,
    updatedMs: startMs + 9 * MINUTE_MS,
    editors: ["carol", "bob", "alice"],
  });
});

test("[RO31] a document is restored over several losses, each an epoch, with what no snapshot had", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
  const document = new LongDocument(0);
  await post("often", document.type("one "), "alice");
  await snapshotLater("often");
  for (const [round, word] of ["two ", "three ", "four "].entries()) {
    await loseFile("often");
    expect(await textOf("often")).toBe(document.doc.getText("text").toString());
    await post("often", document.type(word), "alice");
    // Archived by a compaction whose snapshot never came.
    await archiveTail("often");
    const { version } = (await (await send("/v1/documents/often")).json()) as { version: string };
    expect(Number(version.slice(0, 8))).toBe(round + 2);
  }
  await loseFile("often");
  expect(await textOf("often")).toBe("one two three four ");
  await snapshotLater("often");
  expect((await latestOf("often")).version.startsWith("00000005-")).toBe(true);
});

/** Rows to history, as a compaction does that is cut off before its snapshot. */
async function archiveTail(id: string): Promise<void> {
  await inSaverRoom(id, async ({ storage, context }) => {
    const rows = [...storage.log.readSince(storage.parts.info()?.seq ?? 0)];
    const { epoch } = storage.meta.read() ?? { epoch: 0 };
    const range = { epoch, firstSeq: rows[0]?.firstSeq ?? 0, lastSeq: rows.at(-1)?.seq ?? 0 };
    expect(await context.snapshots.putHistory(context.address, range, encodeHistory(rows))).toMatchObject({ ok: true });
  });
}

test("[RO20] rows that came under seqs which R2 had given already are kept beside the others, and both are restored", async () => {
  const store = new SnapshotStore(env.SNAPSHOTS);
  const range = { epoch: 1, firstSeq: 1, lastSeq: 1 };
  const segment = (update: Uint8Array): Uint8Array => {
    const row: LogRow = { seq: 1, firstSeq: 1, atMs: 5_000, updates: [{ user: "alice", update }] };
    return encodeHistory([row]);
  };
  const [one, other] = [new LongDocument(0), new LongDocument(0)];
  const segments = [segment(one.type("first")), segment(other.type("second"))];
  const keys: (string | undefined)[] = [];
  for (const bytes of [...segments, ...segments]) {
    const put = await store.putHistory(addressOf("branched"), range, bytes);
    keys.push(put.ok ? put.value.key.split("/").at(-1) : undefined);
  }
  expect(keys.slice(0, 2)).toEqual([
    "00000001-000000000001-000000000001",
    expect.stringMatching(/^00000001-000000000001-000000000001-[0-9a-f]{16}$/),
  ]);
  expect(keys.slice(2)).toEqual(keys.slice(0, 2));
  const text = await textOf("branched");
  expect([text.includes("first"), text.includes("second")]).toEqual([true, true]);
  const { createdMs } = await runInDurableObject(stubOf("branched"), (_room, state) =>
    state.storage.sql.exec<{ createdMs: number }>("SELECT created_ms AS createdMs FROM meta").one(),
  );
  expect(createdMs).toBe(5_000);
});

test("[RO21] an object in R2 of a kind nobody knows is no reason to begin anew: nothing is written", async () => {
  await env.SNAPSHOTS.put("projects/default/documents/unknown/0-from-the-future", "");
  const response = await send("/v1/documents/unknown/content?format=text");
  expect(await failureOf(response)).toMatch(/^503 /);
  const tables = await runInDurableObject(stubOf("unknown"), (_room, state) =>
    state.storage.sql.exec("SELECT name FROM sqlite_master WHERE name = 'meta'").toArray(),
  );
  expect(tables).toEqual([]);
});

test("[RO31] health of a restored document counts from its oldest edit that no snapshot holds", async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.now() });
  const document = new LongDocument(0);
  await post("owed", document.type("archived only"), "alice");
  await archiveTail("owed");
  await loseFile("owed");
  vi.setSystemTime(Date.now() + MINUTE_MS);
  const { health } = await readJson<{ health: { lagMs: number } }>(await send("/v1/documents/owed"));
  expect(health.lagMs).toBe(MINUTE_MS);
});
