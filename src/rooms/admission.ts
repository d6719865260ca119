/**
 * Who may come into a document, decided before a socket exists. Rules RO40–RO43 and RO51 of SPEC.md.
 * @module
 */
import type { ConnectTicket } from "../auth/connect-ticket.ts";
import { allows } from "../auth/grants.ts";
import type { DocumentStorage } from "../core/ports.ts";
import { type Result, err, ok } from "../protocol/result.ts";
import { isErased } from "./document-context.ts";
import type { FirstTouch } from "./first-touch.ts";
import { Gate, type GatedRoom } from "./gate.ts";
import type { Caller, RoomProblem } from "./room-api.ts";

export type AdmittingRoom = GatedRoom & {
  readonly firstTouch: FirstTouch;
  readonly storage: DocumentStorage;
  /** Somebody asks of an erased room: no event comes any more that would set an alarm which was lost in the erase. */
  readonly armOnce: () => void;
};

/** Who may not write leaves nothing behind, no empty document either. */
type Newcomer = { readonly mayCreate: boolean; readonly mayWrite: boolean };

export class Admission {
  readonly #room: AdmittingRoom;
  readonly #gate: Gate;

  constructor(room: AdmittingRoom) {
    this.#room = room;
    this.#gate = new Gate(room);
  }

  /** Before a socket exists. Follow it with {@link arrived} where it is let in, whatever becomes of it. */
  async admit(ticket: ConnectTicket): Promise<Result<void, RoomProblem>> {
    const { mayCreate, grant } = ticket;
    const touched = await this.#touch({ mayCreate, mayWrite: allows(grant, "write") });
    if (!touched.ok) return touched;
    // No await from here on: of two that come at once the second must see the first.
    return this.#gate.enter(ticket);
  }

  /** It is among those present now, or will not come. */
  arrived(ticket: ConnectTicket): void {
    this.#gate.arrived(ticket);
  }

  /** Whether somebody may write over REST. */
  async admitCaller({ isAdmin, mayCreate }: Caller): Promise<Result<void, RoomProblem>> {
    const touched = await this.#touch({ mayCreate, mayWrite: true });
    if (!touched.ok) return touched;
    return this.#room.lock() === "open" || isAdmin ? ok(undefined) : err({ tag: "locked" });
  }

  async #touch({ mayCreate, mayWrite }: Newcomer): Promise<Result<void, RoomProblem>> {
    const { firstTouch, storage, refusals, armOnce } = this.#room;
    const touched = mayWrite ? await firstTouch.open(mayCreate) : await firstTouch.find();
    if (!touched.ok && touched.error.tag === "no-more-rooms") refusals.add("roomsPerProject");
    if (!touched.ok) return touched;
    // Read again: an erase that waited for the same answer was faster.
    if (!isErased(storage)) return ok(undefined);
    armOnce();
    return err({ tag: "deleted" });
  }
}
