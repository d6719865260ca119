/**
 * The lobby of one game in one project: the Durable Object class. It finds and makes rooms, and shows a live list of them.
 * @module
 */
import type { Env } from "../env.ts";
import type { GameMessage } from "../core/game/events.ts";
import { type Result, err, ok } from "../protocol/result.ts";
import { formatRoomName, parseDocumentId } from "../protocol/room-id.ts";
import { LobbyStore } from "../storage/room/lobby-store.ts";
import type { Attachment } from "./attachment.ts";
import type { ListedRoom, LobbyRoomApi, PlaceRequest, Placement, Refusal, RoomList, RoomReport } from "./game-api.ts";
import { filterOf, findGame, gameNames } from "./game-kinds.ts";
import type { GamePorts } from "./game-room.ts";
import { type GameWire, gameDialectOf, refusedSocket } from "./game-wire.ts";
import { LobbyBehaviour, type LobbyShell } from "./lobby-behaviour.ts";
import { isWanted } from "./lobby-filter.ts";
import { Matchmaker } from "./lobby-matchmaker.ts";
import { gameOfLobby } from "./lobby-name.ts";
import { LobbyRooms } from "./lobby-rooms.ts";
import { logRoomError } from "./log.ts";
import { randomText } from "./random-text.ts";
import { projectOf } from "./room-address.ts";
import { RoomObject } from "./room-object.ts";

/** Ids of rooms: 59 bits. Nobody finds a private room by trying. */
const ROOM_CHARS = 10;
const TOKEN_CHARS = 22;
const NO_GAME: Refusal = { tag: "no-game", reason: "There is no such game." };
/** Rooms that a socket is told of at once. */
const MAX_SHOWN = 1_000;

type Wired = {
  readonly behaviour: LobbyBehaviour;
  readonly rooms: LobbyRooms;
  readonly matchmaker: Matchmaker;
  readonly isGame: boolean;
  readonly games: readonly string[];
};

export class LobbyRoom extends RoomObject<GameMessage, GameWire, Attachment> implements LobbyRoomApi {
  readonly #wired: Wired;

  constructor(ctx: DurableObjectState, env: Env, ports: GamePorts) {
    const wirings: Wired[] = [];
    const makeBehaviour = (shell: LobbyShell) => {
      const wired = wire(shell, ports);
      wirings.push(wired);
      return wired.behaviour;
    };
    super(ctx, env, { dialectOf: gameDialectOf, makeBehaviour, ports });
    const [wired] = wirings;
    if (wired === undefined) throw new Error("the base class makes the behaviour");
    this.#wired = wired;
  }

  override async fetch(request: Request): Promise<Response> {
    if (!this.#wired.isGame) return refusedSocket(NO_GAME);
    const response = await super.fetch(request);
    if (response.webSocket !== null || response.status === 400) return response;
    return refusedSocket({ tag: "busy", reason: "The lobby is full. Try again in a moment." });
  }

  async place(request: PlaceRequest): Promise<Result<Placement, Refusal>> {
    const placed = await this.#wired.matchmaker.place(request);
    this.#wired.behaviour.settle();
    return placed;
  }

  async report(room: string, report: RoomReport): Promise<void> {
    this.#wired.rooms.take(room, report);
    this.#wired.behaviour.settle();
    this.noticeActivity();
  }

  async listRooms(limit: number): Promise<Result<RoomList, Refusal>> {
    if (!this.#wired.isGame) return err(NO_GAME);
    const listed = [...this.#wired.rooms.listed()];
    return ok({ rooms: fullestFirst(listed).slice(0, limit), total: listed.length });
  }

  async listGames(): Promise<readonly string[]> {
    return this.#wired.games;
  }

  async knownRooms(after: string, limit: number): Promise<readonly string[]> {
    return this.#wired.rooms.idsAfter(after, limit);
  }

  async erase(): Promise<void> {
    const { rooms, behaviour } = this.#wired;
    rooms.clear();
    behaviour.closeAll();
  }
}

function wire(shell: LobbyShell, { games }: GamePorts): Wired {
  const { ctx, env, roomName } = shell;
  const game = gameOfLobby(roomName);
  const project = projectOf(roomName);
  const isGame = findGame(game, games) !== undefined;
  const rooms = new LobbyRooms(game, new LobbyStore(ctx.storage), (change) => behaviour.noteChange(change));
  const behaviour = new LobbyBehaviour(shell, {
    game,
    list: (filter) =>
      fullestFirst([...rooms.listed()].filter((room) => isWanted(room, game, filter))).slice(0, MAX_SHOWN),
    mintToken: () => randomText(TOKEN_CHARS),
  });
  const matchmaker = new Matchmaker({
    ...{ game, rooms },
    filterOf: (options) => (isGame ? filterOf(game, options, games) : undefined),
    mintRoom: () => randomText(ROOM_CHARS),
    reserve: async (room, request) => {
      const id = parseDocumentId(room);
      if (!id.ok) throw new Error(id.error.reason);
      return await env.GAME_ROOM.getByName(formatRoomName({ project, kind: "game", id: id.value })).reserve(request);
    },
    noteError: (room, error) => logRoomError("reserve-failed", roomName, error, { room }),
  });
  return { behaviour, rooms, matchmaker, isGame, games: gameNames(games) };
}

function fullestFirst(rooms: readonly ListedRoom[]): readonly ListedRoom[] {
  return rooms.toSorted((one, other) => other.clients - one.clients || one.createdAt - other.createdAt);
}
