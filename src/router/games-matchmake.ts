/**
 * Matchmaking, as Colyseus' SDK asks for it: a seat in a room that is found, made or named, or the one that somebody had.
 * @module
 */
import type { MiddlewareHandler } from "hono";
import { grantFor } from "../auth/grant-for.ts";
import { type Scope, allows } from "../auth/grants.ts";
import { toBase64Url } from "../auth/hmac.ts";
import { type Result, err, ok } from "../protocol/result.ts";
import { parseDocumentId } from "../protocol/room-id.ts";
import type { Plain, PlaceMethod, Refusal } from "../rooms/game-api.ts";
import type { Options } from "./games-options.ts";
import { memberOf, needs } from "./access.ts";
import { type RouterContext, type RouterEnv, fail } from "./context.ts";
import { grantIn, mayReadSomewhere, needsRoomOfGame } from "./games-access.ts";
import type { RouterError } from "./problem.ts";
import { boundBody } from "./read-body.ts";
import { gameRoom, lobbyRoom } from "./room-client.ts";

/** The room by which the SDK asks for the live list. */
export const LOBBY = "lobby";
/** Of the filter of a live list, which travels in the id of its session. */
const MAX_FILTER_CHARS = 2_048;

export type Asked = {
  readonly method: PlaceMethod | "joinById" | "reconnect";
  readonly target: string;
  readonly options: Options;
};

/** As the SDK's ISeatReservation. */
export type SeatBody = {
  readonly name: string;
  readonly roomId: string;
  readonly sessionId: string;
  readonly processId: "games" | "lobby";
};

/** Who may watch what the path names. That they may play is seen when it is known that they want to. */
export const needsMatchmaking: MiddlewareHandler<RouterEnv> = async (c, next) => {
  const [, , method = "", target = ""] = new URL(c.req.url).pathname.split("/");
  if (isById(method)) return await needsRoomOfGame("read")(c, next);
  if (target !== LOBBY) return await needs("read")(c, next);
  const member = c.get("principal");
  if (member.kind === "operator") return fail(c, { tag: "forbidden", needs: "member" });
  return mayReadSomewhere(member) ? await boundBody(c, next) : fail(c, { tag: "forbidden", needs: "read" });
};

/** Behind {@link needsMatchmaking}. */
export async function matchmake(c: RouterContext, asked: Asked): Promise<Result<SeatBody, RouterError>> {
  if (!isById(asked.method) && asked.target === LOBBY) return seatInLobby(c, asked.options);
  const isSpectator = asked.options["spectate"] === true;
  const scope: Scope = isSpectator || asked.method === "reconnect" ? "read" : "write";
  if (isById(asked.method)) return await seatById(c, asked, { isSpectator, scope });
  const grant = c.get("grant");
  if (!allows(grant, scope)) return err({ tag: "forbidden", needs: scope });
  if (allows(grant, "write")) return await seatByGame(c, { ...asked, method: asked.method, isSpectator });
  // Who may only watch makes no room.
  if (asked.method === "create") return err({ tag: "forbidden", needs: "write" });
  return await seatByGame(c, { ...asked, method: "join", isSpectator });
}

type ByGame = Asked & { readonly method: PlaceMethod; readonly isSpectator: boolean };

async function seatByGame(
  c: RouterContext,
  { method, target, options, isSpectator }: ByGame,
): Promise<Result<SeatBody, RouterError>> {
  const { project, user, limits } = memberOf(c);
  const asked = { method, user, options, isSpectator, maxRooms: limits.roomsPerProject };
  const placed = await lobbyRoom(c.env, project, target).call(async (lobby) =>
    // A session for each attempt: one that took effect unheard has a seat already.
    ok(await lobby.place({ ...asked, session: newSession() })),
  );
  if (!placed.ok) return placed;
  if (!placed.value.ok) return refused(placed.value.error);
  const { room: roomId, session: sessionId, game: name } = placed.value.value;
  return ok({ name, roomId, sessionId, processId: "games" });
}

async function seatById(
  c: RouterContext,
  { method, options }: Asked,
  { isSpectator, scope }: { readonly isSpectator: boolean; readonly scope: Scope },
): Promise<Result<SeatBody, RouterError>> {
  const member = memberOf(c);
  const { project, id } = c.get("room");
  if (!allows(await grantIn(c, member, id, scope), scope)) return err({ tag: "forbidden", needs: scope });
  const room = gameRoom(c.env, project, id);
  const { user } = member;
  const token = options["reconnectionToken"];
  const found =
    method === "reconnect"
      ? await room.call(async (stub) => ok(await stub.findSeat(typeof token === "string" ? token : "", user)))
      : await room.call(async (stub) => ok(await stub.reserve({ session: newSession(), user, options, isSpectator })));
  if (!found.ok) return found;
  if (!found.value.ok) return refused(found.value.error);
  const { session: sessionId, game: name } = found.value.value;
  return ok({ name, roomId: id, sessionId, processId: "games" });
}

/** The live list is of one game, which the filter names. What else it says travels in the session, so that it outlives every socket. */
function seatInLobby(c: RouterContext, options: Options): Result<SeatBody, RouterError> {
  const filter = options["filter"];
  const { name, ...rest } = isObject(filter) ? filter : {};
  const game = parseDocumentId(typeof name === "string" ? name : "");
  if (!game.ok) return err({ tag: "bad-request", reason: "Say which game: the lobby wants `filter: { name }`." });
  if (!allows(grantFor(memberOf(c), { kind: "game", id: game.value }), "read")) {
    return err({ tag: "forbidden", needs: "read" });
  }
  const text = JSON.stringify(rest);
  if (text.length > MAX_FILTER_CHARS) return err({ tag: "bad-request", reason: "The filter is too long." });
  const said = text === "{}" ? "" : `.${toBase64Url(new TextEncoder().encode(text))}`;
  return ok({ name: LOBBY, roomId: game.value, sessionId: `${newSession()}${said}`, processId: "lobby" });
}

function isById(method: string): method is "joinById" | "reconnect" {
  return method === "joinById" || method === "reconnect";
}

function isObject(value: Plain | undefined): value is Options {
  return typeof value === "object" && value !== null && !Array.isArray(value) && !(value instanceof Uint8Array);
}

function refused({ tag, reason }: Refusal): Result<never, RouterError> {
  return err({ tag: "game-refused", refusal: tag, reason });
}

/** 122 bits in 32 characters, which need no encoding in a URL. */
function newSession(): string {
  return crypto.randomUUID().replaceAll("-", "");
}
