import { describe, expect, test } from "vitest";
import * as Y from "yjs";
import { ClockTable } from "../../src/core/document/clock-table.ts";
import { toJson } from "../../src/core/document/content-json.ts";
import { hydrate } from "../../src/core/document/hydrate.ts";
import { readUpdate } from "../../src/core/document/update-reader.ts";
import { blameDocument } from "../../src/core/versions/blame.ts";
import type { Credits, Stamp } from "../../src/core/versions/shapes.ts";
import { type Restoration, restoreContent } from "../../src/core/versions/restore.ts";
import { joinDeltas } from "../support/apply-diff.ts";
import { isLong } from "./traces.ts";
import { isLive, liveKeys, liveUnits, unitsSince } from "./live-units.ts";
import { TestCredits, VersionsWorld, viewOf, viewOfBytes } from "./versions-world.ts";
import { forSeeds } from "./worlds.ts";
import type { DocumentBytes } from "../../src/core/document/compaction.ts";

const RUNS = isLong ? 2_000 : 150;
const FEWER_RUNS = isLong ? 2_000 : 60;

describe("restoring a version", () => {
  test("[HV1] a restored version has the version's content, for everybody, in one ordinary update", () => {
    forSeeds(RUNS, (seed) => {
      const world = new VersionsWorld(seed);
      world.edit(5 + world.random.below(35));
      const version = world.snapshot();
      world.edit(world.random.below(45));
      world.comeBackAll();
      const { update } = restore(world, version);
      if (update !== undefined) {
        const known = ClockTable.decode(Y.encodeStateVector(hydrate([], world.rows.slice(0, -1)).doc));
        const reading = known.ok ? readUpdate(update, known.value) : known;
        expect(reading).toMatchObject({ ok: true, value: { kind: "complete" } });
      }
      const wanted = viewOfBytes(version);
      expect(viewOfBytes(world.live())).toEqual(wanted);
      expect(shown(world.live())).toEqual(shown(version));
      for (const { doc } of world.people) expect(viewOf(doc)).toEqual(wanted);
      expect(world.isQuiet()).toBe(true);
      expect(restoreContent(world.live(), version, new TestCredits(world.rows), world.newClientId).update).toBe(
        undefined,
      );
    });
  });

  test("[HV2] a restored present brings back what a restoration undid", () => {
    forSeeds(FEWER_RUNS, (seed) => {
      const world = new VersionsWorld(seed);
      world.edit(5 + world.random.below(30));
      const version = world.snapshot();
      world.edit(world.random.below(40));
      const present = world.snapshot();
      const first = restore(world, version);
      world.comeBackAll();
      restore(world, present, first.stamps);
      const wanted = viewOfBytes(present);
      expect(viewOfBytes(world.live())).toEqual(wanted);
      for (const { doc } of world.people) expect(viewOf(doc)).toEqual(wanted);
    });
  });

  test("[HV3] who was offline since before a restoration brings nothing back, and loses nothing outside what is gone", () => {
    forSeeds(FEWER_RUNS, (seed) => {
      const world = new VersionsWorld(seed);
      world.edit(5 + world.random.below(30));
      const version = world.snapshot();
      world.edit(world.random.below(40));
      world.comeBackAll();
      const who = world.random.pick(world.people);
      who.isOnline = false;
      const before = Y.encodeStateVector(who.doc);
      for (let edit = 0; edit < 10; edit += 1) world.editAs(who);
      const own = unitsSince(who.doc, before);
      const known = Y.decodeStateVector(before);
      const isOwn = (unit: string): boolean => {
        const [client = 0, clock = 0] = unit.split(":").map(Number);
        return client === who.doc.clientID && clock >= (known.get(client) ?? 0);
      };
      const ownKeys = [...liveKeys(who.doc)].filter(([unit]) => isOwn(unit));
      restore(world, version);
      const restored = liveUnits(hydrate([], world.rows).doc);
      const restoredKeys = liveKeys(hydrate([], world.rows).doc);
      world.comeBack(who);
      const merged = hydrate([], world.rows).doc;
      const live = liveUnits(merged);
      expect([...live.keys()].filter((unit) => !restored.has(unit) && !own.has(unit))).toEqual([]);
      expect([...own].filter(([unit, parent]) => !live.has(unit) && isLive(merged, parent))).toEqual([]);
      const keys = liveKeys(merged);
      expect([...keys.keys()].filter((unit) => !restoredKeys.has(unit) && !isOwn(unit))).toEqual([]);
      // Where the restoration set the same key, one of the two values is there.
      const places = new Set([...keys.values()].map(({ place }) => place));
      const isLost = ([unit, { parent, place }]: (typeof ownKeys)[number]): boolean =>
        !keys.has(unit) && !places.has(place) && isLive(merged, parent);
      expect(ownKeys.filter(isLost)).toEqual([]);
      const seen = viewOf(merged);
      for (const { doc } of world.people) expect(viewOf(doc)).toEqual(seen);
    });
  });

  test("[HV4] stamps are of exactly the structs that a restoration writes, under ids nobody had", () => {
    forSeeds(FEWER_RUNS, (seed) => {
      const world = new VersionsWorld(seed);
      world.edit(5 + world.random.below(35));
      const version = world.snapshot();
      world.edit(world.random.below(45));
      const credits = new TestCredits(world.rows);
      const known = new Set(hydrate([], world.rows).doc.store.clients.keys());
      const { update, stamps } = restoreContent(world.live(), version, credits, world.newClientId);
      const written = update === undefined ? [] : Y.decodeUpdate(update).structs;
      expect(clocksOf(stamps)).toEqual(clocksOf(written.map(({ id, length }) => ({ ...id, length }))));
      const users = new Map(stamps.map(({ client, user }) => [client, user]));
      expect(new Set(users.values()).size).toBe(users.size);
      for (const { client, user } of stamps) {
        expect(users.get(client)).toBe(user);
        expect(known.has(client)).toBe(false);
      }
    });
  });

  test("[HV4] what a restoration brings back is whose it was, and from when: characters, items, keys and attributes", () => {
    const seen = { units: 0, keys: 0 };
    forSeeds(FEWER_RUNS, (seed) => {
      const world = new VersionsWorld(seed);
      world.edit(5 + world.random.below(35));
      const version = world.snapshot();
      world.edit(world.random.below(45));
      world.comeBackAll();
      const credits = new TestCredits(world.rows);
      const before = new Map(blamedUnits(version, credits));
      const { update, stamps } = restoreContent(world.live(), version, credits, world.newClientId);
      if (update === undefined) return;
      world.submit("restorer", update);
      const after = blamedUnits(world.live(), new TestCredits([], stamps)).filter(([, by]) => by !== KEPT);
      expect(after).toEqual(after.map(([unit]) => [unit, before.get(unit)]));
      seen.units += after.length;
      seen.keys += after.filter(([unit]) => unit.endsWith('"]')).length;
    });
    expect([seen.units > 100, seen.keys > 20]).toEqual([true, true]);
  });
});

