/**
 * A Worker with one object per document, under measurement.
 * @module
 */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { bundleWorker } from "../../../scripts/bundle-worker.ts";
import { findChild } from "../../support/child-processes.ts";
import type { RunningTarget, Target, TargetName, WireName } from "../target.ts";
import { startProcess, stopProcess, whenAnswering } from "./forked-server.ts";

export type WorkerTargetOptions = {
  readonly name: TargetName;
  readonly wire: WireName;
  /** Absolute path of the Worker's source. */
  readonly entry: string;
  /** Path of a document, its id already encoded; `/<id>` when absent. */
  readonly path?: (id: string) => string;
  /** Awaited before the source is bundled. */
  readonly prepare?: () => Promise<void>;
};

const PROCESS = join(import.meta.dirname, "worker-process.ts");
const POLL_MS = 5;

export function workerTarget(options: WorkerTargetOptions): Target {
  return { name: options.name, wire: options.wire, start: (stateDir) => startWorker(options, stateDir) };
}

async function startWorker(options: WorkerTargetOptions, stateDir: string): Promise<RunningTarget> {
  await options.prepare?.();
  const scratch = await mkdtemp(join(tmpdir(), "roost-bench-"));
  const removeScratch = () => rm(scratch, { recursive: true, force: true });
  const { child, url } = await bundleWorker(options.entry, scratch)
    .then((bundle) => startProcess(PROCESS, [bundle, stateDir]))
    .catch(async (error: unknown) => {
      await removeScratch();
      throw error;
    });
  const living = () => (child.pid === undefined ? undefined : findChild(child.pid, "workerd"));
  const pid = () => {
    const found = living();
    if (found === undefined) throw new Error(`the runtime of ${options.name} is down`);
    return found;
  };
  const path = options.path ?? ((id) => `/${id}`);
  return {
    socketUrl: (documentId) => url.replace("http", "ws") + path(encodeURIComponent(documentId)),
    pid,
    kill9: async () => {
      const killed = pid();
      process.kill(killed, "SIGKILL");
      while (living() === killed) await delay(POLL_MS);
      // Miniflare starts another one on the same port.
      await whenAnswering(url);
    },
    stop: async () => {
      await stopProcess(child);
      await removeScratch();
    },
  };
}
