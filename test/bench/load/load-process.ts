/**
 * The load generator's process: takes one job over IPC, answers with its result.
 * @module
 */
import { JOBS } from "./jobs.ts";
import type { FromLoad, ToLoad } from "./run-job.ts";

const answer = (message: FromLoad) => process.send?.(message);

async function work({ job, params }: ToLoad): Promise<void> {
  try {
    // SAFETY: run-job.ts pairs each name with its parameters.
    const run = JOBS[job] as (params: unknown, onBegun: () => void) => Promise<unknown>;
    answer({ done: await run(params, () => answer({ begun: true })) });
  } catch (error) {
    answer({ failed: error instanceof Error ? (error.stack ?? error.message) : String(error) });
  }
}

process.once("message", (message: ToLoad) => void work(message));
process.on("disconnect", () => process.exit(1));
