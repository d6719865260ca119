/**
 * The queue of webhooks under a test's clock: what is sent waits here for its time, and for twelve hours at most, as the platform has it.
 * @module
 */
import { vi } from "vitest";
import type { WebhookWake } from "../../src/queue/messages.ts";
import { deliver } from "./queue-messages.ts";

type Waiting = { readonly body: WebhookWake; readonly atMs: number; readonly attempts: number };

const MAX_DELAY_SECONDS = 12 * 60 * 60;
/** Far more than any test needs: a wake that goes round in circles is an error, not a test that hangs. */
const MAX_DELIVERIES = 2_000;

export class ClockedQueue {
  #waiting: Waiting[] = [];
  /** For the consumer and the router. */
  readonly variables = { WEBHOOKS: this };

  get size(): number {
    return this.#waiting.length;
  }

  async send(body: WebhookWake, { delaySeconds = 0 }: { readonly delaySeconds?: number } = {}): Promise<void> {
    this.#put(body, delaySeconds, 1);
  }

  async sendBatch(messages: Iterable<{ readonly body: WebhookWake }>): Promise<void> {
    for (const { body } of messages) this.#put(body, 0, 1);
  }

  /** Brings each message at its time, the clock with it, and leaves the clock at `untilMs`. */
  async runUntil(untilMs: number): Promise<void> {
    for (let count = 0; count < MAX_DELIVERIES; count += 1) {
      this.#waiting.sort((one, other) => one.atMs - other.atMs);
      const [next] = this.#waiting;
      if (next === undefined || next.atMs > untilMs) return void vi.setSystemTime(untilMs);
      this.#waiting.shift();
      vi.setSystemTime(Math.max(next.atMs, Date.now()));
      const { attempts, body } = next;
      const { retried } = await deliver([body], { queue: "roost-webhooks", attempts, variables: this.variables });
      for (const { delaySeconds = 0 } of retried) this.#put(body, delaySeconds, attempts + 1);
    }
    throw new Error(`${this.#waiting.length} wakes go round in circles`);
  }

  #put(body: WebhookWake, delaySeconds: number, attempts: number): void {
    if (delaySeconds > MAX_DELAY_SECONDS) throw new Error(`${delaySeconds} s: no queue waits that long`);
    this.#waiting.push({ body, atMs: Date.now() + delaySeconds * 1_000, attempts });
  }
}
