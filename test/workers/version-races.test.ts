/**
 * Versions of the same content that are made at once, and one that is deleted while it is listed.
 */
import { env } from "cloudflare:workers";
import { afterEach, expect, test, vi } from "vitest";
import * as Y from "yjs";
import { compactDocument } from "../../src/core/document/compaction.ts";
import type { VersionMessage } from "../../src/queue/messages.ts";
import { storeVersion } from "../../src/queue/version-message.ts";
import { type LastVersion, readCarried } from "../../src/rooms/carried.ts";
import type { KeptVersion } from "../../src/rooms/room-api-history.ts";
import { SnapshotWriter } from "../../src/rooms/snapshot-writer.ts";
import type { OrderedVersion } from "../../src/rooms/version-keeper.ts";
import { VersionIndex } from "../../src/storage/d1/versions.ts";
import { VersionStore } from "../../src/storage/version-store.ts";
import { addressOf, deliver, versionOf } from "./queue-messages.ts";
import { type SaverRoom, inSaverRoom } from "./saver-room.ts";

const NOW_MS = Date.UTC(2026, 0, 5);
const NAMED: OrderedVersion = { kind: "named", name: "Kept", user: "carol" };

afterEach(() => {
  vi.restoreAllMocks();
});

/** A bucket where versions are put at the same moment: none is there before `count` puts have come. */
function meetingBucket(count: number): R2Bucket {
  const all = Promise.withResolvers<void>();
  let came = 0;
  const put: R2Bucket["put"] = async (...args: Parameters<R2Bucket["put"]>) => {
    const done = await env.SNAPSHOTS.put(...args);
    if (!args[0].includes("/versions/")) return done;
    came += 1;
    if (came === count) all.resolve();
    await all.promise;
    return done;
  };
  return withMethod("put", put);
}

function withMethod<Name extends keyof R2Bucket>(name: Name, method: R2Bucket[Name]): R2Bucket {
  return new Proxy(env.SNAPSHOTS, {
    get: (bucket, key) => {
      if (key === name) return method;
      const value: unknown = Reflect.get(bucket, key);
      return typeof value === "function" ? (value.bind(bucket) as unknown) : value;
    },
  });
}

/** Makes versions of one document by these orders at once; returns them, and what the room carries and tells D1. */
async function makeAtOnce(id: string, orders: readonly OrderedVersion[]) {
  let made: readonly KeptVersion[] = [];
  let last: LastVersion | undefined;
  let messages: readonly VersionMessage[] = [];
  const body = async ({ storage, context, write }: SaverRoom) => {
    const doc = new Y.Doc();
    doc.getText("notes").insert(0, "x");
    write(Y.encodeStateAsUpdate(doc));
    const built = compactDocument({ parts: storage.parts.read(), rows: storage.log.readSince(0) });
    const fresh = { seq: 1, bytes: built.snapshotV2, stateVector: built.stateVector, hydrated: built };
    const writer = new SnapshotWriter(context, { eraseAgain: () => false });
    const puts = await Promise.all(orders.map(async (order) => await writer.put(fresh, order)));
    made = puts.filter((kept) => kept !== undefined);
    last = readCarried(storage).lastVersion;
    const events = storage.outbox.due(Infinity).filter(({ kind }) => kind === "version");
    const inOrder = events.toSorted((one, other) => one.key - other.key);
    messages = inOrder.map((event) => JSON.parse(event.body) as VersionMessage);
  };
  await inSaverRoom(id, body, { bucket: meetingBucket(orders.length) });
  return { made, last, messages };
}

const RESTORED: OrderedVersion = { kind: "restored", name: "", user: "dave" };

test.each([
  ["first", [NAMED, RESTORED]],
  ["last", [RESTORED, NAMED]],
])(
  "[RV26] a version that is kept for a restore while somebody names the same content, %s, is a named one",
  async (place, orders) => {
    const { last } = await makeAtOnce(`both-${place}`, orders);
    expect(last).toMatchObject({ version: versionOf(1), ...NAMED });
  },
);

test("[RV26] of two names that are given at the same moment the room, D1 and the answers keep the same one", async () => {
  vi.spyOn(Date, "now").mockReturnValue(NOW_MS);
  const { made, last, messages } = await makeAtOnce("same-moment", [NAMED, { ...NAMED, name: "Kept too" }]);
  const byMoment = made.toSorted((one, other) => one.namedMs - other.namedMs);
  expect(byMoment.map(({ namedMs }) => namedMs)).toEqual([NOW_MS, NOW_MS + 1]);
  expect(byMoment.at(-1)).toMatchObject({ name: last?.name, kind: "named" });
  const index = new VersionIndex(env.DB);
  // As the router does with each answer; the room's messages come late.
  for (const kept of made) await index.put({ ...kept, ...addressOf("same-moment") });
  await deliver(messages);
  const found = await index.find(addressOf("same-moment"), versionOf(1));
  expect(found).toMatchObject({ ok: true, value: { name: last?.name } });
});

/** A bucket in which `version` is deleted right behind the first look whether it is there. */
function deletingBucket(id: string, index: VersionIndex): R2Bucket {
  let isDone = false;
  const head = async (key: string) => {
    const found = await env.SNAPSHOTS.head(key);
    if (!isDone && found !== null) {
      isDone = true;
      await index.drop(addressOf(id), versionOf(1), Date.now());
      await new VersionStore(env.SNAPSHOTS).delete(addressOf(id), [versionOf(1)]);
      await index.forget(addressOf(id), [versionOf(1)]);
    }
    return found;
  };
  return withMethod("head", head);
}

test("[RV27] a version that is deleted while it is listed is not listed without its bytes", async () => {
  const id = "deleted-meanwhile";
  const index = new VersionIndex(env.DB);
  await new VersionStore(env.SNAPSHOTS).put(addressOf(id), versionOf(1), Uint8Array.of(0, 0));
  const facts = { kind: "auto", name: "", user: "", editors: [], bytes: 2, createdMs: 1, namedMs: 1 } as const;
  const version = { ...addressOf(id), version: versionOf(1), ...facts };
  const stored = await storeVersion(version, { ...env, SNAPSHOTS: deletingBucket(id, index) }, Date.now());
  expect(stored).toEqual({ ok: true, value: "stale" });
  expect(await index.list(addressOf(id), { limit: 10 })).toMatchObject({ ok: true, value: { versions: [] } });
});
