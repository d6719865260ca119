/**
 * Finds what is overdue: a local queue lives in memory, and a wake may be lost anywhere. Whoever works on the queue looks now and then,
 * and so does the platform's clock.
 * @module
 */
import { loadConfig } from "../config.ts";
import type { Env } from "../env.ts";
import { WebhookEvents } from "../storage/d1/webhook-events.ts";
import { WebhookLanes } from "../storage/d1/webhook-lanes.ts";
import { resumeErasures } from "./erase-step.ts";
import { wakeLanes } from "./webhook-record.ts";

/** At most so often in one isolate. */
const SWEEP_EVERY_MS = 15_000;
const RESUME_EVERY_MS = 10 * 60_000;
/** Unless the last time left something. */
const PRUNE_EVERY_MS = 10 * 60_000;
/** A wake that is on its way takes less, but in a backlog; then one more does no harm. */
const GRACE_MS = 10_000;
const MAX_LANES = 200;

const sweptMs = new WeakMap<object, { swept: number; resumed: number; pruned: number }>();

/** Unless this isolate did it a moment ago. Never throws. */
export async function sweepNowAndThen(env: Env): Promise<void> {
  const nowMs = Date.now();
  const paced = loadConfig(env).webhookDelayPermille / 1_000;
  const last = sweptMs.get(env.DB) ?? { swept: -Infinity, resumed: -Infinity, pruned: -Infinity };
  sweptMs.set(env.DB, last);
  if (nowMs - last.swept < SWEEP_EVERY_MS * paced) return;
  last.swept = nowMs;
  await sweep(env, nowMs - GRACE_MS * paced, nowMs);
  if (nowMs - last.resumed >= RESUME_EVERY_MS) {
    last.resumed = nowMs;
    await resumeErasures(env, nowMs);
  }
  if (nowMs - last.pruned < PRUNE_EVERY_MS) return;
  const isAll = await prune(env, nowMs);
  if (isAll) last.pruned = nowMs;
}

/** False where the next sweep is to go on: events may come faster than some of them go every ten minutes. */
async function prune(env: Env, nowMs: number): Promise<boolean> {
  const pruned = await new WebhookEvents(env.DB).prune(nowMs);
  if (!pruned.ok) {
    logFailure(pruned.error.reason);
    return false;
  }
  const { lost, isAll } = pruned.value;
  if (lost > 0) console.warn(JSON.stringify({ level: "warn", event: "webhook-expired", deliveries: lost }));
  return isAll;
}

async function sweep(env: Env, beforeMs: number, nowMs: number): Promise<void> {
  const overdue = await new WebhookLanes(env.DB).overdue(beforeMs, nowMs, MAX_LANES);
  if (overdue.ok) await wakeLanes(overdue.value, env);
  else logFailure(overdue.error.reason);
}

function logFailure(reason: string): void {
  console.error(JSON.stringify({ level: "error", event: "webhook-sweep-failed", reason }));
}
