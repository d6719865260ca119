/**
 * Memory of a process, as the system counts it.
 * @module
 */
import { readFile } from "node:fs/promises";

/** Bytes of RAM that a process holds; 0 where there is no /proc. */
export async function residentBytes(pid: number): Promise<number> {
  const status = await readFile(`/proc/${pid}/status`, "utf8").catch(() => "");
  return Number(/VmRSS:\s+(\d+)/.exec(status)?.[1] ?? 0) * 1024;
}
