/**
 * One step of an erasure: a page of its rooms, its games, its documents, or its rows; then the next one is put on the queue. A step that is cut off
 * is done again from where the one before it ended. Rules ER1–ER10.
 * @module
 */
import type { Env } from "../env.ts";
import { type Result, ok } from "../protocol/result.ts";
import { type RoomName, formatRoomName, parseDocumentId } from "../protocol/room-id.ts";
import { EraseRows } from "../storage/d1/erase-rows.ts";
import {
  ERASURE_PHASES,
  type Erasure,
  type ErasureCounts,
  type ErasureStep,
  Erasures,
} from "../storage/d1/erasures.ts";
import { deleteProjectPage } from "../storage/project-store.ts";
import { SnapshotStore } from "../storage/snapshots.ts";
import { noteErased } from "./erased-projects.ts";
import type { EraseMessage } from "./messages.ts";
import { type NotErased, eraseRoom, forgetInRoom, notErased } from "./room-erasure.ts";

type Stepped = Result<ErasureStep, NotErased>;

const PAGE_ROOMS = 10;
/** Of D1's rows. Each is some fifteen queries, of which one invocation has 50 on the free plan. */
const MAX_ROW_PAGES = 2;
/**
 * By then tasks of rooms that were running have ended, messages they sent before they forgot are worked off or dead letters (five
 * retries take a minute), and no isolate takes a project for living that is not.
 */
export const SETTLE_MS = 120_000;
/** An erasure whose message was lost is found again. */
const STALLED_MS = 10 * 60 * 1000;
const MAX_STALLED = 10;

/** `stale` for one that is done, or was never begun. */
export async function stepErasure(id: string, env: Env): Promise<Result<"stored" | "stale", NotErased>> {
  const erasures = new Erasures(env.DB);
  const found = await erasures.find(id);
  if (!found.ok) return notErased("D1", found.error.reason);
  const erasure = found.value;
  if (erasure === null || erasure.phase === "done") return ok("stale");
  if (erasure.kind === "project") noteErased(erasure.project, env);
  const waitMs = erasure.phase === "settle" ? erasure.workedMs + SETTLE_MS - Date.now() : 0;
  if (waitMs > 0) return await goOn(erasure, waitMs, env);
  const step = await work(erasure, env);
  if (!step.ok) return step;
  const advanced = await erasures.advance(erasure, step.value, Date.now());
  if (!advanced.ok) return notErased("D1", advanced.error.reason);
  if (step.value.phase === "done") return ok("stored");
  return await goOn(erasure, step.value.phase === "settle" ? SETTLE_MS : 0, env);
}

async function goOn(erasure: Erasure, delayMs: number, env: Env): Promise<Result<"stored", NotErased>> {
  try {
    await env.EVENTS.send(eraseMessage(erasure), { delaySeconds: Math.ceil(delayMs / 1_000) });
    return ok("stored");
  } catch (error) {
    return notErased("queue", String(error));
  }
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
    case "rooms-again":
      return await workRooms(erasure, env);
    case "games":
    case "games-again":
      return await workGames(erasure, env);
    case "documents":
    case "documents-again":
      return await workDocuments(erasure, env);
    case "settle":
      return next(erasure);
    case "stored":
      return erasure.kind === "project" ? await workStored(erasure, env) : next(erasure);
    case "rows":
    case "done":
      return await workRows(erasure, env);
  }
}

async function workRooms(erasure: Erasure, env: Env): Promise<Stepped> {
  const place = placeOf(erasure.cursor);
  const rooms = await new EraseRows(env.DB).rooms(erasure, place.after, PAGE_ROOMS);
  if (!rooms.ok) return notErased("D1", rooms.error.reason);
  if (rooms.value.length === 0) return next(erasure);
  const stops = rooms.value.map((room) => ({ room, key: room, counted: { rooms: 1 } }));
  return await visit(stops, place, erasure, env);
}

async function workDocuments(erasure: Erasure, env: Env): Promise<Stepped> {
  const place = placeOf(erasure.cursor);
  const documents = await new EraseRows(env.DB).documents(erasure, Number(place.after), PAGE_ROOMS);
  if (!documents.ok) return notErased("D1", documents.error.reason);
  if (documents.value.length === 0) return next(erasure);
  const stops = documents.value.map(({ id, number }) => {
    const room = formatRoomName({ project: erasure.project, kind: "document", id });
    return { room, key: String(number), counted: { documents: 1 } };
  });
  return await visit(stops, place, erasure, env);
}

type Stop = { readonly room: RoomName; readonly key: string; readonly counted: Partial<ErasureCounts> };
/** Behind the last stop that is done; `within`: where to go on in the next one. */
type Place = { readonly after: string; readonly within: string | null };

/** A room after the other, until one has more than a step goes through. Each counts the first time. */
async function visit(stops: readonly Stop[], place: Place, erasure: Erasure, env: Env): Promise<Stepped> {
  const { phase, kind, user } = erasure;
  let { counts } = erasure;
  let { after, within } = place;
  for (const { room, key, counted } of stops) {
    if (kind === "project") {
      const erased = await eraseRoom(room, env);
      if (!erased.ok) return erased;
    } else {
      const forgotten = await forgetInRoom(room, user, within, env);
      if (!forgotten.ok) return forgotten;
      counts = add(counts, { objects: forgotten.value.objects });
      ({ cursor: within } = forgotten.value);
      if (within !== null) return ok({ phase, cursor: `${after}${WITHIN}${within}`, counts });
    }
    after = key;
    if (!isAgain(phase)) counts = add(counts, counted);
  }
  return ok({ phase, cursor: after, counts });
}

