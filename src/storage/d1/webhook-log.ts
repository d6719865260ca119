/**
 * What became of what an endpoint was to be told: the log that its owner reads.
 * @module
 */
import { type Result, ok } from "../../protocol/result.ts";
import { type D1Failed, attempt } from "./d1-failed.ts";
import { type BadCursor, decodeCursor, encodeCursor } from "./page-cursor.ts";
import type { Attempt } from "./webhook-lanes.ts";

/** `dead`: nobody tries any more; a replay does. */
export const DELIVERY_STATUSES = ["pending", "delivered", "dead"] as const;
export type DeliveryStatus = (typeof DELIVERY_STATUSES)[number];

export type WebhookDelivery = {
  readonly event: string;
  readonly sequence: number;
  readonly type: string;
  readonly subject: string;
  readonly atMs: number;
  readonly status: DeliveryStatus;
  readonly attempts: number;
  /** Oldest first. */
  readonly tries: readonly Attempt[];
  /** What the receiver answered last, at most 1,024 characters. */
  readonly answer: string;
  readonly updatedMs: number;
};

export type DeliveryPage = { readonly deliveries: readonly WebhookDelivery[]; readonly cursor: string | null };

export type DeliveryQuery = {
  readonly status?: DeliveryStatus | undefined;
  readonly limit: number;
  readonly cursor?: string | undefined;
};

const LIST = `
SELECT v.id AS event, d.event AS sequence, v.type, d.subject, v.at_ms AS atMs, d.status, d.attempts, d.tries, d.answer,
  d.updated_ms AS updatedMs FROM webhook_deliveries d JOIN webhook_events v ON v.number = d.event
WHERE d.endpoint = ?1 AND d.event < ?2 AND (?3 IS NULL OR d.status = ?3) ORDER BY d.event DESC LIMIT ?4`;

type Row = Omit<WebhookDelivery, "tries"> & { readonly tries: string };

/** Newest event first. */
export async function listDeliveries(
  db: D1Database,
  endpoint: number,
  { status, limit, cursor }: DeliveryQuery,
): Promise<Result<DeliveryPage, D1Failed | BadCursor>> {
  const key = cursor === undefined ? ok([Number.MAX_SAFE_INTEGER]) : decodeCursor(cursor, 1);
  if (!key.ok) return key;
  return await attempt(async () => {
    const { results } = await db
      .prepare(LIST)
      .bind(endpoint, ...key.value, status ?? null, limit + 1)
      .all<Row>();
    // SAFETY: webhook-lanes.ts is the only writer of the column.
    const deliveries = results.slice(0, limit).map((row) => ({ ...row, tries: JSON.parse(row.tries) as Attempt[] }));
    const last = deliveries.at(-1);
    const hasMore = results.length > deliveries.length && last !== undefined;
    return { deliveries, cursor: hasMore ? encodeCursor([last.sequence]) : null };
  });
}
