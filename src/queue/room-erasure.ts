/**
 * What an erasure asks of a room, of whatever kind. A room that never was, or is erased, has nothing to forget and stays as it is.
 * @module
 */
import type { Env } from "../env.ts";
import { type Result, err, ok } from "../protocol/result.ts";
import { type RoomName, parseRoomName } from "../protocol/room-id.ts";

export type NotErased = { readonly tag: "not-erased"; readonly reason: string };

type Rooms = Pick<Env, "DOCUMENT_ROOM" | "PRESENCE_ROOM" | "GAME_ROOM">;

/** `objects`: how many in R2 named the user; `cursor`: where to go on in the room, null once it is done. */
export type ForgottenIn = { readonly hadSeats: boolean; readonly objects: number; readonly cursor: string | null };

/** A document may have thousands of objects to look through: so many calls of its room a step. */
const MAX_CALLS = 20;
const ERASED = "erased";
const NOTHING: ForgottenIn = { hadSeats: false, objects: 0, cursor: null };

/** The room goes with all it holds. True where a game was there. */
export async function eraseRoom(room: RoomName, env: Rooms): Promise<Result<boolean, NotErased>> {
  const address = parseRoomName(room);
  if (!address.ok) return ok(false);
  try {
    if (address.value.kind === "presence") {
      await env.PRESENCE_ROOM.getByName(room).erase();
      return ok(false);
    }
    if (address.value.kind === "game") return ok((await env.GAME_ROOM.getByName(room).erase()).wasThere);
    const erased = await env.DOCUMENT_ROOM.getByName(room).erase();
    return erased.ok || isGone(erased.error.tag) ? ok(false) : notErased("room", erased.error.tag);
  } catch (error) {
    return notErased("room", String(error));
  }
}

/** A page of the room, from `within` on: the user's sockets close, and nothing in it names them. */
export async function forgetInRoom(
  room: RoomName,
  user: string,
  within: string | null,
  env: Rooms,
): Promise<Result<ForgottenIn, NotErased>> {
  const address = parseRoomName(room);
  if (!address.ok) return ok(NOTHING);
  try {
    if (address.value.kind === "document") return await forgetInDocument(room, user, within, env);
    if (address.value.kind === "presence") {
      // What is said in it is nowhere but in its sockets.
      await env.PRESENCE_ROOM.getByName(room).kick({ user }, ERASED);
      return ok(NOTHING);
    }
    const forgotten = await env.GAME_ROOM.getByName(room).forgetUser(user);
    return forgotten.ok ? ok({ ...NOTHING, ...forgotten.value }) : notErased("room", forgotten.error.tag);
  } catch (error) {
    return notErased("room", String(error));
  }
}

async function forgetInDocument(
  room: RoomName,
  user: string,
  within: string | null,
  env: Rooms,
): Promise<Result<ForgottenIn, NotErased>> {
  const stub = env.DOCUMENT_ROOM.getByName(room);
  let [cursor, objects] = [within, 0];
  for (let calls = 0; calls < MAX_CALLS; calls += 1) {
    const page: Awaited<ReturnType<typeof stub.forgetUser>> = await stub.forgetUser(user, cursor);
    if (!page.ok) return isGone(page.error.tag) ? ok({ ...NOTHING, objects }) : notErased("room", page.error.tag);
    objects += page.value.rewritten;
    ({ cursor } = page.value);
    if (cursor === null) break;
  }
  return ok({ ...NOTHING, objects, cursor });
}

export function notErased(where: string, reason: string): Result<never, NotErased> {
  return err({ tag: "not-erased", reason: `${where}: ${reason}` });
}

function isGone(tag: string): boolean {
  return tag === "not-found" || tag === "deleted";
}
