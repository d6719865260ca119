/**
 * How many may be in a room, and how fast they may come. Rules RO40 and RO41 of SPEC.md.
 * @module
 */
import type { ConnectTicket } from "../auth/connect-ticket.ts";
import { ANONYMOUS } from "../auth/user-id.ts";
import type { LockMode } from "../core/ports.ts";
import { type Result, err, ok } from "../protocol/result.ts";
import type { LimitName } from "../protocol/room-limits.ts";
import { Crowd } from "./crowd.ts";
import type { RefusalCounts } from "./refusal-counts.ts";
import type { RoomProblem } from "./room-api.ts";

/** So many seconds of its rate may join at once, as after a deploy. */
const JOIN_BURST_SECONDS = 4;

/** How often somebody may come. `ofProject` is what the room counts by, whose newcomers may have lower ones by their tokens. */
export type JoinLimit = { readonly joinsPerSecond: number; readonly ofProject: number };

/** How many have joined of late. */
export class JoinRate {
  #level = 0;
  #atMs = 0;

  /** One more, where that fits. */
  take({ joinsPerSecond, ofProject }: JoinLimit, nowMs: number): boolean {
    this.#level = Math.max(0, this.#level - (Math.max(0, nowMs - this.#atMs) / 1_000) * ofProject);
    this.#atMs = nowMs;
    if (this.#level + 1 > JOIN_BURST_SECONDS * joinsPerSecond) return false;
    this.#level += 1;
    return true;
  }
}

export type GatedRoom = {
  readonly present: Crowd;
  readonly refusals: RefusalCounts;
  readonly lock: () => LockMode;
  /** Whoever nobody knows is somebody else to all others, and so limited by address. */
  readonly limitsAnonymous?: boolean;
};

export class Gate {
  readonly #room: GatedRoom;
  /** Let in, and not open yet: the runtime makes the socket in between. */
  readonly #arriving = new Crowd();
  readonly #joins = new JoinRate();

  constructor(room: GatedRoom) {
    this.#room = room;
  }

  /** Before a socket exists. Follow it with {@link arrived} where it is let in, whatever becomes of it. */
  enter(ticket: ConnectTicket): Result<void, RoomProblem> {
    if (this.#room.lock() === "closed" && !ticket.grant.scopes.includes("admin")) return err({ tag: "locked" });
    const limit = this.#reached(ticket) ?? this.#tooFast(ticket);
    if (limit !== undefined) {
      this.#room.refusals.add(limit);
      return err({ tag: "room-limit", limit });
    }
    this.#arriving.enter(ticket);
    return ok(undefined);
  }

  /** It is among those present now, or will not come. */
  arrived(ticket: ConnectTicket): void {
    this.#arriving.leave(ticket);
  }

  #reached({ grant, address, limits }: ConnectTicket): LimitName | undefined {
    const count = (of: (crowd: Crowd) => number): number => of(this.#room.present) + of(this.#arriving);
    if (count(({ size }) => size) >= limits.socketsPerRoom) return "socketsPerRoom";
    // Nobody knows how many people that is.
    const isNamed = grant.user !== ANONYMOUS;
    if (isNamed && count((crowd) => crowd.ofUser(grant.user)) >= limits.socketsPerUser) return "socketsPerUser";
    if (count((crowd) => crowd.ofAddress(address)) >= limits.socketsPerAddress) return "socketsPerAddress";
    if (isNamed || this.#room.limitsAnonymous !== true) return undefined;
    const anonymous = count((crowd) => crowd.anonymousOf(address));
    return anonymous >= limits.anonymousPerAddress ? "anonymousPerAddress" : undefined;
  }

  #tooFast({ limits, joinsPerSecond: ofProject }: ConnectTicket): LimitName | undefined {
    return this.#joins.take({ joinsPerSecond: limits.joinsPerSecond, ofProject }, Date.now())
      ? undefined
      : "joinsPerSecond";
  }
}
