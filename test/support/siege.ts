/**
 * An attack on one room while somebody types in another: what it does to them, and to the runtime's memory. Times mean something only
 * where nothing else uses the machine: they are taken with quiet right before and after each attack, in the long run again until it was
 * ours once. The short run attacks once, and holds times to what no machine makes of them (siege-verdicts.ts), unless it stood still.
 * @module
 */
import { setTimeout as delay } from "node:timers/promises";
import type { Attacker } from "./attacker.ts";
import type { Attack, Outcome } from "./attack-sockets.ts";
import type { AttackName } from "./attacks.ts";
import type { Latency, Neighbour } from "./neighbour.ts";
import { watchOthers } from "./others-cpu.ts";
import { residentBytes } from "./resident-bytes.ts";

export type Siege = {
  /** Of all attacks together. */
  readonly outcome: Outcome;
  readonly pairs: readonly Pair[];
  /** The one that tells: a calm one, or the one with the least effect while the machine was ours; of all where none does. */
  readonly best: Pair;
  /** False: other programs used the machine whenever it was tried, so that times say nothing. */
  readonly isMeasured: boolean;
  readonly grownBytes: number;
  readonly allowedBytes: number;
};

/** Windows right before, during and after one attack. */
export type Pair = {
  readonly before: Latency;
  readonly storm: Latency;
  readonly after: Latency;
  /** Which share of the machine other programs used, in the worst of the three. */
  readonly others: number;
  readonly ended: Outcome;
  readonly p99SlackMs: number;
};

export type Besieged = {
  readonly pid: number;
  readonly neighbour: Neighbour;
  readonly attacker: Attacker;
};

export type Plan = {
  readonly name: AttackName;
  /** The one of this turn, from 0 on. */
  readonly attack: (turn: number) => Attack;
  /** How long the neighbour types meanwhile. */
  readonly stormMs?: number;
  /** What the runtime may keep of all that was tried, and of each attack. */
  readonly allowedBytes?: number;
  readonly allowedBytesEach?: number;
  readonly maxPairs?: number;
  /** See {@link P99_SLACK_MS}, which it stands in place of. */
  readonly p99SlackMs?: number;
};

export const isLong = process.env["ROOST_LONG"] === "1";

/** How much longer a keystroke of others takes at most. */
const MAX_RATIO = 2;
/** A guard against standing still, on any machine and beside any other load. */
const GROSS_RATIO = 20;
const GROSS_NOISE_MS = 50;
/** A median of some ms differs by as much from one window to the next. */
const NOISE_MS = 2;
/**
 * Locally one thread carries every room, the router and what the attack costs: a frame of 8 MiB or a burst of upgrades stands in front
 * of a keystroke once. So the slowest one may wait this much longer than twice what it does in quiet.
 */
const P99_SLACK_MS = 100;
/** Of two processors a third of one. */
const MAX_OTHERS = 0.15;
/** A calm pair says something on any machine, but where a keystroke takes longer than this anyway. */
const MAX_QUIET_MS = 15;
/** Garbage of a siege that was not collected yet. */
export const MAX_GROWTH_BYTES = 192 * 1024 * 1024;
/** No keystroke waits longer, whatever is going on: a person would think that it is lost. */
export const MAX_LATE_MS = 5_000;
const MAX_PAIRS = 6;
/** Of the short run: half a second in which the machine stood still says nothing of the server. */
const MAX_SHORT_PAIRS = 3;
/** A machine that was used by others so often goes on being so. */
const MAX_BUSY_PAIRS = 3;
/** So many windows others are waited for, and what an attack left to do. */
const MAX_WAITED = 4;
/** An attack lasts as long. */
export const WINDOW_MS = 500;
const SETTLE_MS = 5_000;

/**
 * Attacks until the neighbour got along once, in the long run until one pair on a machine that is ours shows that they notice next to
 * nothing; or none did.
 */
