/**
 * What every GameStore does (rooms/SPEC.md, "Games"). Run by game-store.node.test.ts against the twin in memory and by
 * test/workers/game-store.test.ts against SQLite in the runtime.
 * @module
 */
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SessionId } from "../../src/core/events.ts";
import type { GameMeta, GameStore, Plain, Seat } from "../../src/core/game/ports.ts";
import { MAX_ROW_BYTES } from "../../src/protocol/limits.ts";
import { patternBytes } from "./storage-under-test.ts";

export type GameStoreUnderTest = {
  readonly store: GameStore;
  /** The same room as a process sees it that starts after a kill. */
  readonly restart: () => GameStore;
};

/** Runs `body` with the store of a room that was never used. */
export type WithGameStore = (body: (room: GameStoreUnderTest) => void) => Promise<void>;

export const META: GameMeta = {
  game: "counter",
  version: 3,
  createdMs: 1_000,
  isLocked: false,
  isPrivate: true,
  metadata: { mode: "ranked", tags: ["a", 1, null, true] },
  banned: ["mallory"],
  disposedMs: null,
};

export function seatOf(session: string, change: Partial<Seat> = {}): Seat {
  return {
    // SAFETY: an id that the tests chose.
    session: session as SessionId,
    ...{ user: "alice", state: "taken", isSpectator: false, tokenHash: "t", nextTokenHash: "", untilMs: 0 },
    ...{ options: null, data: null },
    ...change,
  };
}

const LISTING = {
  ...{ clients: 1, maxClients: 4, isLocked: false, isPrivate: false, metadata: null, createdMs: 1_000 },
} as const;

/** What JSON says, all numbers, and bytes. */
const plain = fc.letrec<{ value: Plain }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    ...[fc.constant(null), fc.boolean(), fc.integer(), fc.double(), fc.string({ unit: "grapheme" })],
    fc.uint8Array({ maxLength: 8 }),
    fc.array(tie("value"), { maxLength: 4 }),
    // A key that is no field of any object, and one that looks like one.
    fc.dictionary(fc.oneof(fc.string(), fc.constant("__proto__")), tie("value"), { maxKeys: 4, noNullPrototype: true }),
  ),
})).value;

/** Everything the port shows, as one value. */
function lookAt(store: GameStore) {
  const seats = store.seats().toSorted((one, other) => one.session.localeCompare(other.session));
  return { meta: store.meta(), state: store.state(), seats, timers: Object.fromEntries(store.timers()) };
}

const EMPTY = { meta: undefined, state: undefined, seats: [], timers: {} };

export function describeGameStore(name: string, withStore: WithGameStore, runs: number): void {
  describe(`game store: ${name}`, () => {
    test("[RO70] what was written is there after a restart, and what was taken away is not", () =>
      withStore(({ store, restart }) => {
        expect(lookAt(store)).toEqual(EMPTY);
        const dropped = seatOf("bob", { state: "dropped", untilMs: 9, isSpectator: true, nextTokenHash: "n" });
        const held = seatOf("carol", { state: "held", options: { team: 2 }, data: { cards: [1, 2] } });
        store.transaction(() => {
          store.writeMeta(META);
          store.writeState({ total: 3 });
          for (const seat of [seatOf("alice"), dropped, held]) store.putSeat(seat);
          store.setTimer("round", 5_000);
          store.setTimer("end", 6_000);
          store.report(LISTING);
        });
        store.transaction(() => {
          store.writeState({ total: 4 });
          store.putSeat({ ...held, state: "taken" });
          store.removeSeat(dropped.session);
          store.setTimer("round", 7_000);
          store.clearTimer("end");
        });
        const expected = {
          ...{ meta: META, state: { total: 4 }, timers: { round: 7_000 } },
          seats: [seatOf("alice"), { ...held, state: "taken" }],
        };
        expect([lookAt(store), lookAt(restart())]).toEqual([expected, expected]);
      }));

    test("[RO70] all of a transaction is there, or nothing of it", () =>
      withStore(({ store, restart }) => {
        store.transaction(() => {
          store.writeMeta(META);
          store.writeState({ total: 3 });
        });
        const before = lookAt(store);
        const change = () => {
          store.writeMeta({ ...META, isLocked: true });
          store.writeState({ total: 4 });
          store.putSeat(seatOf("alice"));
          store.setTimer("round", 1);
          throw new Error("no");
        };
        expect(() => store.transaction(change)).toThrow("no");
        expect([lookAt(store), lookAt(restart())]).toEqual([before, before]);
      }));

    test("[RO70] a first transaction that is taken back leaves a room that was never used", () =>
      withStore(({ store, restart }) => {
        const change = () => {
          store.writeMeta(META);
          throw new Error("no");
        };
        expect(() => store.transaction(change)).toThrow("no");
        expect([lookAt(store), lookAt(restart())]).toEqual([EMPTY, EMPTY]);
        store.transaction(() => store.writeMeta(META));
        expect(restart().meta()).toEqual(META);
      }));

    test("[RO70] a state of several rows is replaced by a shorter one, and by a longer one", () =>
      withStore(({ store, restart }) => {
        for (const size of [2 * MAX_ROW_BYTES + 3, 10, 3 * MAX_ROW_BYTES]) {
          const bytes = patternBytes(size);
          store.transaction(() => {
            store.writeMeta(META);
            store.writeState({ bytes });
          });
          const state = restart().state();
          const read = typeof state === "object" && state !== null && "bytes" in state ? state.bytes : null;
          // `toEqual` on megabytes takes seconds.
          expect(read instanceof Uint8Array && read.every((byte, at) => byte === bytes[at])).toBe(true);
          expect(read instanceof Uint8Array && read.length).toBe(size);
        }
      }));

    test("[RO70] a room that has ended keeps that it was, and nothing else", () =>
      withStore(({ store, restart }) => {
        store.transaction(() => {
          store.writeMeta(META);
          store.writeState({ total: 3 });
          store.putSeat(seatOf("alice"));
          store.setTimer("round", 1);
        });
        const ended = { ...META, metadata: null, banned: [], disposedMs: 2_000 };
        store.transaction(() => {
          store.clear();
          store.writeMeta(ended);
          store.report(null);
        });
        const expected = { ...EMPTY, meta: ended };
        expect([lookAt(store), lookAt(restart())]).toEqual([expected, expected]);
      }));

    test("[RO70] plain data comes back as it was, whatever it is", () =>
      withStore(({ store, restart }) => {
        fc.assert(
          fc.property(plain, plain, plain, (state, data, metadata) => {
            store.transaction(() => {
              store.writeMeta({ ...META, metadata });
              store.writeState(state);
              store.putSeat(seatOf("alice", { data, options: state }));
            });
            const read = restart();
            expect(read.state()).toStrictEqual(state);
            expect(read.seats()).toStrictEqual([seatOf("alice", { data, options: state })]);
            expect(read.meta()?.metadata).toStrictEqual(metadata);
          }),
          { numRuns: runs },
        );
      }));
  });
}
