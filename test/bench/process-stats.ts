/**
 * What a process of this machine has used so far, from /proc. Linux only: elsewhere each of these throws.
 * @module
 */
import { readFileSync, writeFileSync } from "node:fs";

/** User time of Linux is counted in ticks of 10 ms on every architecture (`getconf CLK_TCK`). */
const TICK_MS = 10;
const KIB = 1_024;
/** Of /proc/<pid>/stat, counted behind the command's name, which may hold anything. */
const STAT_UTIME = 11;
const STAT_STIME = 12;
/** Man page proc_pid_clear_refs(5): sets the peak to what is resident now. */
const CLEAR_PEAK = "5";

/** CPU of all its threads, those that ended too; user and system, in steps of 10 ms. */
export function cpuMs(pid: number): number {
  const stat = read(pid, "stat");
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  const ticks = Number(fields[STAT_UTIME]) + Number(fields[STAT_STIME]);
  if (Number.isNaN(ticks)) throw new Error(`no CPU time in ${stat}`);
  return ticks * TICK_MS;
}

/** Memory that is in RAM now, shared pages of libraries and files included. */
export function residentBytes(pid: number): number {
  return field(pid, "status", "VmRSS") * KIB;
}

/** The most that was resident since it started or {@link resetPeak}. */
export function peakBytes(pid: number): number {
  return field(pid, "status", "VmHWM") * KIB;
}

/** Makes what is resident now the peak. Needs to own the process. */
export function resetPeak(pid: number): void {
  assertLinux();
  writeFileSync(`/proc/${pid}/clear_refs`, CLEAR_PEAK);
}

/**
 * Bytes it handed to `write` and its kin (`wchar`), whether or not the file system has put them anywhere yet. With workerd
 * that is what goes to files, it sends to sockets by other calls: a relay that stores nothing stays at 0, one with an insert
 * has SQLite's log and checkpoints. Under Roost's Worker the simulators of R2, D1 and the queue run in the same process, with
 * SQLite files of their own, and R2's objects as files: snapshots and summaries are in its figure, though in production they
 * are no writes of the room. A server of Node writes to its sockets too. For both it is an upper bound of what the documents'
 * storage takes. Not `write_bytes`: that counts the pages a file system makes dirty, twice as much for small rows on ext4,
 * nothing on tmpfs.
 */
export function writtenBytes(pid: number): number {
  return field(pid, "io", "wchar");
}

function field(pid: number, file: string, name: string): number {
  const text = read(pid, file);
  const value = new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(text)?.[1];
  if (value === undefined) throw new Error(`no ${name} in /proc/${pid}/${file}`);
  return Number(value);
}

function read(pid: number, file: string): string {
  assertLinux();
  return readFileSync(`/proc/${pid}/${file}`, "utf8");
}

function assertLinux(): void {
  if (process.platform !== "linux") throw new Error("the bench reads /proc: it runs on Linux only");
}
