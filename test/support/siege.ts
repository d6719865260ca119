/**
 * An attack on one room while somebody types in another: what it does to them, and to the runtime's memory.
 * @module
 */
import { availableParallelism, loadavg } from "node:os";
import { setTimeout as delay } from "node:timers/promises";
import type { Attacker } from "./attacker.ts";
import type { Attack, Outcome } from "./attack-sockets.ts";
import type { AttackName } from "./attacks.ts";
import type { Latency, Neighbour } from "./neighbour.ts";
import { residentBytes } from "./resident-bytes.ts";

export type Siege = {
  /** Of all rounds together. */
  readonly outcome: Outcome;
  /** Medians over the rounds, in ms. */
  readonly quiet: Latency;
  readonly storm: Latency;
  /** Medians over the rounds of the ratio within each. */
  readonly ratio: Latency;
  /** The neighbour noticed next to nothing. */
  readonly isCalm: boolean;
  readonly grownBytes: number;
};

type Round = { readonly quiet: Latency; readonly storm: Latency };

export type Besieged = {
  readonly pid: number;
  readonly neighbour: Neighbour;
  readonly attacker: Attacker;
};

/** How much longer a keystroke of others takes at most. */
const MAX_RATIO = 2;
/**
 * Locally one thread carries every room, the router and what the attack costs: a frame of 8 MiB or a burst of upgrades stands in front
 * of a keystroke once. So the slowest one may wait this much longer than twice what it does in quiet.
 */
const P99_SLACK_MS = 100;
/** Garbage of a siege that was not collected yet. */
export const MAX_GROWTH_BYTES = 192 * 1024 * 1024;
/** A median of some ms differs by as much from one window to the next. */
const NOISE_MS = 2;
/** No keystroke waits longer, whatever is going on: a person would think that it is lost. */
export const MAX_LATE_MS = 5_000;
/** Of the runtime, of whoever attacks it, and of this process. */
const ATTACK_LOAD = 2;
const MIN_ROUNDS = 3;
/** A machine does other things meanwhile: what one round shows is repeated before it is believed. */
const MAX_ROUNDS = 9;
/** An attack lasts as long. */
export const WINDOW_MS = 500;
const SETTLE_MS = 5_000;

/** Rounds of a quiet window and one under attack: three, and more while they say that the neighbour suffers. */
export async function besiege(
  { pid, neighbour, attacker }: Besieged,
  name: AttackName,
  attack: Attack,
): Promise<Siege> {
  const before = await residentBytes(pid);
  const rounds: Round[] = [];
  const outcome: Record<string, number> = {};
  while (rounds.length < MIN_ROUNDS || (rounds.length < MAX_ROUNDS && !isCalm(rounds))) {
    const quiet = await neighbour.type(WINDOW_MS);
    const { started, outcome: ended } = attacker.run(name, attack);
    await started;
    const storm = await neighbour.type(WINDOW_MS);
    for (const [what, count] of Object.entries(await ended)) outcome[what] = (outcome[what] ?? 0) + count;
    rounds.push({ quiet, storm });
  }
  return {
    outcome,
    quiet: mediansOf(rounds.map(({ quiet }) => quiet)),
    storm: mediansOf(rounds.map(({ storm }) => storm)),
    ratio: mediansOf(rounds.map(ratioOf)),
    isCalm: isCalm(rounds),
    grownBytes: await settledGrowth(pid, before, MAX_GROWTH_BYTES),
  };
}

/** Half of all keystrokes, in the median round, come less than twice as late as in quiet, and the slowest a little more at most. */
function isCalm(rounds: readonly Round[]): boolean {
  const overdueMs = median(rounds.map(({ quiet, storm }) => storm.p99 - MAX_RATIO * quiet.p99));
  return mediansOf(rounds.map(ratioOf)).p50 < MAX_RATIO && overdueMs < P99_SLACK_MS;
}

function ratioOf({ quiet, storm }: Round): Latency {
  return { p50: storm.p50 / quiet.p50, p99: storm.p99 / quiet.p99 };
}

export type LongRound = { readonly quiet: Latency; readonly storm: Latency; readonly ended: Outcome };

/**
 * A round of a siege that takes long: the first one that is calm, or the last of two. `maxMs` is what half of all keystrokes stay below: twice what they
 * take in quiet where the machine is ours, and what a person would take for lost where other programs run on it meanwhile.
 */
export async function calmest(
  round: (id: string) => Promise<LongRound>,
): Promise<LongRound & { readonly maxMs: number }> {
  for (let left = 1; ; left -= 1) {
    const one = await round(`attacked ${left}`);
    const isOurs = (loadavg()[0] ?? 0) < availableParallelism() + ATTACK_LOAD;
    const maxMs = isOurs ? MAX_RATIO * one.quiet.p50 + NOISE_MS : MAX_LATE_MS;
    if (left === 0 || one.storm.p50 < maxMs) return { ...one, maxMs };
  }
}

/** Memory falls when the runtime gets round to it: what it holds once that is little enough, or at last. */
export async function settledGrowth(pid: number, before: number, maxBytes: number): Promise<number> {
  const endMs = performance.now() + SETTLE_MS;
  for (;;) {
    const grown = (await residentBytes(pid)) - before;
    if (grown < maxBytes || performance.now() > endMs) return grown;
    await delay(250);
  }
}

function mediansOf(latencies: readonly Latency[]): Latency {
  return { p50: median(latencies.map(({ p50 }) => p50)), p99: median(latencies.map(({ p99 }) => p99)) };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
