/**
 * Game rooms by themselves: a crowd in real time, and a great many that wait for a move.
 * @module
 */
import { runJob } from "../load/run-job.ts";
import type { Scenario } from "../scenario.ts";
import { loadOn, withTarget } from "../with-target.ts";

const GAMES = { of: "Roost games" } as const;
const PLAYERS = 100;
const ROOMS = 1_000;
/** What an object sends where it is deployed. */
const FRAMES_PER_SECOND = 5_000;

const LATE_TICKS =
  "one tick in a hundred is late, by its own stamp too, and not those near a write: single stops of a thread that shares two cores with a hundred clients";

const arena100: Scenario = {
  id: "game-arena-100",
  title: `the arena at 20 Hz with ${PLAYERS} players who push all the time: how evenly its states come`,
  targets: ["Roost games"],
  rounds: 2,
  columns: [
    "jitterP50Ms",
    "jitterP99Ms",
    "serverJitterP99Ms",
    "ticksPerSecond",
    "skippedTicks",
    "inputP50Ms",
    "inputP99Ms",
    "framesPerSecond",
    "kilobytesPerSecond",
    "cpuMsPerSecond",
    "loadCpuShare",
  ],
  goals: [
    { ...GAMES, figure: "jitterP99Ms", atMost: 10, note: LATE_TICKS },
    { ...GAMES, figure: "skippedTicks", atMost: 0, worst: true },
    { ...GAMES, figure: "framesPerSecond", atMost: FRAMES_PER_SECOND, worst: true },
  ],
  measure: (target, scale, stateDir) =>
    withTarget(target, stateDir, async (running) => {
      const measureMs = scale === "full" ? 10_000 : 2_000;
      const seconds = measureMs / 1_000;
      const result = await runJob("game-load", {
        ...{ url: running.socketUrl(""), game: "arena", serverPid: running.pid(), measureMs },
        clients: scale === "full" ? PLAYERS : 20,
        warmUpMs: scale === "full" ? 3_000 : 1_000,
      });
      const { jitter, serverJitter, acks, ticks, frames, bytesIn, serverCpuMs = 0, loadCpuShare, closed } = result;
      if (closed > 0) throw new Error(`${closed} sockets were closed`);
      if (jitter === undefined || serverJitter === undefined || acks === undefined || ticks === undefined)
        throw new Error("nobody was told anything");
      return {
        jitterP50Ms: jitter.p50Ms,
        jitterP99Ms: jitter.p99Ms,
        serverJitterP99Ms: serverJitter.p99Ms,
        ticksPerSecond: ticks.ticked / seconds,
        skippedTicks: ticks.skipped,
        inputP50Ms: acks.p50Ms,
        inputP99Ms: acks.p99Ms,
        framesPerSecond: frames / seconds,
        kilobytesPerSecond: bytesIn / 1_000 / seconds,
        cpuMsPerSecond: serverCpuMs / seconds,
        loadCpuShare,
      };
    }),
};

const idle1000: Scenario = {
  id: "game-idle-1000",
  title: `${ROOMS} turn-based games with both players connected, none of whom moves`,
  targets: ["Roost games"],
  rounds: 1,
  columns: ["awake", "sockets", "cpuMsPerSecond", "residentMegabytes", "slowestWakeMs"],
  goals: [{ ...GAMES, figure: "awake", atMost: 0, worst: true }],
  measure: (target, scale, stateDir) =>
    withTarget(target, stateDir, async (running) => {
      const measureMs = scale === "full" ? 10_000 : 2_000;
      const { address, serverPid } = loadOn(target, running, "");
      const { awake, sockets, serverCpuMs, residentBytes, slowestWakeMs } = await runJob("game-idle", {
        ...{ url: address.url, serverPid, measureMs, game: "board", playersEach: 2 },
        rooms: scale === "full" ? ROOMS : 50,
      });
      return {
        ...{ awake, sockets, slowestWakeMs },
        cpuMsPerSecond: serverCpuMs / (measureMs / 1_000),
        residentMegabytes: residentBytes / 1e6,
      };
    }),
};

export const GAME_SCENARIOS: readonly Scenario[] = [arena100, idle1000];
