/**
 * Takes wakes off the queue of webhooks, which is one of its own: receivers that hang hold up nothing but other webhooks.
 * @module
 */
import type { Env } from "../env.ts";
import type { Lane } from "../storage/d1/webhook-lanes.ts";
import { type Visit, type Wake, deliverLane } from "./webhook-delivery.ts";

/** Below the six connections that a Worker may have open at once: each visit has a receiver's and D1's, one after the other. */
const PARALLEL_VISITS = 5;
/** After D1 failed. */
const RETRY_SECONDS = 10;
/** A queue holds a message back for at most so long. */
const MAX_DELAY_SECONDS = 12 * 60 * 60;
/** A room's name has fewer. */
const MAX_SUBJECT_CHARS = 1_000;

/** Each wake acknowledged by itself. Never throws. */
export async function consumeWakes(batch: MessageBatch, env: Env): Promise<void> {
  const waiting = [...batch.messages];
  const worker = async () => {
    for (let message = waiting.shift(); message !== undefined; message = waiting.shift())
      await consumeWake(message, env);
  };
  await Promise.all(Array.from({ length: PARALLEL_VISITS }, worker));
}

async function consumeWake(message: Message, env: Env): Promise<void> {
  const parsed = parseWake(message.body);
  if (parsed === undefined) {
    console.error(JSON.stringify({ level: "error", event: "malformed-wake", message: message.id }));
    return message.ack();
  }
  const { lane, dueMs } = parsed;
  const visit = await visitLane(lane, { isRepeated: message.attempts > 1, dueMs }, env);
  if (visit === undefined) return message.retry({ delaySeconds: RETRY_SECONDS });
  if (visit.againMs === undefined) return message.ack();
  try {
    const wake = { v: 1, kind: "deliver", ...lane, dueMs: visit.againMs } as const;
    await env.WEBHOOKS.send(wake, { delaySeconds: delaySeconds(visit.againMs) });
    message.ack();
  } catch {
    message.retry({ delaySeconds: delaySeconds(visit.againMs) });
  }
}

/** Undefined where D1 failed. */
async function visitLane(lane: Lane, wake: Wake, env: Env): Promise<Visit | undefined> {
  try {
    const visit = await deliverLane(lane, wake, env);
    if (visit.ok) return visit.value;
    console.error(JSON.stringify({ level: "error", event: "webhook-not-delivered", ...visit.error, ...lane }));
  } catch (error) {
    console.error(JSON.stringify({ level: "error", event: "webhook-threw", reason: String(error), ...lane }));
  }
  return undefined;
}

function delaySeconds(atMs: number): number {
  return Math.min(MAX_DELAY_SECONDS, Math.max(0, Math.ceil((atMs - Date.now()) / 1_000)));
}

function parseWake(body: unknown): { readonly lane: Lane; readonly dueMs: number | undefined } | undefined {
  if (typeof body !== "object" || body === null || !("endpoint" in body) || !("subject" in body)) return undefined;
  const { endpoint, subject } = body;
  const isLane = typeof endpoint === "number" && typeof subject === "string" && subject.length <= MAX_SUBJECT_CHARS;
  const dueMs = "dueMs" in body && typeof body.dueMs === "number" ? body.dueMs : undefined;
  return isLane ? { lane: { endpoint, subject }, dueMs } : undefined;
}
