/**
 * Erasing a user while something is in hand that has read their name.
 */
import { runInDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import * as Y from "yjs";
import { encodeHistory } from "../../src/core/history.ts";
import { DEFAULT_LIMITS } from "../../src/protocol/room-limits.ts";
import { AttributionRebuild } from "../../src/rooms/attribution-rebuild.ts";
import type { DocumentRoom } from "../../src/rooms/document-room.ts";
import { HistoryStore } from "../../src/storage/history-store.ts";
import { ForgottenUsers } from "../../src/storage/room/forgotten-users.ts";
import { stubOf } from "./room-peer.ts";
import { type SaverRoom, inSaverRoom } from "./saver-room.ts";

const EVERY = { ROOST_VERSION_INTERVAL_MS: "0", ROOST_COMPACT_ROWS: "6" };

/** Types a letter as somebody. */
function type({ room }: SaverRoom, user: string, doc: Y.Doc): void {
  const before = Y.encodeStateVector(doc);
  doc.getText("text").insert(doc.getText("text").length, user.slice(0, 1));
  room.submit(Y.encodeStateAsUpdate(doc, before), { user, maxBytes: DEFAULT_LIMITS.documentBytes });
  room.flush(Date.now());
}

/** The bucket, and what happens right before its `nth` call of a method. */
function bucketWith(method: "put" | "get", nth: number, happens: () => void) {
  let calls = 0;
  const bucket = new Proxy(env.SNAPSHOTS, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return (...args: readonly unknown[]): unknown => {
        if (name === method && (calls += 1) === nth) happens();
        return Reflect.apply(value, target, args);
      };
    },
  });
  return { bucket, calls: () => calls };
}

function named(users: readonly string[]): readonly string[] {
  return users.filter((user) => user !== "");
}

/** All that the tables of this object hold. */
async function tablesOf(id: string): Promise<string> {
  const tables = ["senders", "outbox", "meta", "quarantine"];
  return await runInDurableObject(stubOf(id), (_room, { storage }) =>
    JSON.stringify(tables.map((table) => [...storage.sql.exec(`SELECT * FROM ${table}`)])),
  );
}

test.each([1, 2, 3, 4])(
  "[ER6] a snapshot whose put no. %i an erasure falls on names nobody who was erased",
  async (nth) => {
    const id = `in-hand-${nth}`;
    let erase = (): void => undefined;
    const { bucket, calls } = bucketWith("put", nth, () => erase());
    const body = async (saving: SaverRoom): Promise<void> => {
      erase = () => saving.storage.forgetUser("zelda");
      type(saving, "zelda", new Y.Doc());
      type(saving, "bob", new Y.Doc());
      await saving.saver.save();
      expect(named([...saving.storage.attribution.read()].map(({ user }) => user))).toEqual(["bob"]);
      const told = saving.storage.outbox.due(Infinity).map(({ kind, body: text }) => [kind, JSON.parse(text).editors]);
      expect(told).toEqual([
        ["version", ["bob"]],
        ["summary", ["bob"]],
      ]);
    };
    await inSaverRoom(id, body, { bucket, variables: EVERY });
    // History, text, snapshot and version.
    expect(calls()).toBe(4);
    const tables = await tablesOf(id);
    expect([tables.includes("zelda"), tables.includes("bob")]).toEqual([false, true]);
  },
);

test("[ER6] a merge of rows that an erasure falls on names nobody who was erased", async () => {
  const id = "merge-in-hand";
  let erase = (): void => undefined;
  const { bucket } = bucketWith("put", 1, () => erase());
  const body = async (saving: SaverRoom): Promise<void> => {
    erase = () => saving.storage.forgetUser("zelda");
    const people = ["zelda", "bob"].map((user) => ({ user, doc: new Y.Doc() }));
    for (let edit = 0; edit < 8; edit += 1) for (const { user, doc } of people) type(saving, user, doc);
    // Part of it is history already: the rest goes there before the rows are merged.
    saving.storage.meta.write({ historySeq: 1 });
    expect(await saving.shrinkIfDue()).toBe(true);
    const rows = [...saving.storage.log.readSince(0)];
    expect(rows.length).toBeLessThan(16);
    expect(new Set(rows.flatMap(({ updates }) => updates.map(({ user }) => user)))).toEqual(new Set(["", "bob"]));
    await saving.saver.save();
  };
  await inSaverRoom(id, body, { bucket, variables: EVERY });
  const tables = await tablesOf(id);
  expect([tables.includes("zelda"), tables.includes("bob")]).toEqual([false, true]);
});

test("[ER6] an earlier life that is read back while its author is erased names nobody who was", async () => {
  const id = "read-back";
  const updates = ["zelda", "bob"].map((user) => {
    const theirs = new Y.Doc();
    theirs.getText("text").insert(0, user);
    return { user, update: Y.encodeStateAsUpdate(theirs) };
  });
  const key = `projects/default/documents/${id}/history/00000001-000000000001-000000000001`;
  await env.SNAPSHOTS.put(key, encodeHistory([{ seq: 1, firstSeq: 1, atMs: 1, updates }]));
  await inSaverRoom(id, async ({ storage, context }) => {
    storage.meta.write({ epoch: 2 });
    const { bucket, calls } = bucketWith("get", 1, () => storage.forgetUser("zelda"));
    const { address } = context;
    const rebuild = new AttributionRebuild({ storage, address, history: new HistoryStore(bucket) });
    expect((await rebuild.ensure()).ok).toBe(true);
    expect(calls()).toBe(1);
    expect(named([...storage.authors.read()].map(([, user]) => user))).toEqual(["bob"]);
  });
  expect(await tablesOf(id)).not.toContain("zelda");
});

test("[ER6] a version that somebody has asked for is nobody's once they are erased, whether it is new or named anew", async () => {
  const stub = stubOf("asked-for");
  const zelda = { user: "zelda", address: "", isAdmin: true, mayCreate: true, limits: DEFAULT_LIMITS };
  const doc = new Y.Doc();
  doc.getText("text").insert(0, "kept");
  expect((await stub.applyUpdate(Y.encodeStateAsUpdate(doc), { ...zelda, user: "bob" })).ok).toBe(true);
  for (const name of ["first", "second"]) {
    const made = await runInDurableObject(stub, async (room: DocumentRoom) => {
      const making = room.createVersion({ kind: "named", name }, zelda);
      const forgotten = await room.forgetUser("zelda", null);
      expect(forgotten.ok).toBe(true);
      return await making;
    });
    expect(made).toMatchObject({ ok: true, value: { name, user: "", editors: ["bob"] } });
    expect(await tablesOf("asked-for")).not.toContain("zelda");
  }
});

test("[ER6] work that began before more erasures than are remembered does not end", () => {
  const forgotten = new ForgottenUsers();
  for (let at = 0; at < 1_001; at += 1) forgotten.note(`user ${at}`);
  expect(forgotten.since(1_001)).toEqual(new Set());
  expect(forgotten.since(999)).toEqual(new Set(["user 999", "user 1000"]));
  expect(() => forgotten.since(0)).toThrow("too many users");
});