/** No room's name, no game's and no number holds it. */
const WITHIN = "\n";

function placeOf(cursor: string): Place {
  const [after = "", within] = cursor.split(WITHIN, 2);
  return { after, within: within ?? null };
}

/** Lobbies know all rooms of games, also those where nobody came with a token. One whose rooms are all told forgets them. */
async function workGames(erasure: Erasure, env: Env): Promise<Stepped> {
  const { project, kind, cursor } = erasure;
  const place = placeOf(cursor);
  try {
    const games = await env.LOBBY_ROOM.getByName(`${project}/lobby/`).listGames();
    for (const game of games.filter((name) => name >= place.after).toSorted()) {
      const lobby = env.LOBBY_ROOM.getByName(`${project}/lobby/${game}`);
      const rooms = await lobby.knownRooms(game === place.after ? (place.within ?? "") : "", PAGE_ROOMS);
      if (rooms.length > 0) return await tellGames(game, rooms, erasure, env);
      if (kind === "project") await lobby.erase();
    }
    return next(erasure);
  } catch (error) {
    return notErased("lobby", String(error));
  }
}

async function tellGames(game: string, rooms: readonly string[], erasure: Erasure, env: Env): Promise<Stepped> {
  const { project, phase } = erasure;
  let { counts } = erasure;
  for (const room of rooms) {
    const id = parseDocumentId(room);
    if (!id.ok) continue;
    const told = await tellGame(formatRoomName({ project, kind: "game", id: id.value }), erasure, env);
    if (!told.ok) return told;
    if (told.value) counts = add(counts, { rooms: 1 });
  }
  return ok({ phase, cursor: `${game}${WITHIN}${rooms.at(-1) ?? ""}`, counts });
}

/** True where there was something. */
async function tellGame(
  room: RoomName,
  { kind, user }: Pick<Erasure, "kind" | "user">,
  env: Env,
): Promise<Result<boolean, NotErased>> {
  if (kind === "project") return await eraseRoom(room, env);
  const forgotten = await forgetInRoom(room, user, null, env);
  return forgotten.ok ? ok(forgotten.value.hadSeats) : forgotten;
}

/** Documents that D1 does not know: it was lost, or their messages were. */
async function workStored(erasure: Erasure, env: Env): Promise<Stepped> {
  const { project, phase, counts } = erasure;
  const cursor = erasure.cursor === "" ? null : erasure.cursor;
  const page = await new SnapshotStore(env.SNAPSHOTS).listDocuments(project, { cursor, limit: PAGE_ROOMS });
  if (!page.ok) return notErased("R2", page.error.reason);
  for (const id of page.value.ids) {
    const erased = await eraseRoom(formatRoomName({ project, kind: "document", id }), env);
    if (!erased.ok) return erased;
  }
  return page.value.cursor === null ? next(erasure) : ok({ phase, cursor: page.value.cursor, counts });
}

async function workRows(erasure: Erasure, env: Env): Promise<Stepped> {
  const { project, user, counts, kind } = erasure;
  // It counts, so that a step which comes twice changes it once.
  const nextPage = String(Number(erasure.cursor) + 1);
  if (kind === "project") {
    const deleted = await deleteProjectPage(env.SNAPSHOTS, project);
    if (!deleted.ok) return notErased("R2", deleted.error.reason);
    if (deleted.value > 0)
      return ok({ phase: "rows", cursor: nextPage, counts: add(counts, { objects: deleted.value }) });
  }
  const rows = new EraseRows(env.DB);
  let changed = 0;
  for (let pages = 0; pages < MAX_ROW_PAGES; pages += 1) {
    const page = kind === "project" ? await rows.eraseProject(project) : await rows.forgetUser(project, user);
    if (!page.ok) return notErased("D1", page.error.reason);
    if (page.value === 0) return next({ phase: "rows", counts: add(counts, { rows: changed }) });
    changed += page.value;
  }
  return ok({ phase: "rows", cursor: nextPage, counts: add(counts, { rows: changed }) });
}

function isAgain(phase: ErasureStep["phase"]): boolean {
  return ERASURE_PHASES.indexOf(phase) > ERASURE_PHASES.indexOf("settle");
}

function next({ phase, counts }: Pick<Erasure, "phase" | "counts">): Stepped {
  const following = ERASURE_PHASES[ERASURE_PHASES.indexOf(phase) + 1] ?? "done";
  return ok({ phase: following, cursor: "", counts });
}

function add(counts: ErasureCounts, more: Partial<ErasureCounts>): ErasureCounts {
  return {
    rooms: counts.rooms + (more.rooms ?? 0),
    documents: counts.documents + (more.documents ?? 0),
    objects: counts.objects + (more.objects ?? 0),
    rows: counts.rows + (more.rows ?? 0),
  };
}
