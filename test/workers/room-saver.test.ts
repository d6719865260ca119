/**
 * Compaction and snapshots of documents too large to hydrate, of documents that break Yjs, and while people type.
 */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import * as Y from "yjs";
import { mergeDocument } from "../../src/core/document/compaction.ts";
import { layoutOf } from "../../src/core/document/struct-reader.ts";
import { docsBuilt } from "../../src/core/document/hydrate.ts";
import { DEFAULT_LIMITS } from "../../src/protocol/room-limits.ts";
import { SnapshotStore } from "../../src/storage/snapshots.ts";
import { nestedArrays } from "../property/loaded-document.ts";
import { randomFrom } from "../property/random-history.ts";
import { stubOf } from "./room-peer.ts";
import { LongDocument, type SaverRoom, historyOf, inSaverRoom, keysOf } from "./saver-room.ts";
import { readJson, send } from "./router-requests.ts";

const maxBytes = DEFAULT_LIMITS.documentBytes;

const KIB = 1024;

/** What the room would answer an empty replica. */
function stored({ storage }: SaverRoom): Y.Doc {
  const doc = new Y.Doc();
  for (const part of storage.parts.read()) Y.applyUpdate(doc, part);
  for (const row of storage.log.readSince(storage.parts.info()?.seq ?? 0)) {
    for (const { update } of row.updates) Y.applyUpdate(doc, update);
  }
  return doc;
}

test("[RO25] 5,000 updates to an 8 MB document are a few compactions, and none of them builds it or rewrites it", async () => {
  await inSaverRoom("eight", async (room) => {
    const { storage, saver, write, shrinkIfDue } = room;
    const document = new LongDocument(8);
    write(document.whole());
    await saver.save();
    const firstPart = [...storage.parts.read()][0];
    const built = docsBuilt();
    const random = randomFrom(7);
    let [compactions, longestTail, mostRows] = [0, 0, 0];
    for (let edit = 0; edit < 5_000; edit += 1) {
      const letters = Array.from({ length: 300 }, () => String.fromCharCode(97 + Math.floor(random() * 26))).join("");
      write(document.type(letters, Math.floor(random() * 1_000)));
      if (await shrinkIfDue()) compactions += 1;
      const { bytes, rows } = storage.log.stats();
      longestTail = Math.max(longestTail, bytes);
      mostRows = Math.max(mostRows, rows);
    }
    // 1.6 MB in tails of 230 KB, every one of which leaves at least a quarter of its room.
    expect(compactions).toBeLessThanOrEqual(40);
    // Merged rows wait for the compaction that makes them parts.
    const segments = (await keysOf("eight")).filter((key) => key.startsWith("history/"));
    expect(segments.length).toBeLessThan(compactions / 2);
    expect([longestTail, mostRows]).toEqual([expect.any(Number), expect.any(Number)]);
    expect(longestTail).toBeLessThan(256 * KIB);
    expect(mostRows).toBeLessThanOrEqual(800);
    expect(docsBuilt()).toBe(built);
    expect([...storage.parts.read()][0]).toEqual(firstPart);
    expect(stored(room).getText("text").toString() === document.doc.getText("text").toString()).toBe(true);
  });
});

test("[RO30] history that waited for a compaction still says who wrote what, without a gap", async () => {
  await inSaverRoom("waits", async ({ storage, saver, room, shrinkIfDue, context }) => {
    const authors = ["alice", "bob"].map((user) => ({ user, doc: new Y.Doc() }));
    let merges = 0;
    for (let edit = 0; edit < 3_000; edit += 1) {
      const { user, doc } = authors[edit % 2] ?? { user: "", doc: new Y.Doc() };
      const before = Y.encodeStateVector(doc);
      doc.getText(user).insert(doc.getText(user).length, "x");
      room.submit(Y.encodeStateAsUpdate(doc, before), { user, maxBytes });
      room.flush(edit);
      if (await shrinkIfDue()) merges += 1;
    }
    expect(merges).toBeGreaterThan(3);
    await saver.save();
    let next = 1;
    const written = new Map<string, number>();
    for (const row of await historyOf(context)) {
      expect(row.firstSeq).toBe(next);
      next = row.seq + 1;
      for (const { user, update } of row.updates) {
        for (const { start, end } of layoutOf(update).blocks) written.set(user, (written.get(user) ?? 0) + end - start);
      }
    }
    expect(next - 1).toBe(storage.log.lastSeq());
    expect(written).toEqual(
      new Map([
        ["alice", 1_500],
        ["bob", 1_500],
      ]),
    );
  });
});

test("[RO25] merged rows become one before they are many, and the parts are left alone", async () => {
  const body = async (room: SaverRoom): Promise<void> => {
    const { storage, saver, write, shrinkIfDue } = room;
    const document = new LongDocument(8);
    write(document.whole());
    await saver.save();
    const { seq } = storage.parts.info() ?? { seq: 0 };
    let [compactions, mostMerged] = [0, 0];
    // Keystrokes: the bound of rows comes long before that of bytes, and they merge to almost nothing.
    for (let edit = 0; edit < 4_000; edit += 1) {
      write(document.type("x"));
      if (!(await shrinkIfDue())) continue;
      compactions += 1;
      mostMerged = Math.max(mostMerged, storage.log.stats().rows);
    }
    expect(storage.parts.info()?.seq).toBe(seq);
    expect(mostMerged).toBe(32);
    // Each begins with at most 32 merged rows, so 68 raw ones at least.
    expect(compactions).toBeLessThanOrEqual(Math.ceil(4_000 / 68));
    expect(stored(room).getText("text").toString() === document.doc.getText("text").toString()).toBe(true);
  };
  await inSaverRoom("tiers", body, { variables: { ROOST_COMPACT_ROWS: "100" } });
});