function restore(world: VersionsWorld, version: DocumentBytes, stamps: readonly Stamp[] = []): Restoration {
  const credits = new TestCredits(world.rows, stamps);
  const restoration = restoreContent(world.live(), version, credits, world.newClientId);
  if (restoration.update !== undefined) world.submit("restorer", restoration.update);
  return restoration;
}

/** As JSON. */
function shown({ parts, rows }: DocumentBytes): unknown {
  const roots = Object.entries(toJson(hydrate(parts, rows).doc));
  const shownRoots = Object.fromEntries(
    roots.filter(([name, root]) => (name === "map" || name === "xml") && !isEmpty(root)),
  );
  return joinDeltas(shownRoots);
}

function isEmpty(root: unknown): boolean {
  return JSON.stringify(root) === '{"type":"empty"}';
}

function clocksOf(
  ranges: readonly { readonly client: number; readonly clock: number; readonly length: number }[],
): string[] {
  return ranges
    .flatMap(({ client, clock, length }) => Array.from({ length }, (_, at) => `${client}:${clock + at}`))
    .sort();
}

/** By nobody: no stamp of a restoration is of it. */
const KEPT = JSON.stringify({ user: "", atMs: null });

/** Each character, item and key that is there, by its place, and whose it is. */
function blamedUnits(document: DocumentBytes, credits: Credits): (readonly [unit: string, by: string])[] {
  const blamed = blameDocument(document, credits);
  if (!blamed.ok) throw new Error(blamed.error.tag);
  return blamed.value.ranges.flatMap(({ path, at, length, user, atMs }) => {
    const places = typeof at === "string" ? [at] : Array.from({ length }, (_, unit) => at + unit);
    return places.map((place) => [JSON.stringify([path, place]), JSON.stringify({ user, atMs })] as const);
  });
}
