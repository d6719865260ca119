/**
 * Measures one scenario: rounds in which every server has its turn, so that what the machine does meanwhile hits all alike.
 * @module
 */
import { mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import type { Measurement } from "./measurements.ts";
import { descendants, endProcesses } from "./process-tree.ts";
import type { Figures, Scale, Scenario } from "./scenario.ts";
import type { Target } from "./target.ts";

export type RunOptions = {
  readonly scale: Scale;
  readonly rounds: number;
  /** Each measurement has a folder of its own in it, removed afterwards. */
  readonly stateRoot: string;
  /** After each measurement, with the time it took. */
  readonly onMeasured: (measurement: Measurement, tookMs: number) => void;
  /** After that its processes are killed and it counts as failed; {@link MAX_MEASUREMENT_MS} when absent. */
  readonly timeoutMs?: number;
};

/** The longest scenario, a paper typed in real time and compacted, takes less than a fifth of it. */
const MAX_MEASUREMENT_MS = 15 * 60_000;

/** One measurement of each target and round. Never rejects: what fails is in the list with its error. */
export async function runScenario(
  scenario: Scenario,
  targets: readonly Target[],
  options: RunOptions,
): Promise<readonly Measurement[]> {
  const measurements: Measurement[] = [];
  for (let round = 1; round <= options.rounds; round += 1) {
    for (const target of inOrderOf(round, targets)) {
      const startedMs = performance.now();
      const outcome = await measureOnce(scenario, target, options);
      const measurement = { round, target: target.name, ...outcome };
      measurements.push(measurement);
      options.onMeasured(measurement, performance.now() - startedMs);
    }
  }
  return measurements;
}

/**
 * The list from both ends towards its middle, turned further by each round: in as many rounds as there are servers, with an odd
 * number of them in twice as many, each comes after each other one equally often, and stands in each place equally often.
 */
export function inOrderOf<T>(round: number, list: readonly T[]): readonly T[] {
  const { length } = list;
  const isOdd = length % 2 === 1;
  const turn = (round - 1) * (isOdd ? 2 : 1);
  const order = list.flatMap((_, index) => {
    const place = index % 2 === 1 ? (index + 1) / 2 : length - index / 2;
    const from = (place + turn) % length;
    return list.slice(from, from + 1);
  });
  return isOdd && round % 2 === 0 ? order.toReversed() : order;
}

type Outcome = { readonly figures: Figures } | { readonly error: string };

async function measureOnce(scenario: Scenario, target: Target, options: RunOptions): Promise<Outcome> {
  const stateDir = await mkdtemp(join(options.stateRoot, "state-"));
  try {
    const figures = await inTime(
      () => scenario.measure(target, options.scale, stateDir),
      options.timeoutMs ?? MAX_MEASUREMENT_MS,
    );
    const broken = Object.entries(figures).find(([, value]) => !Number.isFinite(value));
    return broken === undefined ? { figures } : { error: `${broken[0]} is ${broken[1]}` };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  } finally {
    await rm(stateDir, { recursive: true, force: true, maxRetries: 5 });
  }
}

/** Rejects after `timeoutMs`, when the processes that were started meanwhile are dead. */
async function inTime<T>(work: () => Promise<T>, timeoutMs: number): Promise<T> {
  const before = new Set(descendants(process.pid));
  const { promise, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    endProcesses(() => descendants(process.pid).filter((pid) => !before.has(pid)));
    reject(new Error(`it took more than ${timeoutMs} ms`));
  }, timeoutMs);
  try {
    return await Promise.race([work(), promise]);
  } finally {
    clearTimeout(timer);
  }
}