export async function besiege({ pid, neighbour, attacker }: Besieged, plan: Plan): Promise<Siege> {
  const { name, attack, stormMs = WINDOW_MS, p99SlackMs = P99_SLACK_MS } = plan;
  const maxPairs = Math.min(plan.maxPairs ?? MAX_PAIRS, isLong ? MAX_PAIRS : MAX_SHORT_PAIRS);
  const isEnough = isLong ? isGood : isBearable;
  const grownFrom = await residentBytes(pid);
  const pairs: Pair[] = [];
  const busy = () => pairs.filter((pair) => !isOurs(pair)).length;
  while (pairs.length < maxPairs && (!isLong || busy() < MAX_BUSY_PAIRS) && !pairs.some(isEnough)) {
    const before = await waitFor(neighbour, (window) => !isLong || isOurs(window));
    const othersMeanwhile = watchOthers();
    const { started, outcome } = attacker.run(name, attack(pairs.length));
    await started;
    const storm = await neighbour.type(stormMs);
    const ended = await outcome;
    const meanwhile = othersMeanwhile();
    const after = await waitFor(neighbour, ({ latency }) => hasRecovered(before.latency, latency));
    const others = Math.max(before.others, meanwhile, after.others);
    pairs.push({ before: before.latency, storm, after: after.latency, others, ended, p99SlackMs });
  }
  const telling = pairs.filter((pair) => isOurs(pair) || isGood(pair));
  const [best] = (telling.length > 0 ? telling : pairs).toSorted((a, b) => ratioOf(a) - ratioOf(b));
  if (best === undefined) throw new Error("nothing was tried");
  const allowedBytes = (plan.allowedBytes ?? MAX_GROWTH_BYTES) + pairs.length * (plan.allowedBytesEach ?? 0);
  const grownBytes = await settledGrowth(pid, grownFrom, allowedBytes);
  return { outcome: sumOf(pairs), pairs, best, isMeasured: telling.length > 0, grownBytes, allowedBytes };
}

/** Whatever machine this is: keystrokes come, and many times later than in quiet only where rooms stand still. */
export function isBearable(pair: Pair): boolean {
  return pair.storm.p50 <= GROSS_RATIO * quietOf(pair).p50 + GROSS_NOISE_MS && pair.storm.p99 < MAX_LATE_MS;
}

/** Half of all keystrokes come less than twice as late as in quiet, the slowest a little more at most, and all is well afterwards. */
export function isCalm(pair: Pair): boolean {
  const { before, storm, after, p99SlackMs } = pair;
  const quiet = quietOf(pair);
  return (
    storm.p50 < MAX_RATIO * quiet.p50 + NOISE_MS &&
    storm.p99 < MAX_RATIO * quiet.p99 + p99SlackMs &&
    hasRecovered(before, after)
  );
}

/** What a keystroke takes without an attack. */
export function quietOf({ before, after }: Pick<Pair, "before" | "after">): Latency {
  return { p50: (before.p50 + after.p50) / 2, p99: Math.max(before.p99, after.p99) };
}

/** Nothing more has to be tried. */
function isGood(pair: Pair): boolean {
  return isCalm(pair) && (isOurs(pair) || quietOf(pair).p50 < MAX_QUIET_MS);
}

type Window = { readonly latency: Latency; readonly others: number };

function isOurs({ others }: Pick<Window, "others">): boolean {
  return others < MAX_OTHERS;
}

function hasRecovered(before: Latency, after: Latency): boolean {
  return after.p50 < MAX_RATIO * before.p50 + NOISE_MS;
}

/** The first window like that, or the last one. */
async function waitFor(neighbour: Neighbour, isLikeThat: (window: Window) => boolean): Promise<Window> {
  for (let left = MAX_WAITED - 1; ; left -= 1) {
    const others = watchOthers();
    const latency = await neighbour.type(WINDOW_MS);
    const window = { latency, others: others() };
    if (left === 0 || isLikeThat(window)) return window;
  }
}

function ratioOf(pair: Pair): number {
  return pair.storm.p50 / quietOf(pair).p50;
}

function sumOf(pairs: readonly Pair[]): Outcome {
  const sum: Record<string, number> = {};
  for (const { ended } of pairs) {
    for (const [what, count] of Object.entries(ended)) sum[what] = (sum[what] ?? 0) + count;
  }
  return sum;
}

/** Memory falls when the runtime gets round to it: what it holds once that is little enough, or at last. */
async function settledGrowth(pid: number, before: number, maxBytes: number): Promise<number> {
  const endMs = performance.now() + SETTLE_MS;
  for (;;) {
    const grown = (await residentBytes(pid)) - before;
    if (grown < maxBytes || performance.now() > endMs) return grown;
    await delay(250);
  }
}
