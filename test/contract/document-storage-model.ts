/**
 * Random sequences of everything a storage can do. After each step the storage, and the storage as a restarted process
 * sees it, must both look like the model. fast-check prints the seed of a failure.
 * @module
 */
import fc from "fast-check";
import { expect, test } from "vitest";
import type { DocumentStorage, OutboxEvent } from "../../src/core/ports.ts";
import { EMPTY, type Event, LATER_MS, type Model, single, type Step } from "./document-storage-steps.ts";
import type { WithStorage } from "./storage-under-test.ts";

class Refused extends Error {}

const transaction = fc.tuple(fc.array(single, { maxLength: 6 }), fc.boolean()).map(([steps, isRefused]): Step => ({
  storage: (storage) => {
    try {
      storage.transaction(() => {
        for (const step of steps) step.storage(storage);
        // So that what was written inside is remembered, and has to be forgotten.
        lookAt(storage);
        if (isRefused) throw new Refused();
      });
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
    }
  },
  model: (model) => {
    if (!isRefused) for (const step of steps) step.model(model);
  },
}));

const byDue = <T extends { readonly dueMs: number }>(rows: readonly T[], name: (row: T) => string): T[] =>
  rows.toSorted((a, b) => a.dueMs - b.dueMs || name(a).localeCompare(name(b)));

/** A varint of a length below 2^14. */
const lengthBytes = (length: number): number => (length < 128 ? 1 : 2);

/** Everything the port shows, as one value. */
function lookAt(storage: DocumentStorage) {
  const keyless = ({ kind, version, body, createdMs, dueMs, attempts }: OutboxEvent): Event => {
    return { kind, version, body, createdMs, dueMs, attempts };
  };
  return {
    rows: [...storage.log.readSince(0)],
    lastSeq: storage.log.lastSeq(),
    stats: storage.log.stats(),
    info: storage.parts.info(),
    parts: [...storage.parts.read()],
    meta: storage.meta.read(),
    tasks: storage.tasks.due(LATER_MS),
    nextTaskMs: storage.tasks.nextDueMs(),
    outbox: byDue(storage.outbox.due(LATER_MS).map(keyless), (event) => `${event.kind} ${event.version}`),
    nextOutboxMs: storage.outbox.nextDueMs(),
    outboxStats: storage.outbox.stats(),
    users: storage.authors.users(9),
    quarantined: storage.quarantine.count(),
  };
}

function expected({ rows, lastSeq, people, parts, meta, tasks, outbox, authors, quarantined }: Model) {
  const all = rows.flatMap((row) => row.updates.map(({ update }) => update.length));
  const min = (times: number[]): number | undefined => (times.length === 0 ? undefined : Math.min(...times));
  const partBytes = parts?.bytes.reduce((sum, part) => sum + part.length, 0) ?? 0;
  const { seq = 0, deleteSet = Uint8Array.of(), bytes: read = [] } = parts ?? {};
  return {
    rows,
    lastSeq,
    stats: {
      rows: rows.length,
      bytes: all.reduce((sum, length) => sum + 1 + lengthBytes(length) + length, 0),
      oldestMs: rows.at(0)?.atMs ?? 0,
      newestMs: rows.at(-1)?.atMs ?? 0,
    },
    info: parts && { seq, bytes: partBytes, count: read.length, stateVector: Uint8Array.of(0), deleteSet },
    parts: read,
    meta,
    tasks: byDue(tasks, (one) => one.name),
    nextTaskMs: min(tasks.map((one) => one.dueMs)),
    outbox: byDue(outbox, (event) => `${event.kind} ${event.version}`),
    nextOutboxMs: min(outbox.map((event) => event.dueMs)),
    outboxStats: { rows: outbox.length, oldestMs: min(outbox.map((event) => event.createdMs)) ?? 0 },
    users: people.filter((person) => authors.some(([, by]) => by === person)).reverse(),
    quarantined,
  };
}

export function describeStorageModel(withStorage: WithStorage, runs: number): void {
  const steps = fc.array(fc.oneof({ arbitrary: single, weight: 4 }, { arbitrary: transaction, weight: 1 }), {
    maxLength: 30,
    size: "max",
  });

  test("[ST19] any sequence of operations, with a restart after each, leaves what a simple model says", () =>
    fc.assert(
      fc.asyncProperty(steps, (sequence) =>
        withStorage(({ storage, restart }) => {
          const model = structuredClone(EMPTY);
          for (const step of sequence) {
            step.storage(storage);
            step.model(model);
            expect(lookAt(storage)).toEqual(expected(model));
            expect(lookAt(restart())).toEqual(expected(model));
          }
        }),
      ),
      { numRuns: runs },
    ));
}
