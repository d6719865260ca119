/**
 * Rooms of people in each of their sizes, and on the way from one to another.
 * @module
 */
import type { Change, PeopleResult } from "../load/jobs/people.ts";
import { runJob } from "../load/run-job.ts";
import type { Figures, Goal, Scale, Scenario } from "../scenario.ts";
import type { Target, TargetName } from "../target.ts";
import { loadOn, withTarget } from "../with-target.ts";

const ROOM = { of: "Roost presence" } as const;
/** Whose members hear of every move one by one: at the rate of Roost's members they would only measure how they drown. */
const ONE_BY_ONE: readonly TargetName[] = ["PartyServer broadcast", "y-websocket"];
/** What one of them carries on a core of such a machine with room to spare. */
const CARRIED_PER_SECOND = 15_000;

/** A report period of a second, a flush of 200 ms at most, and the way to the last socket. */
const countsGoal: Goal = { ...ROOM, figure: "countsMs", atMost: 1_300, worst: true };

type Load = {
  readonly people: number;
  readonly movers?: number;
  readonly changes: readonly Change[];
};

async function measure(target: Target, stateDir: string, load: Load, measureMs: number): Promise<Figures> {
  return await withTarget(target, stateDir, async (running) => {
    const isRoom = target.name === "Roost presence";
    const result = await runJob("people", {
      ...loadOn(target, running, "bench"),
      ...load,
      perSecond: isRoom ? 0 : CARRIED_PER_SECOND / (load.people * (load.people - 1)),
      warmUpMs: 2_000,
      measureMs,
      changes: isRoom ? load.changes : [],
    });
    return figuresOf(result, measureMs / 1_000);
  });
}

function figuresOf(result: PeopleResult, seconds: number): Figures {
  const { p50Ms, p99Ms, inTimeShare, delivered, moves, frames, bytes, serverCpuMs, loadCpuShare, changes } = result;
  const counted = changes.map(({ countsMs }) => countsMs);
  const sized = changes.map(({ sizeMs }) => sizeMs);
  return {
    ...(Number.isFinite(p50Ms) && { p50Ms }),
    ...(Number.isFinite(p99Ms) && { p99Ms }),
    inTimeShare,
    movesPerSecond: moves / seconds,
    deliveredPerSecond: delivered / seconds,
    framesPerSecond: frames / seconds,
    kilobytesPerSecond: bytes / 1_000 / seconds,
    cpuMsPerSecond: serverCpuMs / seconds,
    cpuMsPerThousand: serverCpuMs / (delivered / 1_000),
    loadCpuShare,
    ...(counted.length > 0 && { countsMs: Math.max(...counted), sizeMs: Math.max(...sized) }),
  };
}

const seconds = (scale: Scale) => (scale === "full" ? 5_000 : 1_500);

const full250: Scenario = {
  id: "presence-full-250",
  title:
    "a room of people, all 250 move as often as it lets them (others: as often as they carry); then 20 leave. Per 1,000 moves heard",
  targets: [...ONE_BY_ONE, "Roost presence"],
  rounds: 1,
  columns: [
    "movesPerSecond",
    "deliveredPerSecond",
    "inTimeShare",
    "p50Ms",
    "p99Ms",
    "cpuMsPerSecond",
    "cpuMsPerThousand",
    "countsMs",
    "loadCpuShare",
  ],
  goals: [
    { ...ROOM, figure: "cpuMsPerThousand", against: "y-websocket", atMost: 0.1 },
    { ...ROOM, figure: "cpuMsPerThousand", against: "PartyServer broadcast", atMost: 0.1 },
    { ...ROOM, figure: "inTimeShare", atLeast: 0.999 },
    { ...ROOM, figure: "p99Ms", atMost: 150, note: "a flush every 50 ms" },
    countsGoal,
  ],
  measure: (target, scale, stateDir) => {
    const [people, leave] = scale === "full" ? [250, 20] : [40, 5];
    return measure(target, stateDir, { people, changes: [{ leave, size: "full" }] }, seconds(scale));
  },
};

const sampled1000: Scenario = {
  id: "presence-sampled-1000",
  title:
    "a room of 1,000 people, shown a sample of 30, everybody moves as often as it lets them (others: as often as they carry); then 50 leave. Per 1,000 moves heard",
  targets: [...ONE_BY_ONE, "Roost presence"],
  rounds: 1,
  columns: [
    "movesPerSecond",
    "deliveredPerSecond",
    "p50Ms",
    "p99Ms",
    "cpuMsPerSecond",
    "cpuMsPerThousand",
    "countsMs",
    "loadCpuShare",
  ],
  goals: [
    { ...ROOM, figure: "cpuMsPerThousand", against: "y-websocket", atMost: 0.5 },
    { ...ROOM, figure: "cpuMsPerThousand", against: "PartyServer broadcast", atMost: 0.5 },
    { ...ROOM, figure: "p99Ms", atMost: 600, note: "a flush every 200 ms" },
    countsGoal,
  ],
  measure: (target, scale, stateDir) => {
    const [people, leave] = scale === "full" ? [1_000, 50] : [280, 10];
    return measure(target, stateDir, { people, changes: [{ leave, size: "sampled" }] }, seconds(scale));
  },
};

const count3000: Scenario = {
  id: "presence-count-3000",
  title:
    "a room of 3,000 people, told counts only, 100 of them clap once a second; then 100 leave. Per 1,000 counts and tallies heard",
  targets: ["Roost presence"],
  rounds: 1,
  columns: ["deliveredPerSecond", "cpuMsPerSecond", "cpuMsPerThousand", "countsMs", "loadCpuShare"],
  goals: [{ ...ROOM, figure: "cpuMsPerSecond", atMost: 500 }, countsGoal],
  measure: (target, scale, stateDir) => {
    const [people, leave, movers] = scale === "full" ? [3_000, 100, 100] : [1_020, 10, 20];
    return measure(target, stateDir, { people, movers, changes: [{ leave, size: "count" }] }, seconds(scale));
  },
};

const resize: Scenario = {
  id: "presence-resize",
  title:
    "a room of 240 people who all move becomes one of 290, which is sampled, of 1,050, which is told counts, of 800 and of 190 again: until everybody has the right counts",
  targets: ["Roost presence"],
  rounds: 1,
  columns: ["countsMs", "sizeMs", "cpuMsPerSecond", "loadCpuShare"],
  goals: [countsGoal, { ...ROOM, figure: "sizeMs", atMost: 1_300, worst: true }],
  measure: (target, scale, stateDir) =>
    measure(
      target,
      stateDir,
      {
        people: 240,
        changes: [
          { join: 50, size: "sampled" },
          { join: 760, size: "count" },
          { leave: 250, size: "sampled" },
          { leave: 610, size: "full" },
        ],
      },
      seconds(scale),
    ),
};

export const PRESENCE_ROOM_SCENARIOS: readonly Scenario[] = [full250, sampled1000, count3000, resize];
