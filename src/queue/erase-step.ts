/**
 * One step of an erasure: a page of its rooms, its documents, or its rows; then the next one is put on the queue. A step that is cut off
 * is done again from where the one before it ended. Rules ER1–ER5.
 * @module
 */
import type { Env } from "../env.ts";
import { type Result, err, ok } from "../protocol/result.ts";
import { type RoomName, formatRoomName, parseRoomName } from "../protocol/room-id.ts";
import { EraseRows } from "../storage/d1/erase-rows.ts";
import { type Erasure, type ErasureCounts, type ErasureStep, Erasures } from "../storage/d1/erasures.ts";
import { deleteProjectPage } from "../storage/project-store.ts";
import type { EraseMessage } from "./messages.ts";

export type NotErased = { readonly tag: "not-erased"; readonly reason: string };

type Stepped = Result<ErasureStep, NotErased>;

const PAGE_ROOMS = 10;
/** A document may have thousands of objects to look through: so many calls of its room a step. */
const MAX_CALLS = 20;
/** Messages that rooms sent before they forgot are worked off by then, but for those that keep failing. */
const SETTLE_SECONDS = 60;
/** An erasure whose message was lost is found again. */
const STALLED_MS = 10 * 60 * 1000;
const MAX_STALLED = 10;
const ERASED = "erased";

/** `stale` for one that is done, or was never begun. */
export async function stepErasure(id: string, env: Env): Promise<Result<"stored" | "stale", NotErased>> {
  const erasures = new Erasures(env.DB);
  const found = await erasures.find(id);
  if (!found.ok) return failed("D1", found.error.reason);
  const erasure = found.value;
  if (erasure === null || erasure.phase === "done") return ok("stale");
  const step = await work(erasure, env);
  if (!step.ok) return step;
  const advanced = await erasures.advance(erasure, step.value, Date.now());
  if (!advanced.ok) return failed("D1", advanced.error.reason);
  if (step.value.phase === "done") return ok("stored");
  try {
    const delaySeconds = step.value.phase === "rows" && erasure.phase === "settle" ? SETTLE_SECONDS : 0;
    await env.EVENTS.send(eraseMessage(erasure), { delaySeconds });
  } catch (error) {
    return failed("queue", String(error));
  }
  return ok("stored");
}

export function eraseMessage({ id, project }: Pick<Erasure, "id" | "project">): EraseMessage {
  return { v: 1, kind: "erase", id, project };
}

/** Now and then: what nobody works on any more is put on the queue again. Never throws. */
export async function resumeErasures(env: Env, nowMs: number): Promise<void> {
  const stalled = await new Erasures(env.DB).stalled(nowMs - STALLED_MS, MAX_STALLED);
  if (!stalled.ok) return;
  try {
    for (const erasure of stalled.value) await env.EVENTS.send(eraseMessage(erasure));
  } catch (error) {
    console.error(JSON.stringify({ level: "error", event: "erasures-not-resumed", reason: String(error) }));
  }
}

async function work(erasure: Erasure, env: Env): Promise<Stepped> {
  switch (erasure.phase) {
    case "rooms":
      return await workRooms(erasure, env);
    case "documents":
      return await workDocuments(erasure, env);
    case "settle":
      return ok({ phase: "rows", cursor: "", counts: erasure.counts });
    case "rows":
    case "done":
      return await workRows(erasure, env);
  }
}

async function workRooms(erasure: Erasure, env: Env): Promise<Stepped> {
  const place = placeOf(erasure.cursor);
  const rooms = await new EraseRows(env.DB).rooms(erasure, place.after, PAGE_ROOMS);
  if (!rooms.ok) return failed("D1", rooms.error.reason);
  if (rooms.value.length === 0) return next("documents", erasure.counts);
  const stops = rooms.value.map((room) => ({ room, key: room, counted: { rooms: 1 } }));
  return await visit(stops, place, erasure, env);
}

async function workDocuments(erasure: Erasure, env: Env): Promise<Stepped> {
  const place = placeOf(erasure.cursor);
  const documents = await new EraseRows(env.DB).documents(erasure, Number(place.after), PAGE_ROOMS);
  if (!documents.ok) return failed("D1", documents.error.reason);
  if (documents.value.length === 0) return next("settle", erasure.counts);
  const stops = documents.value.map(({ id, number }) => {
    const room = formatRoomName({ project: erasure.project, kind: "document", id });
    return { room, key: String(number), counted: { documents: 1 } };
  });
  return await visit(stops, place, erasure, env);
}

