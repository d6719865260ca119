/**
 * Telling the index in which rooms the users of tokens are: there they are closed when somebody revokes them. Rule RO47 of SPEC.md.
 * @module
 */
import type { ConnectTicket } from "../auth/connect-ticket.ts";
import type { UserId } from "../auth/grants.ts";
import { retryDelayMs } from "../core/schedule.ts";
import type { ProjectId } from "../protocol/room-id.ts";
import type { JoinedMessage, RoomMessage } from "../queue/messages.ts";
import type { Crowd } from "./crowd.ts";
import { logRoomError } from "./log.ts";
import { addressOf } from "./room-address.ts";

export type ToldRoom = {
  readonly roomName: string;
  readonly crowd: Pick<Crowd, "size" | "tokensOf" | "tokenUsers">;
  readonly events: Queue<RoomMessage>;
  /** Has the alarm call {@link JoinedUsers.retry} after `delayMs`. */
  readonly retryAfter: (delayMs: number) => void;
};

/** Users who have left are forgotten when there are so many more than are here. */
const MAX_LEFT = 100;

export class JoinedUsers {
  readonly #room: ToldRoom;
  readonly #project: ProjectId;
  /** Since the last wake, with success or on the way. */
  readonly #told = new Set<UserId>();
  #failures = 0;

  constructor(room: ToldRoom) {
    this.#room = room;
    this.#project = addressOf(room.roomName).project;
  }

  /** Call it with a socket that is open. Nothing waits for it. */
  enter({ grant, by }: ConnectTicket): void {
    // Only tokens name somebody who can be revoked.
    if (by !== "token") return;
    const { user } = grant;
    // Whoever had left may have been revoked, and forgotten, meanwhile.
    if (this.#room.crowd.tokensOf(user) === 1 || !this.#told.has(user)) this.#tell(user);
  }

  /** Tells of everybody here who was not told, as far as this instance knows. */
  retry(): void {
    for (const user of this.#room.crowd.tokenUsers()) if (!this.#told.has(user)) this.#tell(user);
  }

  #tell(user: UserId): void {
    const { roomName, events } = this.#room;
    this.#forgetLeft();
    this.#told.add(user);
    const project = this.#project;
    const message: JoinedMessage = { v: 1, kind: "joined", project, user, room: roomName, atMs: Date.now() };
    events.send(message).then(
      () => (this.#failures = 0),
      (error: unknown) => this.#failed(user, error),
    );
  }

  #failed(user: UserId, error: unknown): void {
    const { roomName, retryAfter } = this.#room;
    logRoomError("joined-failed", roomName, error);
    this.#told.delete(user);
    retryAfter(retryDelayMs(this.#failures));
    this.#failures += 1;
  }

  #forgetLeft(): void {
    const { crowd } = this.#room;
    if (this.#told.size < MAX_LEFT + 2 * crowd.size) return;
    for (const user of this.#told) if (crowd.tokensOf(user) === 0) this.#told.delete(user);
  }
}
