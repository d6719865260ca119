/**
 * Automatic versions: when snapshots become them, whom they name, and what a cut in the middle leaves.
 */
import { evictDurableObject } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { expect, test } from "vitest";
import * as Y from "yjs";
import { DEFAULT_LIMITS } from "../../src/protocol/room-limits.ts";
import type { VersionMessage } from "../../src/queue/messages.ts";
import { stubOf } from "./room-peer.ts";
import { type SaverRoom, inSaverRoom, keysOf } from "./saver-room.ts";

const EVERY = { ROOST_VERSION_INTERVAL_MS: "0" };
const maxBytes = DEFAULT_LIMITS.documentBytes;

/** Somebody who types into a room. */
class Person {
  readonly doc = new Y.Doc();
  readonly user: string;

  constructor(user: string) {
    this.user = user;
  }

  type(room: SaverRoom, text: string): void {
    const before = Y.encodeStateVector(this.doc);
    this.doc.getText(this.user).insert(0, text);
    room.room.submit(Y.encodeStateAsUpdate(this.doc, before), { user: this.user, maxBytes });
    room.room.flush(Date.now());
  }
}

function waiting({ storage }: SaverRoom): readonly VersionMessage[] {
  const events = storage.outbox.due(Infinity).filter(({ kind }) => kind === "version");
  return events.map(({ body }) => JSON.parse(body) as VersionMessage);
}

const versionsIn = async (id: string) => (await keysOf(id)).filter((key) => key.startsWith("versions/"));

test("[RV1] the first snapshot is a version, and those within the interval are none", async () => {
  await inSaverRoom("interval", async (room) => {
    const alice = new Person("alice");
    for (const text of ["one", "two", "three"]) {
      alice.type(room, text);
      await room.saver.save();
    }
    expect(waiting(room).map(({ version, versionKind, user }) => [version, versionKind, user])).toEqual([
      ["00000001-000000000001", "auto", ""],
    ]);
    expect(await versionsIn("interval")).toEqual(["versions/00000001-000000000001.v2"]);
  });
});

test("[RV1] a snapshot of what is a version already makes no other", async () => {
  const body = async (room: SaverRoom): Promise<void> => {
    const alice = new Person("alice");
    alice.type(room, "one");
    await room.saver.save();
    await room.saver.save();
    expect(waiting(room)).toHaveLength(1);
    alice.type(room, "two");
    await room.saver.save();
    expect(waiting(room).map(({ version }) => version)).toEqual(["00000001-000000000001", "00000001-000000000002"]);
  };
  await inSaverRoom("unchanged", body, { variables: EVERY });
});

test("[RV3] a version names who wrote since the one before, also where their rows were merged and compacted", async () => {
  const body = async (room: SaverRoom): Promise<void> => {
    const [alice, bob, carol] = [new Person("alice"), new Person("bob"), new Person("carol")];
    alice.type(room, "a");
    await room.saver.save();
    for (let edit = 0; edit < 30; edit += 1) {
      (edit % 3 === 0 ? bob : carol).type(room, "x");
      await room.shrinkIfDue();
    }
    bob.type(room, "last");
    await room.saver.save();
    carol.type(room, "after");
    await room.saver.save();
    expect(waiting(room).map(({ editors }) => editors)).toEqual([["alice"], ["bob", "carol"], ["carol"]]);
  };
  await inSaverRoom("writers", body, { variables: { ...EVERY, ROOST_COMPACT_ROWS: "5" } });
});

/** Fails the `nth` put of a key that matches, after it was done or instead. */
function failingBucket(match: string, isDone: boolean): R2Bucket {
  let failures = 1;
  const put: R2Bucket["put"] = async (...args: Parameters<R2Bucket["put"]>) => {
    const isHit = args[0].includes(match) && failures > 0;
    const done = isHit && !isDone ? undefined : await env.SNAPSHOTS.put(...args);
    if (!isHit) return done as R2Object;
    failures -= 1;
    throw new Error("injected: the run is cut off here");
  };
  return new Proxy(env.SNAPSHOTS, {
    get: (bucket, name) => {
      if (name === "put") return put;
      const value: unknown = Reflect.get(bucket, name);
      return typeof value === "function" ? (value.bind(bucket) as unknown) : value;
    },
  });
}

test.each([
  ["before its bytes", false],
  ["between its bytes and SQLite", true],
])("[RV4] a version that is cut off %s is made by the next run, also after an eviction", async (where, isDone) => {
  const id = `cut-${isDone}`;
  const alice = new Person("alice");
  const cut = async (room: SaverRoom): Promise<void> => {
    alice.type(room, "one");
    await expect(room.saver.save()).rejects.toThrow("injected");
    expect([waiting(room), room.storage.outbox.stats().rows]).toEqual([[], 0]);
  };
  await inSaverRoom(id, cut, { bucket: failingBucket("/versions/", isDone) });
  await evictDurableObject(stubOf(id), { webSockets: "hibernate" });
  await inSaverRoom(id, async (room) => {
    await room.saver.save();
    expect(waiting(room).map(({ version }) => version)).toEqual(["00000001-000000000001"]);
    expect(room.storage.outbox.due(Infinity).map(({ kind }) => kind)).toEqual(["version", "summary"]);
  });
  expect([where, await versionsIn(id)]).toEqual([where, ["versions/00000001-000000000001.v2"]]);
  const stored = await env.SNAPSHOTS.get(`projects/default/documents/${id}/versions/00000001-000000000001.v2`);
  const doc = new Y.Doc();
  Y.applyUpdateV2(doc, new Uint8Array((await stored?.arrayBuffer()) ?? new ArrayBuffer()));
  expect(doc.getText("alice").toString()).toBe("one");
});
