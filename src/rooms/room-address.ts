/**
 * The address behind an object's name.
 * @module
 */
import { type RoomAddress, parseRoomName } from "../protocol/room-id.ts";

/** The router addresses rooms by a parsed name, so another name is a bug. */
export function addressOf(roomName: string): RoomAddress {
  const address = parseRoomName(roomName);
  if (!address.ok) throw new Error(`not a room name: ${address.error.reason}`);
  return address.value;
}
