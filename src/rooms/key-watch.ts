/**
 * Sockets that stay open are judged anew while something happens in their room: what its project has taken
 * away, as keys, users, pages, rights, is out within {@link WATCH_MS} and the half minute that projects are cached. Nothing is asked in a room that sleeps. Rule RO52 of SPEC.md.
 * @module
 */
import type { ProjectSource } from "../auth/project.ts";
import { fallenFrom, providerOf } from "../auth/standing.ts";
import type { CloseReason } from "../protocol/close-codes.ts";
import { logRoom, logRoomError } from "./log.ts";
import { judgedAs, projectOf } from "./room-address.ts";
import type { RoomSocket } from "./sockets.ts";

/** Asking is a look into the isolate's cache, and D1 at most as often as that grows old. */
export const WATCH_MS = 30_000;

export type WatchedRoom<W> = {
  readonly roomName: string;
  readonly findProject: ProjectSource["find"];
  readonly sockets: { all(): Iterable<RoomSocket<W>> };
  readonly end: (entry: RoomSocket<W>, reason: CloseReason, detail: string) => void;
};

export class KeyWatch<W> {
  readonly #room: WatchedRoom<W>;
  /** 0 after a wake: nobody knows how long it slept. */
  #askedMs = 0;
  #isAsking = false;

  constructor(room: WatchedRoom<W>) {
    this.#room = room;
  }

  /** Everybody here was let in by a router just now. */
  begin(nowMs: number): void {
    this.#askedMs = nowMs;
  }

  /** Something happens here. Judges everybody when that is due; nothing waits for it. */
  notice(nowMs: number): void {
    if (this.#isAsking || nowMs - this.#askedMs < WATCH_MS || !this.#hasVouched()) return;
    this.#askedMs = nowMs;
    this.#isAsking = true;
    this.#judge().then(
      () => (this.#isAsking = false),
      (error: unknown) => {
        this.#isAsking = false;
        logRoomError("watch-failed", this.#room.roomName, error);
      },
    );
  }

  async #judge(): Promise<void> {
    const { roomName, findProject, sockets, end } = this.#room;
    const found = await findProject(projectOf(roomName), "proven");
    // Not to be asked now: they go on until the end of their hour.
    if (!found.ok) return;
    const project = found.value;
    const provider = project === null ? undefined : await providerOf(project);
    const standing = { project, provider, room: judgedAs(roomName), nowMs: Date.now() };
    let ended = 0;
    for (const entry of [...sockets.all()]) {
      const fallen = fallenFrom(entry.ticket, standing);
      if (fallen === null) continue;
      ended += 1;
      if (fallen === "revoked") end(entry, "forbidden", "access was revoked");
      else end(entry, "refresh-token", "");
    }
    if (ended > 0) logRoom("judged", roomName, { ended });
  }

  #hasVouched(): boolean {
    for (const { ticket } of this.#room.sockets.all()) if (ticket.by !== "open") return true;
    return false;
  }
}
