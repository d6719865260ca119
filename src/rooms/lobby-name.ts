/**
 * The lobby of a game: one object for each project and game.
 * @module
 */
import type { Env } from "../env.ts";
import type { ProjectId } from "../protocol/room-id.ts";

export function lobbyOf(env: Pick<Env, "LOBBY_ROOM">, project: ProjectId, game: string) {
  return env.LOBBY_ROOM.getByName(`${project}/lobby/${game}`);
}

/** The game behind an object's name; the game itself may hold slashes. */
export function gameOfLobby(name: string): string {
  return name.split("/").slice(2).join("/");
}
