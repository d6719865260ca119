/**
 * The address behind an object's name.
 * @module
 */
import {
  type DocumentId,
  type ProjectId,
  type RoomAddress,
  parseProjectId,
  parseRoomName,
} from "../protocol/room-id.ts";
import { gameOfLobby } from "./lobby-name.ts";

/** The router addresses rooms by a parsed name, so another name is a bug. */
export function addressOf(roomName: string): RoomAddress {
  const address = parseRoomName(roomName);
  if (!address.ok) throw new Error(`not a room name: ${address.error.reason}`);
  return address.value;
}

/** What the router asks rights for where somebody comes in: of a lobby, its game as if it were a room. */
export function judgedAs(name: string): Pick<RoomAddress, "kind" | "id"> {
  const address = parseRoomName(name);
  // SAFETY: the router has parsed it.
  return address.ok ? address.value : { kind: "game", id: gameOfLobby(name) as DocumentId };
}

/** The project of any object's name, of lobbies too, which are no rooms. */
export function projectOf(name: string): ProjectId {
  const project = parseProjectId(name.split("/", 1)[0] ?? "");
  if (!project.ok) throw new Error(`not a name with a project: ${project.error.reason}`);
  return project.value;
}
