/**
 * Runs one job of the load generator in a process of its own: its CPU is not the server's, its heap starts clean.
 * @module
 */
import { fork } from "node:child_process";
import { join } from "node:path";
import type { JobName, JobParams, JobResult } from "./jobs.ts";

/** From here to the load process, once. */
export type ToLoad = { readonly job: JobName; readonly params: unknown };
/** From the load process, once. */
export type FromLoad = { readonly done: unknown } | { readonly failed: string };

const MAX_JOB_MS = 300_000;

/** Rejects with the job's own error, when its process dies, or after `timeoutMs`. */
export async function runJob<N extends JobName>(
  job: N,
  params: JobParams<N>,
  timeoutMs = MAX_JOB_MS,
): Promise<JobResult<N>> {
  const child = fork(join(import.meta.dirname, "load-process.ts"), {
    execArgv: ["--expose-gc"],
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    serialization: "advanced",
  });
  const { promise, resolve, reject } = Promise.withResolvers<JobResult<N>>();
  const timer = setTimeout(() => reject(new Error(`${job} took more than ${timeoutMs} ms`)), timeoutMs);
  child.on("message", (message: FromLoad) => {
    // SAFETY: the process answers with the result of the job it was given.
    if ("done" in message) resolve(message.done as JobResult<N>);
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
