/**
 * Two hundred cursors that all move.
 * @module
 */
import { runJob } from "../load/run-job.ts";
import type { Figures, Scenario } from "../scenario.ts";
import { loadOn, withTarget } from "../with-target.ts";

export const presence200: Scenario = {
  id: "presence-200",
  title: "presence, 200 clients moving at 10 Hz, in time is within 1 s",
  targets: ["raw relay", "raw batching", "y-partyserver", "y-websocket", "Hocuspocus", "Roost"],
  rounds: 2,
  columns: ["inTimeShare", "p50Ms", "p99Ms", "cpuMsPerSecond", "loadCpuShare"],
  goals: [
    { figure: "inTimeShare", atLeast: 1, worst: true },
    {
      figure: "p99Ms",
      atMost: 40,
      note: "not explained to the end: profiles of two seconds show one collection of 28 to 34 ms each, and fewer flushes change nothing. The closest bound is raw batching",
    },
    { figure: "cpuMsPerSecond", against: "raw batching", atMost: 1.5 },
  ],
  measure: (target, scale, stateDir) =>
    withTarget(target, stateDir, async (running) => {
      const measureMs = scale === "full" ? 3_000 : 1_000;
      const { inTimeShare, p50Ms, p99Ms, framesPerSecond, serverCpuMs, loadCpuShare } = await runJob("presence", {
        ...loadOn(target, running, "bench"),
        clients: scale === "full" ? 200 : 30,
        perSecond: 10,
        warmUpMs: 1_000,
        measureMs,
      });
      return {
        inTimeShare,
        // Without one where too many never came: a percentile of the few that did would flatter.
        ...finite({ p50Ms, p99Ms }),
        framesPerSecond,
        cpuMsPerSecond: (serverCpuMs * 1_000) / measureMs,
        loadCpuShare,
      };
    }),
};

function finite(figures: Figures): Figures {
  return Object.fromEntries(Object.entries(figures).filter(([, value]) => Number.isFinite(value)));
}
