/**
 * The part of the storage contract that is about who wrote what.
 * @module
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { Stamp } from "../../src/core/ports.ts";
import { type Stamps, addStamps, joinStamps } from "../support/memory-people.ts";
import { stamped, type WithStorage } from "./storage-under-test.ts";

const at =
  (atMs: number) =>
  (client: number, clock: number, length: number, user: string): Stamp => {
    return { client, clock, length, user, atMs };
  };
const stamp = at(60_000);
const later = at(120_000);

const anyStamp = fc.record({
  client: fc.constantFrom(1, 2, 2 ** 53 - 1),
  clock: fc.nat(20),
  length: fc.integer({ min: 1, max: 8 }),
  user: fc.constantFrom("alice", "bob"),
  atMs: fc.constantFrom(0, 60_000, 120_000),
});

export function describeAttribution(withStorage: WithStorage): void {
  test("[HA1] what is recorded of a struct first stays, and the rest of a range is filled in", () =>
    withStorage(({ storage, restart }) => {
      storage.attribution.record([stamp(7, 5, 3, "alice"), stamp(7, 12, 2, "bob")]);
      storage.attribution.record([later(7, 0, 20, "carol"), stamp(3, 0, 1, "bob")]);
      for (const { attribution } of [storage, restart()]) {
        expect([...attribution.read()]).toEqual([
          stamp(3, 0, 1, "bob"),
          later(7, 0, 5, "carol"),
          stamp(7, 5, 3, "alice"),
          later(7, 8, 4, "carol"),
          stamp(7, 12, 2, "bob"),
          later(7, 14, 6, "carol"),
        ]);
      }
    }));

  test("[HA1] any sequence of stamps leaves what writing them struct by struct does", () =>
    fc.assert(
      fc.asyncProperty(fc.array(fc.array(anyStamp, { maxLength: 4 }), { maxLength: 8 }), (batches) =>
        withStorage(({ storage, restart }) => {
          let expected: Stamps = new Map();
          for (const batch of batches) {
            storage.attribution.record(batch);
            expected = addStamps(expected, batch, () => undefined);
          }
          for (const room of [storage, restart()]) expect([...room.attribution.read()]).toEqual(joinStamps(expected));
        }),
      ),
      { numRuns: 40 },
    ));

  test("[HA2] how far an earlier life was read back is remembered, and goes with the rest when a room is cleared", () =>
    withStorage(({ storage, restart }) => {
      expect([storage.attribution.rebuild(), [...storage.attribution.read()]]).toEqual([undefined, []]);
      storage.attribution.noteRebuild({ epoch: 2, through: "history/1" });
      storage.attribution.noteRebuild({ epoch: 2, through: null });
      expect(restart().attribution.rebuild()).toEqual({ epoch: 2, through: null });
      storage.attribution.record([stamp(1, 0, 1, "alice")]);
      storage.transaction(() => storage.clear());
      for (const { attribution } of [storage, restart()]) {
        expect([attribution.rebuild(), [...attribution.read()]]).toEqual([undefined, []]);
      }
    }));

  test("[HA3] all authors are told, by client id, whoever sent rows before", () =>
    withStorage(({ storage, restart }) => {
      storage.log.append([stamped("carol", 1)], 1);
      storage.authors.record([
        [2 ** 53 - 1, "bob"],
        [4, "alice"],
        [4, "carol"],
      ]);
      const authors = [
        [4, "alice"],
        [2 ** 53 - 1, "bob"],
      ];
      expect([[...storage.authors.read()], [...restart().authors.read()]]).toEqual([authors, authors]);
    }));
}
