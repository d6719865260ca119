/**
 * An ordinary busy document, far from saturation: how late the last of fifty has a keystroke.
 * @module
 */
import { runJob } from "../load/run-job.ts";
import type { Scenario } from "../scenario.ts";
import { loadOn, withTarget } from "../with-target.ts";

export const pace50: Scenario = {
  id: "pace-50",
  title: "latency to the last receiver, 50 clients, 50 updates/s at random moments",
  targets: ["raw relay", "y-partyserver", "y-websocket", "Hocuspocus", "Roost"],
  rounds: 2,
  columns: ["p50Ms", "p99Ms", "cpuMsPerUpdate"],
  goals: [
    {
      figure: "p50Ms",
      against: "raw relay",
      atMost: 1.3,
      note: "the row is on disk before anybody sees the keystroke: one fsync and its bookkeeping more than a relay",
    },
    { figure: "p99Ms", atMost: 15, note: "compare the relay's own p99 in the same run" },
  ],
  measure: (target, scale, stateDir) =>
    withTarget(target, stateDir, async (running) => {
      const { p50Ms, p99Ms, updates, serverCpuMs } = await runJob("pace", {
        ...loadOn(target, running, "bench"),
        clients: 50,
        typists: 5,
        updatesPerSecond: 50,
        updates: scale === "full" ? 400 : 100,
      });
      return { p50Ms, p99Ms, cpuMsPerUpdate: serverCpuMs / updates };
    }),
};
