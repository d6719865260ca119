/**
 * Five people type as fast as the server takes it, everybody else reads.
 * @module
 */
import { runJob } from "../load/run-job.ts";
import { peakBytes } from "../process-stats.ts";
import type { Goal, Scenario } from "../scenario.ts";
import { loadOn, withTarget } from "../with-target.ts";

const TYPISTS = 5;
/** Keystrokes one typist has under way. */
const WINDOW = 20;
const WIDE_WINDOW = 100;

const COMMITS =
  "every flush waits for an fsync on the runtime's event loop; the bound is batching with insert, which parses nothing (its row)";
const FRAMES_IN =
  "the bound on this runtime is batching with insert, an object that parses and checks nothing; raw batching stores nothing either. Both flush as Roost does, with 200 sockets every 12.5 ms (their rows)";

/** `atLeast`: deliveries a second, as a ratio to the raw relay. */
type Shape = { readonly clients: number; readonly window: number; readonly atLeast: number };

function fanOut(id: string, { clients, window, atLeast }: Shape): Scenario {
  const goals: readonly Goal[] = [
    { figure: "deliveredPerSecond", against: "raw relay", atLeast, note: COMMITS },
    { figure: "deliveredPerSecond", against: "Hocuspocus", atLeast: 1.2, note: FRAMES_IN },
  ];
  return {
    id,
    title: `fan-out, ${clients} clients, ${TYPISTS} of them typing, ${window} keystrokes under way each`,
    targets: [
      "raw relay",
      "raw batching",
      "batching with insert",
      "y-partyserver",
      "y-websocket",
      "Hocuspocus",
      "Roost",
    ],
    rounds: 2,
    columns: ["deliveredPerSecond", "p50Ms", "p99Ms", "cpuMsPerThousand", "peakMegabytes", "loadCpuShare"],
    goals,
    measure: (target, scale, stateDir) =>
      withTarget(target, stateDir, async (running) => {
        const result = await runJob("fan-out", {
          ...loadOn(target, running, "bench"),
          clients,
          typists: TYPISTS,
          window,
          warmUpMs: scale === "full" ? 1_000 : 300,
          measureMs: 2_000,
        });
        const { deliveredPerSecond, framesPerSecond, p50Ms, p99Ms, serverCpuMs, delivered, loadCpuShare } = result;
        return {
          deliveredPerSecond,
          framesPerSecond,
          p50Ms,
          p99Ms,
          cpuMsPerThousand: (serverCpuMs * 1_000) / delivered,
          peakMegabytes: peakBytes(running.pid()) / 1e6,
          loadCpuShare,
        };
      }),
  };
}

export const FAN_OUT_SCENARIOS: readonly Scenario[] = [
  fanOut("fan-out-10", { clients: 10, window: WINDOW, atLeast: 4 }),
  fanOut("fan-out-50", { clients: 50, window: WINDOW, atLeast: 15 }),
  fanOut("fan-out-200", { clients: 200, window: WINDOW, atLeast: 35 }),
  fanOut("fan-out-50-wide", { clients: 50, window: WIDE_WINDOW, atLeast: 15 }),
];
