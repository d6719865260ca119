/**
 * A server with a receiver of its webhooks, for end-to-end tests: an hour of waiting takes half a minute.
 * @module
 */
import { afterAll, beforeAll, describe, expect, vi } from "vitest";
import * as Y from "yjs";
import { typed } from "./raw-client.ts";
import { type TestServer, startServer } from "./server.ts";
import { type Taken, WebhookReceiver } from "./webhook-receiver.ts";

export type Webhook = {
  readonly id: string;
  readonly url: string;
  readonly secret: string;
  readonly disabledMs: number | null;
  readonly disabledReason: string | null;
  readonly failures: number;
};

export type Delivery = {
  readonly event: string;
  readonly sequence: number;
  readonly type: string;
  readonly status: string;
  readonly attempts: number;
  readonly tries: readonly { readonly status: number | null; readonly error: string | null }[];
  readonly answer: string;
};

/** An outage of a minute and more, in retries. */
export const SOON = { timeout: 25_000, interval: 100 };

const VARS = {
  ROOST_SECRETS: `one:${"s".repeat(40)}`,
  ROOST_SNAPSHOT_DELAY_MS: "30",
  ROOST_SNAPSHOT_MAX_DELAY_MS: "100",
  ROOST_WEBHOOK_DELAY_PERMILLE: "8",
  // A receiver that is only slow, as two cores are busy, is given this long.
  ROOST_WEBHOOK_TIMEOUT_MS: "1000",
};

export class WebhookWorld {
  readonly server: TestServer;
  readonly #receivers: WebhookReceiver[] = [];
  #edits = 0;

  private constructor(server: TestServer) {
    this.server = server;
  }

  static async start(): Promise<WebhookWorld> {
    return new WebhookWorld(await startServer({ vars: VARS }));
  }

  /** A receiver that knows its secret, and its endpoint. */
  async endpoint(events: readonly string[]): Promise<{ receiver: WebhookReceiver; webhook: Webhook }> {
    const receiver = await WebhookReceiver.start();
    this.#receivers.push(receiver);
    const webhook = await this.ask<Webhook>("POST", "/v1/webhooks", { url: receiver.url, events });
    await receiver.knows(webhook.secret);
    return { receiver, webhook };
  }

  async ask<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(`${this.server.url}${path}`, {
      method,
      headers: { "content-type": "application/json", connection: "close" },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(10_000),
    });
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${await response.text()}`);
    // SAFETY: the caller knows what the route answers.
    return (response.status === 204 ? undefined : await response.json()) as T;
  }

  /** Somebody types; answered when it is durable. */
  async type(document: string): Promise<void> {
    this.#edits += 1;
    const response = await fetch(`${this.server.url}/v1/documents/${document}/updates`, {
      method: "POST",
      headers: { "content-type": "application/octet-stream", connection: "close" },
      body: new Uint8Array(typed(new Y.Doc(), `edit ${this.#edits} `)),
      signal: AbortSignal.timeout(10_000),
    });
    expect(response.status).toBe(200);
  }

  async webhook({ id }: Webhook): Promise<Webhook> {
    return await this.ask("GET", `/v1/webhooks/${id}`);
  }

  /** Newest event first. */
  async deliveries({ id }: Webhook, status = ""): Promise<readonly Delivery[]> {
    const filter = status === "" ? "" : `&status=${status}`;
    const path = `/v1/webhooks/${id}/deliveries?limit=100${filter}`;
    return (await this.ask<{ readonly deliveries: readonly Delivery[] }>("GET", path)).deliveries;
  }

  /** Until everything that happened is delivered; at least `count` events. */
  async whenDelivered(webhook: Webhook, count: number): Promise<readonly Delivery[]> {
    return await vi.waitFor(async () => {
      const all = await this.deliveries(webhook);
      expect(all.length).toBeGreaterThanOrEqual(count);
      expect(all.filter(({ status }) => status !== "delivered")).toEqual([]);
      return all;
    }, SOON);
  }

  /** Until it took each of these types at least once. */
  async whenTaken(receiver: WebhookReceiver, types: readonly string[]): Promise<void> {
    await vi.waitFor(async () => {
      const taken = new Set((await receiver.taken()).map(({ event }) => event.type));
      expect(types.filter((type) => !taken.has(type))).toEqual([]);
    }, SOON);
  }

  async stop(): Promise<void> {
    await Promise.all(this.#receivers.map(async (receiver) => await receiver.stop()));
    await this.server.stop();
  }
}

/**
 * Every request was signed rightly, every event was taken, and those of one room, or about one endpoint, in the order of their sequence.
 * One may be there twice, before the next.
 */
export function expectInOrder(taken: readonly Taken[], deliveries: readonly Delivery[]): void {
  expect(taken.filter(({ isVerified }) => !isVerified)).toEqual([]);
  expect(new Set(taken.map(({ id }) => id))).toEqual(new Set(deliveries.map(({ event }) => event)));
  const bySubject = Map.groupBy(taken, ({ event: { data } }) => subjectOf(data));
  for (const one of bySubject.values()) {
    const sequences = one.map(({ event }) => event.data.sequence);
    expect(sequences).toEqual(sequences.toSorted((first, second) => first - second));
  }
}

function subjectOf({ endpoint, kind, document, room }: Taken["event"]["data"]): string {
  if (endpoint !== undefined) return `webhook/${String(endpoint)}`;
  return `${String(kind ?? "document")}/${String(document ?? room)}`;
}

/** Tests of a line share a server and come one after the other; the lines, which mostly wait, go side by side: `expect.poll` is not for them. */
export function line(name: string, tests: (world: () => WebhookWorld) => void): void {
  describe.concurrent(name, () => {
    let world: WebhookWorld | undefined;
    beforeAll(async () => {
      world = await WebhookWorld.start();
    });
    afterAll(async () => await world?.stop());
    tests(() => {
      if (world === undefined) throw new Error("its server did not start");
      return world;
    });
  });
}

export function typesOf(events: readonly { readonly event: { readonly type: string } }[]): readonly string[] {
  return events.map(({ event }) => event.type);
}
