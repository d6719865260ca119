/**
 * Puts what happened into D1 and wakes who delivers it. The rows come first: a wake that is lost is made up for (webhook-sweep.ts).
 * @module
 */
import type { Env } from "../env.ts";
import { type Result, err, ok } from "../protocol/result.ts";
import type { ProjectId, RoomName } from "../protocol/room-id.ts";
import type { DocumentKey } from "../storage/d1/versions.ts";
import { type KnownDocument, type NewEvent, type ToldMessage, WebhookEvents } from "../storage/d1/webhook-events.ts";
import type { Lane } from "../storage/d1/webhook-lanes.ts";
import { findPosition, isEarly } from "../storage/d1/webhook-positions.ts";
import type { CheckedMessage, ConfirmedMessage } from "./parse-message.ts";
import { deletionEvents, eventId, summaryEvents, toldEvents, versionEventId, versionEvents } from "./webhook-events.ts";

export type NotRecorded = { readonly tag: "not-recorded"; readonly reason: string };

type Stores = Pick<Env, "DB" | "WEBHOOKS">;

/** `sendBatch` takes a hundred. */
const MAX_WAKES = 100;

/** `early`: what its room sent before is still on its way, and nothing is recorded. */
export type Recorded = "recorded" | "early";

/** `mayWait`: it will be brought again; else it is recorded, and the log says that something is missing. */
export type Patience = { readonly mayWait: boolean };

/**
 * Before the message is written into the index, and so again if that fails: until then D1 says whether the document is new. Of a version
 * behind it, and when the snapshot it belongs to and the version before are recorded. A project without endpoints costs one read.
 */
export async function recordDocument(
  message: ConfirmedMessage,
  { mayWait }: Patience,
  env: Stores,
): Promise<Result<Recorded, NotRecorded>> {
  const { project, id } = documentOf(message);
  const known = await new WebhookEvents(env.DB).know(project, id);
  if (!known.ok) return notRecorded(known.error.reason);
  if (!known.value.hasEndpoints) return ok("recorded");
  if (message.kind === "version") {
    const isFirst = await hasPredecessors(message, known.value, env);
    if (!isFirst.ok) return isFirst;
    if (!isFirst.value && mayWait) return ok("early");
    if (!isFirst.value) logGap(message.room, { version: message.stored.version, after: message.after });
  }
  const events = await documentEvents(message, known.value);
  if (events.length === 0) logSuperseded(message);
  return await recordEvents(project, events, env);
}

type VersionMessage = Extract<ConfirmedMessage, { readonly kind: "version" }>;

/** What its room stored before it is in D1. */
async function hasPredecessors(
  { room, stored, after }: VersionMessage,
  known: KnownDocument,
  env: Stores,
): Promise<Result<boolean, NotRecorded>> {
  if (known.version === null || known.version < stored.version) return ok(false);
  if (after === null) return ok(true);
  const id = await versionEventId(room, after);
  const recorded = await new WebhookEvents(env.DB).isRecorded(stored.project, { type: "document.version", id });
  return recorded.ok ? recorded : notRecorded(recorded.error.reason);
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

type ToldRoom = Pick<Extract<CheckedMessage, { readonly kind: "events" }>, "project" | "room" | "order" | "events">;

/** What a room tells of, in the order in which it told. */
export async function recordTold(
  { project, room, order, events: told }: ToldRoom,
  { mayWait }: Patience,
  env: Stores,
): Promise<Result<Recorded, NotRecorded>> {
  const events = await toldEvents(room, told);
  if (order === undefined) return await recordEvents(project, events, env);
  const hash = await eventId([room]);
  const known = await findPosition(env.DB, hash);
  if (!known.ok) return notRecorded(known.error.reason);
  if (isEarly(order, known.value)) {
    if (mayWait) return ok("early");
    logGap(room, { ...order, known: known.value });
  }
  return await recordEvents(project, events, env, { ...order, room: hash });
}

/** Rows for whoever wants to hear of it, then their wakes. */
export async function recordEvents(
  project: ProjectId,
  events: readonly NewEvent[],
  env: Stores,
  told?: ToldMessage,
): Promise<Result<"recorded", NotRecorded>> {
  if (events.length === 0) return ok("recorded");
  const lanes = await new WebhookEvents(env.DB).record(project, events, { nowMs: Date.now(), told });
  if (!lanes.ok) return notRecorded(lanes.error.reason);
  await wakeLanes(lanes.value, env);
  return ok("recorded");
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

/** Waited for as long as it may: what went before is lost, or comes behind it. */
function logGap(room: RoomName, facts: object): void {
  console.warn(JSON.stringify({ level: "warn", event: "webhook-gap", room, ...facts }));
}

/** D1 knows a newer version: nobody is told of this one. */
function logSuperseded({ room, kind }: ConfirmedMessage): void {
  console.log(JSON.stringify({ level: "info", event: "webhook-superseded", room, kind }));
}

function notRecorded(reason: string): Result<never, NotRecorded> {
  return err({ tag: "not-recorded", reason });
}
