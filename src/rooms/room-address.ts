/**
 * The address behind an object's name.
 * @module
 */
import { type ProjectId, type RoomAddress, parseProjectId, parseRoomName } from "../protocol/room-id.ts";

/** The router addresses rooms by a parsed name, so another name is a bug. */
export function addressOf(roomName: string): RoomAddress {
  const address = parseRoomName(roomName);
  if (!address.ok) throw new Error(`not a room name: ${address.error.reason}`);
  return address.value;
}

/** The project of any object's name, of lobbies too, which are no rooms. */
export function projectOf(name: string): ProjectId {
  const project = parseProjectId(name.split("/", 1)[0] ?? "");
  if (!project.ok) throw new Error(`not a name with a project: ${project.error.reason}`);
  return project.value;
}
