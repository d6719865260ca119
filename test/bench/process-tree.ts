/**
 * Every process that one started, directly or not: a server that is left behind would slow the next one down.
 * @module
 */
import { readdirSync, readFileSync } from "node:fs";

type Listed = { readonly pid: number; readonly parent: number };

/** Living processes below `root`, parents before their children. Linux only, as the bench is: elsewhere it finds none. */
export function descendants(root: number): readonly number[] {
  const all = process.platform === "linux" ? listByProc() : [];
  const found: number[] = [];
  let level = [root];
  while (level.length > 0) {
    level = all.filter(({ pid, parent }) => level.includes(parent) && !found.includes(pid)).map(({ pid }) => pid);
    found.push(...level);
  }
  return found;
}

/** Kills what `list` names and goes on naming. All are stopped first, so that none starts another when its child dies. */
export function endProcesses(list: () => readonly number[]): void {
  const stopped = new Set<number>();
  for (let fresh = list(); fresh.length > 0; fresh = list().filter((pid) => !stopped.has(pid))) {
    for (const pid of fresh) {
      signal(pid, "SIGSTOP");
      stopped.add(pid);
    }
  }
  for (const pid of stopped) signal(pid, "SIGKILL");
}

function signal(pid: number, name: "SIGSTOP" | "SIGKILL"): void {
  try {
    process.kill(pid, name);
  } catch {
    // It ended by itself.
  }
}

function listByProc(): readonly Listed[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .flatMap((name) => {
      try {
        // `pid (name) state parent …`; the name may hold spaces and brackets.
        const [state, parent] = (readFileSync(`/proc/${name}/stat`, "utf8").split(") ").at(-1) ?? "").split(" ");
        return state === "Z" || state === "X" ? [] : [{ pid: Number(name), parent: Number(parent) }];
      } catch {
        return [];
      }
    });
}