test("[RO26] a document that became too large shows the title and text it had last", async () => {
  await inSaverRoom("grown", async ({ storage, saver, write }) => {
    const document = new LongDocument(0);
    write(document.type("A title\nand what follows it"));
    await saver.save();
    const first = storage.outbox.due(Infinity).find(({ kind }) => kind === "summary");
    write(document.type("more ".repeat(1_300_000)));
    write(document.type("end"));
    await saver.save();
    const last = storage.outbox.due(Infinity).find(({ kind }) => kind === "summary");
    const [before, after] = [first, last].map((event) => JSON.parse(event?.body ?? "{}") as Record<string, unknown>);
    expect(before).toMatchObject({ title: "A title", excerpt: "and what follows it", words: 6 });
    expect(after).toMatchObject({ title: "A title", excerpt: "and what follows it", words: 6 });
    expect(after?.["textKey"]).toBe(before?.["textKey"]);
    expect(after?.["snapshotKey"]).toMatch(/\.v1$/);
    expect(after?.["bytes"]).toBeGreaterThan(6 * KIB * KIB);
  });
  const latest = await new SnapshotStore(env.SNAPSHOTS).latest(addressOf("grown"));
  expect(latest).toMatchObject({ ok: true, value: { encoding: "v1", metadata: { title: "A title" } } });
  if (!latest.ok || latest.value.kind !== "snapshot") throw new Error("there is a snapshot");
  expect(await (await env.SNAPSHOTS.get(latest.value.textKey ?? ""))?.text()).toBe("A title\nand what follows it");
});

test("[RO28] a document that breaks Yjs is folded and saved by its bytes, says so in health, and is not tried at every row", async () => {
  await inSaverRoom("broken", async (room) => {
    const { storage, saver, write, shrinkIfDue } = room;
    // Its arrays are nested past the stack, and deleted: bytes do not mind.
    const deep = Uint8Array.from([...nestedArrays(9, 30_000).subarray(0, -1), 1, 9, 1, 0, 1]);
    const { parts, quarantined, ...facts } = mergeDocument({ parts: [deep], rows: [] });
    storage.parts.replace(parts, { seq: 1, ...facts });
    const document = new LongDocument(0);
    write(document.type("x"));
    await saver.save();
    const built = docsBuilt();
    let compactions = 0;
    for (let edit = 0; edit < 1_200; edit += 1) {
      write(document.type("y"));
      if (await shrinkIfDue()) compactions += 1;
    }
    await saver.save();
    expect(compactions).toBeGreaterThan(0);
    expect(docsBuilt()).toBe(built);
    expect(storage.log.stats().rows).toBe(0);
    expect([storage.quarantine.count(), quarantined.length]).toEqual([0, 0]);
    expect((await keysOf("broken")).filter((key) => key.endsWith(".v1"))).toHaveLength(2);
  });
  // The object's own instance knows nothing of what was done behind its back.
  await evictDurableObject(stubOf("broken"), { webSockets: "hibernate" });
  const { health } = await readJson<{ health: { lastTaskError: string } }>(await send("/v1/documents/broken"));
  expect(health.lastTaskError).toMatch(/^the document cannot be built: Error: stored part 0/);
});

test("[RO29] what was accepted and is no row yet survives a compaction that sets something aside", async () => {
  await inSaverRoom("aside", async (room) => {
    const { storage, saver, write } = room;
    const document = new LongDocument(0);
    write(document.type("one "));
    storage.log.append([{ user: "mallory", update: Uint8Array.of(1, 1, 5, 0, 4, 1, 1, 116, 200) }], Date.now());
    const accepted = room.room.submit(document.type("two "), { user: "alice", maxBytes });
    expect(accepted).toMatchObject({ ok: true, value: { kind: "accepted" } });
    await saver.save();
    expect(storage.quarantine.count()).toBe(1);
    const next = room.room.submit(document.type("three"), { user: "alice", maxBytes });
    expect(next).toMatchObject({ ok: true, value: { kind: "accepted" } });
    room.room.flush(Date.now());
    expect(stored(room).getText("text").toString()).toBe("one two three");
  });
});

function addressOf(id: string) {
  return { project: "default", kind: "document", id } as Parameters<SnapshotStore["latest"]>[0];
}

test("[RO24] rows that are written while a document of 5 MB is compacted wait for one step of it, and stay", async () => {
  await inSaverRoom("busy", async (room) => {
    const { storage, saver, write } = room;
    const document = new LongDocument(5);
    write(document.whole());
    await saver.save();
    const { count = 0 } = storage.parts.info() ?? {};
    write(document.type("w"));
    let [turns, isSaved] = [0, false];
    const saving = saver.save().then(() => {
      isSaved = true;
    });
    while (!isSaved) {
      await scheduler.wait(1);
      turns += 1;
      write(document.type("w"));
    }
    await saving;
    // The parts, the row, text, summary, two encodings, the split: half of it at least, as timers go.
    expect(turns).toBeGreaterThanOrEqual(Math.ceil((count + 6) / 2));
    expect(storage.log.stats().rows).toBe(turns);
    expect(storage.parts.info()?.seq).toBe(2);
    expect(stored(room).getText("text").toString() === document.doc.getText("text").toString()).toBe(true);
  });
});
