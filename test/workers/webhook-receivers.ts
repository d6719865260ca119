/**
 * Endpoints in D1 and receivers that answer as they are told, for tests of the queue's consumer inside the runtime.
 * @module
 */
import { env } from "cloudflare:workers";
import { afterEach, beforeEach, vi } from "vitest";
import { DEFAULT_PROJECT, type ProjectId } from "../../src/protocol/room-id.ts";
import { type WebhookEndpoint, WebhookEndpoints } from "../../src/storage/d1/webhook-endpoints.ts";
import type { Lane } from "../../src/storage/d1/webhook-lanes.ts";
import { listDeliveries } from "../../src/storage/d1/webhook-log.ts";
import { deliver } from "./queue-messages.ts";

export type Posted = { readonly host: string; readonly type: string; readonly data: Readonly<Record<string, unknown>> };

/** Wakes stay here until a test brings them: the runtime's own queue would work on them meanwhile. */
export const wakes: Lane[] = [];
const WEBHOOKS = {
  send: async (body: Lane) => void wakes.push(body),
  sendBatch: async (bodies: Iterable<{ body: Lane }>) => void wakes.push(...[...bodies].map(({ body }) => body)),
};
const variables = { WEBHOOKS };

const TABLES = ["webhook_endpoints", "webhook_events", "webhook_deliveries", "webhook_lanes", "webhook_positions"];

/** No warnings are printed; what a test left behind, the next one does not find, in the tables `besides` neither. */
export function startEachAnew(...besides: readonly string[]): void {
  beforeEach(() => {
    vi.spyOn(console, "warn").mockImplementation(() => undefined);
  });
  afterEach(async () => {
    vi.restoreAllMocks();
    vi.useRealTimers();
    wakes.length = 0;
    await env.DB.batch([...TABLES, ...besides].map((table) => env.DB.prepare(`DELETE FROM ${table}`)));
  });
}

export const taken = () => new Response(null, { status: 204 });
export const failed = () => new Response("not now", { status: 500 });

export const laneOf = ({ number }: { readonly number: number }, document: string): Lane => ({
  endpoint: number,
  subject: `default/document/${document}`,
});

/** Messages of rooms, to the consumer. */
export async function told(bodies: readonly unknown[]) {
  return await deliver(bodies, { variables });
}

/** One wake, to the consumer. */
export async function woken({ endpoint, subject }: Lane, more: object = {}) {
  const wake = { v: 1, kind: "deliver", endpoint, subject };
  return await deliver([wake], { queue: "roost-webhooks", variables: { ...variables, ...more } });
}

/** Each endpoint has a host of its own. */
export async function makeEndpoint(
  host: string,
  events: readonly string[] = ["*"],
  project: ProjectId = DEFAULT_PROJECT,
): Promise<WebhookEndpoint> {
  const settings = { url: `https://${host}/hook`, description: "", events };
  const id = `ep_${host.replaceAll(/\W/g, "-").padEnd(22, "x")}`;
  const made = await new WebhookEndpoints(env.DB).create(
    { ...settings, id, project, secretMaster: "tests" },
    Date.now(),
  );
  if (!made.ok || made.value === null) throw new Error("no endpoint");
  return made.value;
}

/** Every request out of the Worker goes here; `answer` says what it gets. What was posted is in the list before it is answered. */
export function receivers(answer: (posted: Posted) => Response | Promise<Response>): readonly Posted[] {
  const posts: Posted[] = [];
  vi.spyOn(globalThis, "fetch").mockImplementation(async (input, init) => {
    const body = JSON.parse(String(init?.body)) as Pick<Posted, "type" | "data">;
    const posted = { host: new URL(String(input)).hostname, ...body };
    posts.push(posted);
    return await answer(posted);
  });
  return posts;
}

/** Type, status and attempts, oldest first. */
export async function logOf({ number }: WebhookEndpoint): Promise<readonly (readonly [string, string, number])[]> {
  const page = await listDeliveries(env.DB, number, { limit: 1_000 });
  if (!page.ok) throw new Error(JSON.stringify(page.error));
  return page.value.deliveries.toReversed().map(({ type, status, attempts }) => [type, status, attempts]);
}

export async function reread({ number }: WebhookEndpoint): Promise<WebhookEndpoint> {
  const read = await new WebhookEndpoints(env.DB).read(number);
  if (!read.ok || read.value === null) throw new Error("no endpoint");
  return read.value;
}
