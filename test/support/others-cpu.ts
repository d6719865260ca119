/**
 * How much of this machine other programs use, while a test measures something.
 * @module
 */
import { readFileSync } from "node:fs";
import { cpuMs } from "../bench/process-stats.ts";
import { descendants } from "../bench/process-tree.ts";

/** The columns of /proc/stat that count: user, nice, system, idle, iowait, irq, softirq, steal; of guests it is in the first two. */
const COLUMNS = 8;
const IDLE = [3, 4];
const TICK_MS = 10;

type Used = { readonly totalMs: number; readonly busyMs: number; readonly ownMs: number };

/**
 * Starts to look. What it returns says which share of all processors neither this process nor those it started have used since then, from
 * 0 to 1; always 0 where there is no /proc.
 */
export function watchOthers(): () => number {
  const before = usedSoFar();
  return () => {
    const now = usedSoFar();
    const totalMs = now.totalMs - before.totalMs;
    const othersMs = now.busyMs - before.busyMs - (now.ownMs - before.ownMs);
    return totalMs <= 0 ? 0 : Math.min(1, Math.max(0, othersMs / totalMs));
  };
}

function usedSoFar(): Used {
  try {
    const [line = ""] = readFileSync("/proc/stat", "utf8").split("\n");
    const columns = line
      .split(/ +/)
      .slice(1, 1 + COLUMNS)
      .map((ticks) => Number(ticks) * TICK_MS);
    const totalMs = columns.reduce((sum, ms) => sum + ms, 0);
    const idleMs = columns.reduce((sum, ms, index) => (IDLE.includes(index) ? sum + ms : sum), 0);
    const ownMs = [process.pid, ...descendants(process.pid)].reduce((sum, pid) => sum + cpuOf(pid), 0);
    return { totalMs, busyMs: totalMs - idleMs, ownMs };
  } catch {
    return { totalMs: 0, busyMs: 0, ownMs: 0 };
  }
}

/** Of one that has just ended nothing is known any more. */
function cpuOf(pid: number): number {
  try {
    return cpuMs(pid);
  } catch {
    return 0;
  }
}
