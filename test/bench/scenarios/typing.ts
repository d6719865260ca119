/**
 * A whole paper typed in a minute: how large the file gets, as a ratio to the document in it, and how much is written on the way.
 * @module
 */
import { runJob } from "../load/run-job.ts";
import { writtenBytes } from "../process-stats.ts";
import type { Scenario } from "../scenario.ts";
import { peakStateBytes, settledStateBytes } from "../state-files.ts";
import { loadOn, withTarget } from "../with-target.ts";

const UPDATES_PER_SECOND = 4_000;
const ALL_TRANSACTIONS = Infinity;
const QUICK_TRANSACTIONS = 20_000;
/** A commit for each update is as slow as the disk: this is a minute of it, and what is written per update stays the same. */
const RELAY_TRANSACTIONS = 50_000;
const SAMPLE_MS = 200;
/** Nothing has changed on disk for so long: the last compaction is over, and the runtime has closed the file. */
const IDLE_MS = 15_000;
const SETTLE_MS = 90_000;

const WRITE_AHEAD_LOG =
  "with SQLite's write-ahead log, which the runtime lets grow to 1,000 pages, 4 MB, whatever the document; " +
  "the closest bound is 8 × in the database file and 4 MB beside it";

export const typing: Scenario = {
  id: "typing",
  title: "the automerge-paper trace typed at 4,000 updates/s",
  targets: ["relay with insert", "y-partyserver", "y-websocket", "Hocuspocus", "Roost"],
  rounds: 1,
  columns: ["updatesPerSecond", "fileShareIdle", "fileShareMax", "databaseShareMax", "writtenBytesPerUpdate"],
  goals: [
    // What follows says little about a server that was typed at more slowly.
    { figure: "updatesPerSecond", atLeast: 3_900 },
    { figure: "fileShareIdle", atMost: 1.25, note: "a page of SQLite more or less: 1.235 to 1.252 from run to run" },
    { figure: "fileShareMax", atMost: 8, note: WRITE_AHEAD_LOG },
    { figure: "databaseShareMax", atMost: 8 },
    { figure: "writtenBytesPerUpdate", against: "relay with insert", atMost: 0.1 },
  ],
  measure: (target, scale, stateDir) =>
    withTarget(target, stateDir, async (running) => {
      const { address } = loadOn(target, running, "paper");
      const isRelay = target.wire === "relay";
      const all = isRelay ? RELAY_TRANSACTIONS : ALL_TRANSACTIONS;
      const transactions = scale === "full" ? all : QUICK_TRANSACTIONS;
      const pid = running.pid();
      const writtenBefore = writtenBytes(pid);
      const job = runJob("typing", { address, transactions, updatesPerSecond: UPDATES_PER_SECOND });
      const { done, peak } = await peakStateBytes(stateDir, SAMPLE_MS, job);
      const idle = await settledStateBytes(stateDir, IDLE_MS, SETTLE_MS);
      const written = writtenBytes(pid) - writtenBefore;
      const writing = {
        updatesPerSecond: (done.updates * 1_000) / done.tookMs,
        writtenBytesPerUpdate: written / done.updates,
      };
      if (isRelay) return writing;
      if ((await runJob("read-paper", { address })) !== done.digest) {
        throw new Error("what was stored is another document than what was typed");
      }
      return {
        ...writing,
        fileShareIdle: idle.total / done.stateBytes,
        fileShareMax: peak.total / done.stateBytes,
        databaseShareMax: Math.max(peak.database, idle.database) / done.stateBytes,
        stateKilobytes: done.stateBytes / 1e3,
      };
    }),
};
