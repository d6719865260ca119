/**
 * Takes what rooms and the router put on the queue, each message acknowledged or retried by itself. What no retry could work off comes back
 * through the dead-letter queue: it is tried once more, so that what is recorded names the reason.
 * @module
 */
import type { Env } from "../env.ts";
import { DeadLetters } from "../storage/d1/dead-letters.ts";
import { handleMessage } from "./handle-message.ts";
import { consumeWakes } from "./webhook-consumer.ts";
import { sweepNowAndThen } from "./webhook-sweep.ts";
import { type CheckedMessage, type MalformedMessage, parseMessage, projectOf } from "./parse-message.ts";

/** Messages at a time: below the six connections a Worker may have open at once. */
const PARALLEL_MESSAGES = 4;
/** Before the second attempt; doubles up to the maximum. With the queue's five retries it rides out a minute. */
const FIRST_RETRY_SECONDS = 2;
const MAX_RETRY_SECONDS = 300;
/** When a dead letter cannot even be recorded: D1 is down for long. */
const DEAD_LETTER_RETRY_SECONDS = 60;
/** wrangler.jsonc names the queue; a deployment may put something in front of it. */
const DEAD_LETTER_QUEUE = /dead-letters$/;
const WEBHOOK_QUEUE = /webhooks$/;

/** The Worker's `queue` handler. Never throws for a message: that would retry the whole batch. */
export async function consumeBatch(batch: MessageBatch, env: Env): Promise<void> {
  await sweepNowAndThen(env);
  if (WEBHOOK_QUEUE.test(batch.queue)) return await consumeWakes(batch, env);
  const consume = DEAD_LETTER_QUEUE.test(batch.queue) ? consumeDeadLetter : consumeMessage;
  const waiting = [...batch.messages];
  const worker = async () => {
    for (let message = waiting.shift(); message !== undefined; message = waiting.shift()) await consume(message, env);
  };
  await Promise.all(Array.from({ length: PARALLEL_MESSAGES }, worker));
}

async function consumeMessage(message: Message, env: Env): Promise<void> {
  const parsed = parseMessage(message.body);
  // No retry can help; recorded at once.
  if (!parsed.ok) return await bury(message, parsed.error, env);
  const failure = await work(parsed.value, env);
  logOutcome(message, parsed.value, failure);
  if (failure === undefined) return message.ack();
  const delaySeconds = Math.min(MAX_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** (message.attempts - 1));
  message.retry({ delaySeconds });
}

async function consumeDeadLetter(message: Message, env: Env): Promise<void> {
  const parsed = parseMessage(message.body);
  if (!parsed.ok) return await bury(message, parsed.error, env);
  const reason = await work(parsed.value, env);
  if (reason === undefined) return message.ack();
  await bury(message, { reason, project: projectOf(parsed.value) }, env);
}

/** Undefined, or why it failed: also what is thrown, a bug, must end as one message's failure. */
async function work(message: CheckedMessage, env: Env): Promise<string | undefined> {
  try {
    const handled = await handleMessage(message, env);
    return handled.ok ? undefined : handled.error.reason;
  } catch (error) {
    return String(error);
  }
}

async function bury(message: Message, cause: Pick<MalformedMessage, "reason" | "project">, env: Env): Promise<void> {
  const buried = await new DeadLetters(env.DB).put({
    project: cause.project,
    body: JSON.stringify(message.body) ?? String(message.body),
    error: cause.reason,
    attempts: message.attempts,
    sentMs: message.timestamp.getTime(),
    failedMs: Date.now(),
  });
  const line = { message: message.id, reason: cause.reason, isRecorded: buried.ok };
  console.error(JSON.stringify({ level: "error", event: "dead-letter", ...line }));
  if (buried.ok) message.ack();
  else message.retry({ delaySeconds: DEAD_LETTER_RETRY_SECONDS });
}

function subjectOf(checked: CheckedMessage): Readonly<Record<string, string>> {
  if (checked.kind === "audit") return { entry: checked.entry.id };
  return checked.kind === "erase" ? { erasure: checked.erasure } : { room: checked.room };
}

function logOutcome({ id, attempts }: Message, checked: CheckedMessage, failure: string | undefined): void {
  const { kind } = checked;
  const subject = subjectOf(checked);
  const line = { event: "queue", ...subject, kind, message: id, attempts };
  if (failure === undefined) console.log(JSON.stringify({ level: "info", ...line }));
  else console.error(JSON.stringify({ level: "error", ...line, reason: failure }));
}
