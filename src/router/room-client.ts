/**
 * Calls to rooms. A platform error that is marked retryable is retried with a fresh stub; all of the room's calls are
 * idempotent.
 * @module
 */
import type { ConnectTicket } from "../auth/connect-ticket.ts";
import { CONNECT_TICKET_HEADER, encodeConnectTicket } from "../auth/connect-ticket.ts";
import type { Env } from "../env.ts";
import { type Result, err, ok } from "../protocol/result.ts";
import { type DocumentId, type ProjectId, type RoomAddress, formatRoomName } from "../protocol/room-id.ts";
import type { GameRoomApi, LobbyRoomApi } from "../rooms/game-api.ts";
import type { PresenceRoomApi } from "../rooms/presence-api.ts";
import type { DocumentRoomApi, RoomProblem } from "../rooms/room-api.ts";
import type { DocumentHistoryApi } from "../rooms/room-api-history.ts";
import { count } from "./metrics.ts";
import { classifyPlatformError } from "./platform-error.ts";

export type CallError = RoomProblem | { readonly tag: "overloaded" };

type Socketed = { fetch(request: Request): Promise<Response> };
type DocumentStub = Pick<DocumentRoomApi, keyof DocumentRoomApi> &
  Pick<DocumentHistoryApi, keyof DocumentHistoryApi> &
  Socketed;
type GameStub = Pick<GameRoomApi, keyof GameRoomApi> & Socketed;
type LobbyStub = Pick<LobbyRoomApi, keyof LobbyRoomApi> & Socketed;
type PresenceStub = Pick<PresenceRoomApi, keyof PresenceRoomApi> & Socketed;
/** What rooms of every kind do. */
type AnyStub = Pick<DocumentRoomApi, "kick" | "setLock"> & Socketed;

const MAX_RETRIES = 2;
const RETRY_DELAY_MS = 100;

type Rooms = Pick<Env, "DOCUMENT_ROOM" | "PRESENCE_ROOM" | "GAME_ROOM">;

/** One document's room. */
export function documentRoom(env: Rooms, project: ProjectId, id: DocumentId): RoomClient<DocumentStub> {
  const name = formatRoomName({ project, kind: "document", id });
  return new RoomClient(() => env.DOCUMENT_ROOM.getByName(name));
}

/** One room of people. */
export function presenceRoom(env: Rooms, project: ProjectId, id: DocumentId): RoomClient<PresenceStub> {
  const name = formatRoomName({ project, kind: "presence", id });
  return new RoomClient(() => env.PRESENCE_ROOM.getByName(name));
}

/** One room of a game. */
export function gameRoom(env: Rooms, project: ProjectId, id: DocumentId): RoomClient<GameStub> {
  const name = formatRoomName({ project, kind: "game", id });
  return new RoomClient(() => env.GAME_ROOM.getByName(name));
}

/** Where the rooms of a game are found. */
export function lobbyRoom(env: Pick<Env, "LOBBY_ROOM">, project: ProjectId, game: string): RoomClient<LobbyStub> {
  return new RoomClient(() => env.LOBBY_ROOM.getByName(`${project}/lobby/${game}`));
}

/** The room of an address, whatever its kind. */
export function anyRoom(env: Rooms, { project, kind, id }: RoomAddress): RoomClient<AnyStub> {
  const name = formatRoomName({ project, kind, id });
  return new RoomClient<AnyStub>(() => {
    if (kind === "document") return env.DOCUMENT_ROOM.getByName(name);
    return kind === "presence" ? env.PRESENCE_ROOM.getByName(name) : env.GAME_ROOM.getByName(name);
  });
}

/** One room, wherever it runs. Making one costs nothing and starts nothing. */
export class RoomClient<Room extends Socketed> {
  readonly #open: () => Room;

  constructor(open: () => Room) {
    this.#open = open;
  }

  /** What the room answers, or why it could not. Throws what is a bug. */
  async call<T>(ask: (room: Room) => Promise<Result<T, RoomProblem>>): Promise<Result<T, CallError>> {
    const answer = await this.#attempt(ask);
    return answer.ok ? answer.value : answer;
  }

  /** The room's answer to a socket: 101, or a problem+json. The bare URL keeps the caller's query and cookies out of the room. */
  async connect(ticket: ConnectTicket): Promise<Result<Response, CallError>> {
    const url = `https://room/connect?_pk=${ticket.session}`;
    const headers = { upgrade: "websocket", [CONNECT_TICKET_HEADER]: encodeConnectTicket(ticket) };
    return await this.#attempt(async (room) => await room.fetch(new Request(url, { headers })));
  }

  async #attempt<T>(ask: (room: Room) => Promise<T>): Promise<Result<T, CallError>> {
    for (let retries = 0; ; retries += 1) {
      try {
        return ok(await ask(this.#open()));
      } catch (error) {
        const verdict = classifyPlatformError(error);
        if (verdict === "bug") throw error;
        if (verdict === "overloaded") return err({ tag: "overloaded" });
        if (retries === MAX_RETRIES) return err({ tag: "unavailable", reason: String(error) });
        count("roost_room_retries_total");
        await scheduler.wait(RETRY_DELAY_MS * 2 ** retries * (0.5 + Math.random()));
      }
    }
  }
}
