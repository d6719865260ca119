/**
 * Messages as rooms put them on the queue, and batches as the platform hands them over.
 * @module
 */
import { createExecutionContext, createMessageBatch, getQueueResult } from "cloudflare:test";
import { env } from "cloudflare:workers";
import { vi } from "vitest";
import worker from "../../src/index.ts";
import { DEFAULT_PROJECT, type DocumentId, formatRoomName } from "../../src/protocol/room-id.ts";
import { formatVersion } from "../../src/protocol/version.ts";
import type { DeletedMessage, SummaryMessage } from "../../src/queue/messages.ts";
import { SnapshotStore } from "../../src/storage/snapshots.ts";

export const addressOf = (id: string) =>
  ({ project: DEFAULT_PROJECT, kind: "document", id: id as DocumentId }) as const;

export const versionOf = (seq: number, epoch = 1) => formatVersion({ epoch, seq });

type Facts = Partial<Omit<SummaryMessage, "v" | "kind" | "project" | "id" | "room" | "version">>;

/** The summary of a version; what is not said follows from it. */
export function summaryOf(id: string, seq: number, facts: Facts = {}): SummaryMessage {
  return {
    v: 1,
    kind: "summary",
    project: DEFAULT_PROJECT,
    id,
    room: formatRoomName(addressOf(id)),
    version: versionOf(seq),
    snapshotKey: `${id}-${seq}`,
    textKey: null,
    title: `Title ${seq}`,
    excerpt: `excerpt ${seq}`,
    words: seq,
    characters: seq,
    bytes: seq,
    editors: ["alice"],
    createdMs: 1_000,
    updatedMs: 1_000 + seq,
    ...facts,
  };
}

/** A summary whose text lies in R2, as a room puts it there. */
export async function storedSummaryOf(
  id: string,
  seq: number,
  text: string,
  facts: Facts = {},
): Promise<SummaryMessage> {
  const summary = summaryOf(id, seq, facts);
  const put = await new SnapshotStore(env.SNAPSHOTS).putSnapshot({
    address: addressOf(id),
    version: summary.version,
    bytes: new Uint8Array([seq % 256]),
    encoding: "v2",
    text,
    metadata: { ...summary, stateVector: new Uint8Array([0]) },
  });
  if (!put.ok) throw new Error(put.error.reason);
  return { ...summary, ...put.value };
}

export function deletionOf(id: string, seq: number): DeletedMessage {
  const room = formatRoomName(addressOf(id));
  const head = { v: 1, kind: "deleted", project: DEFAULT_PROJECT, id, room } as const;
  return { ...head, version: versionOf(seq), deletedMs: 1_000 + seq };
}

type Delivery = { readonly queue?: string; readonly attempts?: number; readonly variables?: object };

let messages = 0;

/** Gives the bodies to the consumer as one batch and tells what became of each, by its place. */
export async function deliver(
  bodies: readonly unknown[],
  { queue = "roost-events", attempts = 1, variables = {} }: Delivery = {},
) {
  const ids = bodies.map(() => `m-${(messages += 1)}`);
  const batch = createMessageBatch(
    queue,
    bodies.map((body, index) => ({ id: ids[index] ?? "", timestamp: new Date(5_000), attempts, body })),
  );
  // The result of a batch does not say how long a retry waits.
  const delays = batch.messages.map((message) => {
    const retry = vi.spyOn(message, "retry");
    return () => retry.mock.calls[0]?.[0]?.delaySeconds;
  });
  const ctx = createExecutionContext();
  await worker.queue(batch, { ...env, ...variables }, ctx);
  const result = await getQueueResult(batch, ctx);
  const placesOf = (of: readonly string[]) => of.map((id) => ids.indexOf(id)).toSorted((one, other) => one - other);
  const retried = placesOf(result.retryMessages.map(({ msgId }) => msgId));
  return {
    acked: placesOf(result.explicitAcks),
    retried: retried.map((place) => ({ place, delaySeconds: delays[place]?.() })),
  };
}
