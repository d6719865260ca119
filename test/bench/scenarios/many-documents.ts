/**
 * What a host of small teams costs: many documents, two people in each, a keystroke a second.
 * @module
 */
import { runJob } from "../load/run-job.ts";
import type { Scenario } from "../scenario.ts";
import { loadOn, withTarget } from "../with-target.ts";

export const manyDocuments: Scenario = {
  id: "many-documents",
  title: "500 documents with 2 clients and 1 update/s each",
  targets: ["raw relay", "relay with insert", "y-partyserver", "Roost"],
  rounds: 3,
  columns: ["cpuMsPerSecond", "kilobytesPerDocument", "updates"],
  goals: [
    { figure: "cpuMsPerSecond", against: "relay with insert", atMost: 1.15 },
    { figure: "kilobytesPerDocument", against: "raw relay", atMost: 1.15 },
  ],
  measure: (target, scale, stateDir) =>
    withTarget(target, stateDir, async (running) => {
      const count = scale === "full" ? 500 : 50;
      const ids = Array.from({ length: count }, (_, index) => `team-${index}`);
      const { updates, serverCpuMs, seconds, growthBytes } = await runJob("documents", {
        addresses: ids.map((id) => loadOn(target, running, id).address),
        warmUp: loadOn(target, running, "warm-up").address,
        seconds: scale === "full" ? 20 : 5,
        serverPid: running.pid(),
      });
      return {
        cpuMsPerSecond: serverCpuMs / seconds,
        kilobytesPerDocument: growthBytes / count / 1_000,
        updates,
      };
    }),
};
