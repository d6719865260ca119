/**
 * Runs one job of the load generator in a process of its own: its CPU is not the server's, its heap starts clean.
 * @module
 */
import { fork } from "node:child_process";
import { join } from "node:path";
import type { JobName, JobParams, JobResult } from "./jobs.ts";

/** From here to the load process, once. */
export type ToLoad = { readonly job: JobName; readonly params: unknown };
/** From the load process: `begun` where the job says so, then one of the others. */
export type FromLoad = { readonly begun: true } | { readonly done: unknown } | { readonly failed: string };

const MAX_JOB_MS = 300_000;

/** Rejects with the job's own error, when its process dies, or after five minutes. `onBegun`: when a job that tells is at work. */
export async function runJob<N extends JobName>(
  job: N,
  params: JobParams<N>,
  onBegun?: () => void,
): Promise<JobResult<N>> {
  const child = fork(join(import.meta.dirname, "load-process.ts"), {
    execArgv: ["--expose-gc"],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    serialization: "advanced",
  });
  const { promise, resolve, reject } = Promise.withResolvers<JobResult<N>>();
  const timer = setTimeout(() => reject(new Error(`${job} took more than ${MAX_JOB_MS} ms`)), MAX_JOB_MS);
  child.on("message", (message: FromLoad) => {
    if ("begun" in message) onBegun?.();
    // SAFETY: the process answers with the result of the job it was given.
    else if ("done" in message) resolve(message.done as JobResult<N>);
    else reject(new Error(`${job}: ${message.failed}`));
  });
  child.once("exit", (code) => reject(new Error(`the load process of ${job} ended with ${code}`)));
  child.send({ job, params } satisfies ToLoad);
  try {
    return await promise;
  } finally {
    clearTimeout(timer);
    child.kill("SIGKILL");
  }
}
