/**
 * Inputs of players, relayed to all others: what peer-to-peer games and lockstep ask of a server.
 * @module
 */
import { runJob } from "../load/run-job.ts";
import type { Goal, Scenario } from "../scenario.ts";
import { loadOn, withTarget } from "../with-target.ts";

const PER_SECOND = 20;
const INPUT_BYTES = 64;
const GAMES = { of: "Roost games" } as const;

const GATHERING =
  "inputs are gathered for 6 ms with 20 players and 8 with 40, so that a room keeps within the 5,000 frames a second that it may send where it is deployed; " +
  "the relay sends 7,600 and 31,200. On a machine with time for that nobody gathers and is as fast: compare raw batching";
const WAKING =
  "of 400 inputs a second each wakes the runtime up, which costs more than the frames that are saved: compare raw batching, which neither parses nor checks anything";

const goals: readonly Goal[] = [
  { ...GAMES, figure: "p99Ms", against: "raw relay", atMost: 1, note: GATHERING },
  { ...GAMES, figure: "cpuMsPerThousand", against: "PartyServer broadcast", atMost: 0.6, note: WAKING },
];

function gameRelay(clients: number): Scenario {
  return {
    id: `game-relay-${clients}`,
    title: `${clients} players, each sends ${INPUT_BYTES} bytes ${PER_SECOND} times a second, which all others hear. Per 1,000 inputs heard`,
    targets: ["raw relay", "raw batching", "PartyServer broadcast", "Colyseus", "Roost games"],
    rounds: 2,
    columns: [
      "p50Ms",
      "p99Ms",
      "cpuMsPerThousand",
      "deliveredPerSecond",
      "framesPerSecond",
      "kilobytesPerSecond",
      "loadCpuShare",
    ],
    goals,
    measure: (target, scale, stateDir) =>
      withTarget(target, stateDir, async (running) => {
        const measureMs = scale === "full" ? 5_000 : 1_500;
        const result = await runJob("input-relay", {
          ...loadOn(target, running, "bench"),
          clients,
          perSecond: PER_SECOND,
          bytes: INPUT_BYTES,
          warmUpMs: scale === "full" ? 2_000 : 500,
          measureMs,
        });
        const { p50Ms, p99Ms, delivered, frames, bytes, serverCpuMs, loadCpuShare } = result;
        const seconds = measureMs / 1_000;
        return {
          p50Ms,
          p99Ms,
          cpuMsPerThousand: serverCpuMs / (delivered / 1_000),
          deliveredPerSecond: delivered / seconds,
          framesPerSecond: frames / seconds,
          kilobytesPerSecond: bytes / 1_000 / seconds,
          loadCpuShare,
        };
      }),
  };
}

export const GAME_RELAY_SCENARIOS: readonly Scenario[] = [gameRelay(20), gameRelay(40)];
