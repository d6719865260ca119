/**
 * The twin in memory keeps the storage contract.
 * @module
 */
import { expect, test } from "vitest";
import { MemoryStorage } from "../support/memory-storage.ts";
import { describeDocumentStorage } from "./document-storage.ts";
import { stamped } from "./storage-under-test.ts";

const RUNS = 300;

describeDocumentStorage(
  "memory",
  async (body) => {
    const storage = new MemoryStorage();
    body({ storage, restart: () => storage.crash() });
  },
  RUNS,
);

test("[ST13] a crash inside a transaction leaves what was committed before it", () => {
  const storage = new MemoryStorage();
  storage.log.append([stamped("alice", 1)], 1);
  const crashed = storage.transaction(() => {
    storage.log.append([stamped("alice", 2)], 2);
    return storage.crash();
  });
  expect([crashed.log.lastSeq(), storage.log.lastSeq()]).toEqual([1, 2]);
});
