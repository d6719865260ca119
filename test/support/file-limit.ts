/**
 * How many files and sockets a process may have open.
 * @module
 */
import { readFile } from "node:fs/promises";

/** Where there is no /proc: what most systems allow at least. */
const FALLBACK = 1_024;

/** Of this process, and of those it starts. */
export async function openFileLimit(): Promise<number> {
  const limits = await readFile("/proc/self/limits", "utf8").catch(() => "");
  return Number(/^Max open files\s+(\d+)/m.exec(limits)?.[1] ?? FALLBACK);
}
