/**
 * What a host of small teams costs: many documents, two people in each, a keystroke a second.
 * @module
 */
import { runJob } from "../load/run-job.ts";
import { indexedCount } from "../roost-health.ts";
import type { Scenario } from "../scenario.ts";
import { loadOn, withTarget } from "../with-target.ts";

/**
 * Roost makes a snapshot 60 s after the first edit that none holds: its objects in R2, its message and its row in D1 belong
 * to what a document costs, so the time measured holds one of each. Others save every few seconds.
 */
const SECONDS = 70;
const QUICK_SECONDS = 5;
/** Longer than any of them waits after the last edit before it saves. */
const WARM_UP_MS = 15_000;
const QUICK_WARM_UP_MS = 1_000;

const SAVING =
  "half of what is above 1 goes into R2 and D1 (Roost saving later, and indexed), which the others do not write; the rest is not profiled; an ack for each keystroke, a frame more than a relay sends, is part of it";
const ROOM_MEMORY =
  "a relay keeps a socket; a room keeps clocks, sessions and SQLite's pages, and the local asset router some 130 kB of each connection";

export const manyDocuments: Scenario = {
  id: "many-documents",
  title: `500 documents with 2 clients and 1 update/s each, for ${SECONDS} s`,
  targets: ["raw relay", "relay with insert", "y-partyserver", "Roost", "Roost saving later"],
  rounds: 1,
  columns: ["cpuMsPerSecond", "kilobytesPerDocument", "openKilobytesPerDocument", "updates", "indexed"],
  goals: [
    { figure: "cpuMsPerSecond", against: "relay with insert", atMost: 1.15, note: SAVING },
    { figure: "kilobytesPerDocument", against: "raw relay", atMost: 1.15, note: ROOM_MEMORY },
  ],
  measure: (target, scale, stateDir) =>
    withTarget(target, stateDir, async (running) => {
      const count = scale === "full" ? 500 : 50;
      const ids = Array.from({ length: count }, (_, index) => `team-${index}`);
      const { updates, serverCpuMs, seconds, growthBytes, openBytes } = await runJob("documents", {
        addresses: ids.map((id) => loadOn(target, running, id).address),
        warmUp: loadOn(target, running, "warm-up").address,
        warmUpMs: scale === "full" ? WARM_UP_MS : QUICK_WARM_UP_MS,
        seconds: scale === "full" ? SECONDS : QUICK_SECONDS,
        serverPid: running.pid(),
      });
      const indexed = target.name === "Roost" ? await indexedCount(ids.map(running.socketUrl)) : undefined;
      if (scale === "full" && indexed !== undefined && indexed < count) {
        throw new Error(`${indexed} of ${count} documents were saved within the time measured`);
      }
      return {
        cpuMsPerSecond: serverCpuMs / seconds,
        // Roost's with the local R2, D1 and queue, which run in the same process.
        kilobytesPerDocument: growthBytes / count / 1_000,
        openKilobytesPerDocument: openBytes / count / 1_000,
        updates,
        ...(indexed === undefined ? {} : { indexed }),
      };
    }),
};
