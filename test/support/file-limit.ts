/**
 * How many files and sockets a process may have open.
 * @module
 */
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Lets this process, and those that it starts from here on, open so many, where the system allows it. */
export function raiseOpenFiles(count: number): void {
  if (openFileLimit() >= count) return;
  // Beyond the hard limit only for who may; Node has no call for either.
  spawnSync("prlimit", ["--pid", String(process.pid), `--nofile=${count}:${count}`]);
}

/** Throws a sentence where this process may open fewer; not where there is no /proc to tell. */
export function assertOpenFiles(count: number): void {
  const limit = openFileLimit();
  if (limit >= count) return;
  throw new Error(
    `this test opens ${count} files and sockets, and may open ${limit}: allow more with ulimit -n ${count}`,
  );
}

function openFileLimit(): number {
  try {
    return Number(/^Max open files\s+(\d+)/m.exec(readFileSync("/proc/self/limits", "utf8"))?.[1] ?? Infinity);
  } catch {
    return Infinity;
  }
}
