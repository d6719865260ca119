/**
 * Telling the index in which rooms the users of tokens are: there they are closed when somebody revokes them. Rule RO47 of SPEC.md.
 * @module
 */
import type { ConnectTicket } from "../auth/connect-ticket.ts";
import type { JoinedMessage, RoomMessage } from "../queue/messages.ts";
import type { Crowd } from "./crowd.ts";
import { logRoomError } from "./log.ts";

type Told = {
  readonly roomName: string;
  readonly events: Queue<RoomMessage>;
  readonly sockets: { readonly crowd: Crowd };
};

/** Call it with a socket that is open: the first one of its user is told. Nothing waits for it. */
export function tellJoined({ roomName, events, sockets }: Told, { grant, by, session }: ConnectTicket): void {
  // Only tokens have an end, and only they can be revoked.
  if (by !== "token" || sockets.crowd.ofUser(grant.user) !== 1) return;
  const { project, user } = grant;
  const message: JoinedMessage = { v: 1, kind: "joined", project, user, room: roomName, atMs: Date.now() };
  events.send(message).catch((error: unknown) => logRoomError("joined-failed", roomName, error, { session }));
}
