/**
 * Connections into the attachments of their sockets, where they outlive the object's sleep: once a second at most, as cursors move
 * twenty times as often, and once more when nothing moves any longer.
 * @module
 */
import type { PeopleRoom } from "../core/people/people-room.ts";
import type { KeptConnection } from "../core/people/ports.ts";
import type { SessionId } from "../core/events.ts";
import { type Attachment, writeAttachment } from "./attachment.ts";
import { RoomTimer } from "./room-timer.ts";
import type { RoomSocket } from "./sockets.ts";

export type PresenceAttachment = Attachment & { readonly kept: KeptConnection };

/** The timer of the last change keeps the object awake for so long at most. */
const KEEP_EVERY_MS = 1_000;

export class PeopleKeeper {
  readonly #room: Pick<PeopleRoom, "hasDirty" | "takeDirty">;
  readonly #sockets: { get(id: SessionId): RoomSocket<unknown> | undefined };
  #keptMs = -Infinity;
  readonly #timer = new RoomTimer(() => this.#keep(Date.now()));

  constructor(
    room: Pick<PeopleRoom, "hasDirty" | "takeDirty">,
    sockets: { get(id: SessionId): RoomSocket<unknown> | undefined },
  ) {
    this.#room = room;
    this.#sockets = sockets;
  }

  /** Writes what has changed, now or as soon as it may. */
  request(nowMs: number): void {
    if (!this.#room.hasDirty) return;
    const dueMs = this.#keptMs + KEEP_EVERY_MS;
    if (nowMs >= dueMs) this.#keep(nowMs);
    else this.#timer.setTo(dueMs, nowMs);
  }

  #keep(nowMs: number): void {
    this.#timer.setTo(undefined, nowMs);
    this.#keptMs = nowMs;
    for (const { id, kept } of this.#room.takeDirty()) {
      const entry = this.#sockets.get(id);
      if (entry === undefined) continue;
      const { ticket, joinedMs } = entry;
      writeAttachment<PresenceAttachment>(entry.socket, { v: 2, ticket, joinedMs, kept });
    }
  }
}
