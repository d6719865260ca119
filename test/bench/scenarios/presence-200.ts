/**
 * Two hundred cursors that all move.
 * @module
 */
import { runJob } from "../load/run-job.ts";
import type { Scenario } from "../scenario.ts";
import { loadOn, withTarget } from "../with-target.ts";

export const presence200: Scenario = {
  id: "presence-200",
  title: "presence, 200 clients moving at 10 Hz",
  targets: ["raw relay", "raw batching", "y-partyserver", "y-websocket", "Hocuspocus", "Roost"],
  rounds: 3,
  columns: ["inTimeShare", "p50Ms", "p99Ms", "cpuMsPerSecond"],
  goals: [
    { figure: "inTimeShare", atLeast: 1 },
    { figure: "p99Ms", atMost: 40 },
    { figure: "cpuMsPerSecond", against: "raw batching", atMost: 1.5 },
  ],
  measure: (target, scale, stateDir) =>
    withTarget(target, stateDir, async (running) => {
      const measureMs = scale === "full" ? 4_000 : 1_000;
      const { inTimeShare, p50Ms, p99Ms, framesPerSecond, serverCpuMs } = await runJob("presence", {
        ...loadOn(target, running, "bench"),
        clients: scale === "full" ? 200 : 30,
        perSecond: 10,
        warmUpMs: 1_500,
        measureMs,
      });
      return { inTimeShare, p50Ms, p99Ms, framesPerSecond, cpuMsPerSecond: (serverCpuMs * 1_000) / measureMs };
    }),
};
