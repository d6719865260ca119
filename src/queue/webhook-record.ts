/**
 * Puts what happened into D1 and wakes who delivers it. The rows come first: a wake that is lost is made up for (webhook-sweep.ts).
 * @module
 */
import type { Env } from "../env.ts";
import { type Result, err, ok } from "../protocol/result.ts";
import type { ProjectId, RoomName } from "../protocol/room-id.ts";
import type { DocumentKey } from "../storage/d1/versions.ts";
import { type KnownDocument, type NewEvent, WebhookEvents } from "../storage/d1/webhook-events.ts";
import type { Lane } from "../storage/d1/webhook-lanes.ts";
import type { ConfirmedMessage } from "./parse-message.ts";
import { type ToldEvent, deletionEvents, summaryEvents, toldEvents, versionEvents } from "./webhook-events.ts";

export type NotRecorded = { readonly tag: "not-recorded"; readonly reason: string };

type Stores = Pick<Env, "DB" | "WEBHOOKS">;

/** `sendBatch` takes a hundred. */
const MAX_WAKES = 100;

/**
 * Before the message is written into the index, and so again if that fails: until then D1 says whether the document is new. A project
 * without endpoints costs one read.
 */
export async function recordDocument(message: ConfirmedMessage, env: Stores): Promise<Result<void, NotRecorded>> {
  const { project, id } = documentOf(message);
  const known = await new WebhookEvents(env.DB).know(project, id);
  if (!known.ok) return notRecorded(known.error.reason);
  if (!known.value.hasEndpoints) return ok(undefined);
  return await recordEvents(project, await documentEvents(message, known.value), env);
}

function documentOf(message: ConfirmedMessage): DocumentKey {
  switch (message.kind) {
    case "summary":
      return message.summary;
    case "deleted":
      return message.deletion;
    case "version":
      return message.stored;
  }
}

async function documentEvents(message: ConfirmedMessage, known: KnownDocument): Promise<readonly NewEvent[]> {
  switch (message.kind) {
    case "summary":
      return await summaryEvents(message.room, message.summary, known);
    case "deleted":
      return await deletionEvents(message.room, message.deletion);
    case "version":
      return await versionEvents(message.room, message.stored);
  }
}

/** What a room tells of. */
export async function recordTold(
  { project, room }: { readonly project: ProjectId; readonly room: RoomName },
  told: readonly ToldEvent[],
  env: Stores,
): Promise<Result<void, NotRecorded>> {
  return await recordEvents(project, await toldEvents(room, told), env);
}

/** Rows for whoever wants to hear of it, then their wakes. */
export async function recordEvents(
  project: ProjectId,
  events: readonly NewEvent[],
  env: Stores,
): Promise<Result<void, NotRecorded>> {
  if (events.length === 0) return ok(undefined);
  const lanes = await new WebhookEvents(env.DB).record(project, events, Date.now());
  if (!lanes.ok) return notRecorded(lanes.error.reason);
  await wakeLanes(lanes.value, env);
  return ok(undefined);
}

/** Never throws: who is not woken now is found overdue. */
export async function wakeLanes(lanes: readonly Lane[], { WEBHOOKS }: Pick<Env, "WEBHOOKS">): Promise<void> {
  for (let from = 0; from < lanes.length; from += MAX_WAKES) {
    const wakes = lanes.slice(from, from + MAX_WAKES).map(({ endpoint, subject }) => ({
      body: { v: 1, kind: "deliver", endpoint, subject } as const,
    }));
    try {
      await WEBHOOKS.sendBatch(wakes);
    } catch (error) {
      console.error(
        JSON.stringify({ level: "error", event: "wake-failed", lanes: wakes.length, reason: String(error) }),
      );
      return;
    }
  }
}

function notRecorded(reason: string): Result<never, NotRecorded> {
  return err({ tag: "not-recorded", reason });
}
