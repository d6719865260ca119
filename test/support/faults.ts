/**
 * Faults of a server that was started with `faulty-worker.ts` as its entry.
 * @module
 */
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";

export type Fault = {
  readonly binding: "SNAPSHOTS" | "EVENTS" | "DB";
  /** Method of the binding: `put`, `list`, `send`, `prepare`, `batch`. */
  readonly method: string;
  /** Part of the first argument, a key or a statement; any when absent. */
  readonly match?: string;
  /** `hang-*` never resolves: the place to kill at. */
  readonly action: "fail" | "hang-before" | "hang-after" | "twice";
};

export type Probe = {
  /** Constructions of each room since the runtime started. */
  readonly wakes: Readonly<Record<string, number>>;
  /** `Y.Doc`s built since the runtime started. */
  readonly docsBuilt: number;
};

export const FAULTY_WORKER = join(import.meta.dirname, "faulty-worker.ts");

const POLL_MS = 20;
const REQUEST_MS = 20_000;

/** Replaces all faults of the server. */
export async function setFaults(url: string, faults: readonly Fault[]): Promise<void> {
  const body = JSON.stringify(faults);
  const response = await fetch(`${url}/faults`, { method: "POST", body, signal: AbortSignal.timeout(REQUEST_MS) });
  await response.body?.cancel();
}

/** Resolves with what was reached, once something was. Throws after `withinMs`. */
export async function whenReached(url: string, withinMs: number): Promise<readonly string[]> {
  const deadline = performance.now() + withinMs;
  while (performance.now() < deadline) {
    const response = await fetch(`${url}/faults`, { signal: AbortSignal.timeout(REQUEST_MS) });
    const { reached } = (await response.json()) as { reached: string[] };
    if (reached.length > 0) return reached;
    await delay(POLL_MS);
  }
  throw new Error(`no fault was reached in ${withinMs} ms`);
}

/** What the runtime has constructed so far. */
export async function readProbe(url: string): Promise<Probe> {
  const response = await fetch(`${url}/probe`, { signal: AbortSignal.timeout(REQUEST_MS) });
  return (await response.json()) as Probe;
}
