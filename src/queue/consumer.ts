/**
 * Takes what rooms and the router put on the queue, each message acknowledged or retried by itself. What no retry could work off comes back
 * through the dead-letter queue: it is tried once more, so that what is recorded names the reason.
 * @module
 */
import type { Env } from "../env.ts";
import { type Result, err } from "../protocol/result.ts";
import { DeadLetters } from "../storage/d1/dead-letters.ts";
import { type ParsedMessage, inLines } from "./batch-order.ts";
import { type Handled, handleMessage } from "./handle-message.ts";
import { consumeWakes } from "./webhook-consumer.ts";
import type { Patience } from "./webhook-record.ts";
import { sweepNowAndThen } from "./webhook-sweep.ts";
import { type CheckedMessage, type MalformedMessage, parseMessage, projectOf } from "./parse-message.ts";

/** Lines of messages at a time: below the six connections a Worker may have open at once. */
const PARALLEL_MESSAGES = 4;
/** Before the second attempt; doubles up to the maximum. With the queue's five retries it rides out a minute. */
const FIRST_RETRY_SECONDS = 2;
const MAX_RETRY_SECONDS = 300;
/**
 * How long a message waits for what its room sent before it, in its first, second … attempt: 35 s in all, in which that one is retried four
 * times. It leaves two attempts for what else may fail.
 */
const WAITS_SECONDS: readonly number[] = [1, 4, 10, 20];
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
  const lines = [...inLines(batch.messages.map((message) => ({ message, parsed: parseMessage(message.body) })))];
  const worker = async () => {
    for (let line = lines.shift(); line !== undefined; line = lines.shift()) {
      for (const one of line) await consume(one, env);
    }
  };
  await Promise.all(Array.from({ length: PARALLEL_MESSAGES }, worker));
}

async function consumeMessage({ message, parsed }: ParsedMessage, env: Env): Promise<void> {
  // No retry can help; recorded at once.
  if (!parsed.ok) return await bury(message, parsed.error, env);
  const waitSeconds = WAITS_SECONDS[message.attempts - 1];
  const handled = await work(parsed.value, { mayWait: waitSeconds !== undefined }, env);
  if (handled.ok && handled.value === "early") return message.retry({ delaySeconds: waitSeconds ?? 0 });
  logOutcome(message, parsed.value, handled.ok ? undefined : handled.error);
  if (handled.ok) return message.ack();
  const delaySeconds = Math.min(MAX_RETRY_SECONDS, FIRST_RETRY_SECONDS * 2 ** (message.attempts - 1));
  message.retry({ delaySeconds });
}

async function consumeDeadLetter({ message, parsed }: ParsedMessage, env: Env): Promise<void> {
  if (!parsed.ok) return await bury(message, parsed.error, env);
  const handled = await work(parsed.value, { mayWait: false }, env);
  if (handled.ok) return message.ack();
  await bury(message, { reason: handled.error, project: projectOf(parsed.value) }, env);
}

/** The error says why: also what is thrown, a bug, must end as one message's failure. */
async function work(message: CheckedMessage, patience: Patience, env: Env): Promise<Result<Handled, string>> {
  try {
    const handled = await handleMessage(message, patience, env);
    return handled.ok ? handled : err(handled.error.reason);
  } catch (error) {
    return err(String(error));
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
