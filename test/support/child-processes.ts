/**
 * Which process belongs to whom: a runtime restarts itself under a new id after a kill.
 * @module
 */
import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";

/** Id of the living child of `parent` that runs `command`; undefined while there is none. */
export function findChild(parent: number, command: string): number | undefined {
  return childrenOf(parent).find((child) => child.command.endsWith(command))?.pid;
}

type Child = { readonly pid: number; readonly command: string };

function childrenOf(parent: number): readonly Child[] {
  if (process.platform !== "linux") return childrenByPs(parent);
  try {
    const ids = readFileSync(`/proc/${parent}/task/${parent}/children`, "utf8").trim().split(" ");
    return ids.flatMap((id) => {
      const status = readFileSync(`/proc/${id}/status`, "utf8");
      const command = /^Name:\s+(.*)$/m.exec(status)?.[1] ?? "";
      const isDead = /^State:\s+[ZX]/m.test(status);
      return isDead ? [] : [{ pid: Number(id), command }];
    });
  } catch {
    // The parent, or a child between the two reads, is gone.
    return [];
  }
}

function childrenByPs(parent: number): readonly Child[] {
  const lines = execFileSync("ps", ["-A", "-o", "pid=,ppid=,stat=,comm="], { encoding: "utf8" }).trim().split("\n");
  return lines.flatMap((line) => {
    const [pid, ppid, state, ...command] = line.trim().split(/\s+/);
    const isLiving = Number(ppid) === parent && state?.startsWith("Z") === false;
    return isLiving ? [{ pid: Number(pid), command: command.join(" ") }] : [];
  });
}
