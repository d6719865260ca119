/**
 * Every job the load generator knows. A job is plain data in, plain data out.
 * @module
 */
import { fanOut } from "./jobs/fan-out.ts";
import { presence } from "./jobs/presence.ts";
import { pace } from "./jobs/pace.ts";

export const JOBS = { "fan-out": fanOut, presence, pace } as const;

export type JobName = keyof typeof JOBS;
export type JobParams<N extends JobName> = Parameters<(typeof JOBS)[N]>[0];
export type JobResult<N extends JobName> = Awaited<ReturnType<(typeof JOBS)[N]>>;