type Stop = { readonly room: RoomName; readonly key: string; readonly counted: Partial<ErasureCounts> };
/** Behind the last stop that is done; `within`: where to go on in the next one. */
type Place = { readonly after: string; readonly within: string | null };

/** A room after the other, until one has more than a step goes through. */
async function visit(stops: readonly Stop[], place: Place, erasure: Erasure, env: Env): Promise<Stepped> {
  const { phase } = erasure;
  let { counts } = erasure;
  let { after, within } = place;
  for (const { room, key, counted } of stops) {
    const told = await tell(room, within, erasure, env);
    if (!told.ok) return told;
    counts = add(counts, { objects: told.value.objects });
    ({ cursor: within } = told.value);
    if (within !== null) return ok({ phase, cursor: `${after}${WITHIN}${within}`, counts });
    after = key;
    counts = add(counts, counted);
  }
  return ok({ phase, cursor: after, counts });
}

/** No room's name and no number holds it. */
const WITHIN = "\n";

function placeOf(cursor: string): Place {
  const [after = "", within] = cursor.split(WITHIN, 2);
  return { after, within: within ?? null };
}

async function workRows(erasure: Erasure, env: Env): Promise<Stepped> {
  const { project, user, counts, kind } = erasure;
  if (kind === "project") {
    const deleted = await deleteProjectPage(env.SNAPSHOTS, project);
    if (!deleted.ok) return failed("R2", deleted.error.reason);
    // Its cursor counts, so that a step which comes twice changes it once.
    const page = { phase: "rows", cursor: String(Number(erasure.cursor) + 1) } as const;
    if (deleted.value > 0) return ok({ ...page, counts: add(counts, { objects: deleted.value }) });
  }
  const rows = new EraseRows(env.DB);
  const changed = kind === "project" ? await rows.eraseProject(project) : await rows.forgetUser(project, user);
  if (!changed.ok) return failed("D1", changed.error.reason);
  return next("done", add(counts, { rows: changed.value }));
}

/** `objects`: how many in R2 named the user; `cursor`: where to go on in the room, null once it is done. */
type Told = { readonly objects: number; readonly cursor: string | null };

const TOLD: Told = { objects: 0, cursor: null };

/** A room that never was, or is erased, names nobody. */
async function tell(
  room: RoomName,
  within: string | null,
  erasure: Erasure,
  env: Env,
): Promise<Result<Told, NotErased>> {
  const address = parseRoomName(room);
  if (!address.ok) return ok(TOLD);
  try {
    if (address.value.kind === "document") return await tellDocument(room, within, erasure, env);
    const rooms = address.value.kind === "presence" ? env.PRESENCE_ROOM : env.GAME_ROOM;
    const stub = rooms.getByName(room);
    const told =
      erasure.kind === "project" ? await stub.setLock("closed") : await stub.kick({ user: erasure.user }, ERASED);
    return told.ok || isGone(told.error.tag) ? ok(TOLD) : failed("room", told.error.tag);
  } catch (error) {
    return failed("room", String(error));
  }
}

async function tellDocument(
  room: RoomName,
  within: string | null,
  { kind, user }: Erasure,
  env: Env,
): Promise<Result<Told, NotErased>> {
  const stub = env.DOCUMENT_ROOM.getByName(room);
  if (kind === "project") {
    const erased = await stub.erase();
    return erased.ok || isGone(erased.error.tag) ? ok(TOLD) : failed("room", erased.error.tag);
  }
  let cursor = within;
  let objects = 0;
  for (let calls = 0; calls < MAX_CALLS; calls += 1) {
    const page: Awaited<ReturnType<typeof stub.forgetUser>> = await stub.forgetUser(user, cursor);
    if (!page.ok) return isGone(page.error.tag) ? ok({ objects, cursor: null }) : failed("room", page.error.tag);
    objects += page.value.rewritten;
    ({ cursor } = page.value);
    if (cursor === null) break;
  }
  return ok({ objects, cursor });
}

function isGone(tag: string): boolean {
  return tag === "not-found" || tag === "deleted";
}

function next(phase: ErasureStep["phase"], counts: ErasureCounts): Stepped {
  return ok({ phase, cursor: "", counts });
}

function add(counts: ErasureCounts, more: Partial<ErasureCounts>): ErasureCounts {
  return {
    rooms: counts.rooms + (more.rooms ?? 0),
    documents: counts.documents + (more.documents ?? 0),
    objects: counts.objects + (more.objects ?? 0),
    rows: counts.rows + (more.rows ?? 0),
  };
}

function failed(where: string, reason: string): Result<never, NotErased> {
  return err({ tag: "not-erased", reason: `${where}: ${reason}` });
}
