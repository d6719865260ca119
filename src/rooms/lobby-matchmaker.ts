/**
 * Finds a room for somebody, or makes one. The room alone grants the seat; here is counted what is asked for, so that many who come at
 * once fill rooms exactly. Rules RO77–RO79 of SPEC.md.
 * @module
 */
import { type Result, err, ok } from "../protocol/result.ts";
import type { HeldSeat, PlaceRequest, Placement, Refusal, SeatRequest } from "./game-api.ts";
import type { KnownRoom, LobbyRooms } from "./lobby-rooms.ts";

export type MatchedLobby = {
  readonly game: string;
  readonly rooms: LobbyRooms;
  /** Undefined where there is no such game. */
  readonly filterOf: (options: PlaceRequest["options"]) => string | undefined;
  readonly mintRoom: () => string;
  /** Throws where the platform does. */
  readonly reserve: (room: string, request: SeatRequest) => Promise<Result<HeldSeat, Refusal>>;
  readonly noteError: (room: string, error: unknown) => void;
};

/** Rooms that say no, one after the other, before somebody is told that there is none. */
const MAX_TRIES = 16;
/** Who waits for a place lies in memory. */
const MAX_PLACING = 2_000;
/** Rooms of one game in one project: each is a row, and in memory. */
const MAX_ROOMS = 50_000;

/** Of the room, not of who asks: another room may say something else. */
const TRY_NEXT: ReadonlySet<Refusal["tag"]> = new Set<Refusal["tag"]>([
  ...(["full", "locked", "gone", "not-found", "unreadable", "banned", "busy"] as const),
]);
const ENDED: ReadonlySet<Refusal["tag"]> = new Set<Refusal["tag"]>(["gone", "not-found"]);

const NO_GAME: Refusal = { tag: "no-game", reason: "There is no such game." };
const NO_MATCH: Refusal = { tag: "no-match", reason: "There is no room that fits." };
const BUSY: Refusal = { tag: "busy", reason: "Too many join at once. Try again in a moment." };
const FULL: Refusal = { tag: "busy", reason: "There are too many rooms of this game." };
const NO_MORE: Refusal = {
  tag: "no-more-rooms",
  reason: "The project has as many rooms of this game as it may have.",
};
const SILENT: Refusal = { tag: "busy", reason: "The room does not answer. Try again in a moment." };

type Placed = Result<Placement, Refusal>;

export class Matchmaker {
  readonly #lobby: MatchedLobby;
  /** Rooms that are being made, by the filter they will be found by: who would fit waits for one. */
  readonly #making = new Map<string, Promise<unknown>>();
  /** Rooms that are being asked, by the same: what is asked for may be free again, or counted twice for a moment. */
  readonly #asking = new Map<string, Set<Promise<unknown>>>();
  #placing = 0;
  /** Rooms that are asked for and not known yet. */
  #inMaking = 0;

  constructor(lobby: MatchedLobby) {
    this.#lobby = lobby;
  }

  async place(request: PlaceRequest): Promise<Placed> {
    const filter = this.#lobby.filterOf(request.options);
    if (filter === undefined) return err(NO_GAME);
    if (this.#placing >= MAX_PLACING) return err(BUSY);
    this.#placing += 1;
    try {
      if (request.method === "create") return await this.#make(request, filter);
      return await this.#find(request, filter);
    } finally {
      this.#placing -= 1;
    }
  }

  async #find(request: PlaceRequest, filter: string): Promise<Placed> {
    const tried = new Set<string>();
    for (;;) {
      const known = tried.size < MAX_TRIES ? this.#pick(request, filter, tried) : undefined;
      if (known !== undefined) {
        tried.add(known.room);
        const seated = await this.#askKnown(known, seatRequest(request));
        if (seated.ok || !TRY_NEXT.has(seated.error.tag)) return seated;
        continue;
      }
      const [asking, making] = [this.#asking.get(filter), this.#making.get(filter)];
      if (asking !== undefined && !request.isSpectator && tried.size < MAX_TRIES) await Promise.race(asking);
      else if (request.method === "join") return err(NO_MATCH);
      else if (making === undefined) return await this.#makeAlone(request, filter);
      else await making;
    }
  }

  /** The fullest with a free place; of equal ones the oldest. Who only watches takes no place. */
  #pick({ isSpectator }: PlaceRequest, filter: string, tried: ReadonlySet<string>): KnownRoom | undefined {
    const { rooms } = this.#lobby;
    let best: KnownRoom | undefined;
    let most = -1;
    for (const known of isSpectator ? rooms.foundBy(filter) : rooms.openBy(filter)) {
      const clients = known.listing.clients + known.asked;
      if (tried.has(known.room) || (!isSpectator && clients >= known.listing.maxClients)) continue;
      const isOlder = clients === most && known.listing.createdMs < (best?.listing.createdMs ?? 0);
      if (clients <= most && !isOlder) continue;
      best = known;
      most = clients;
    }
    return best;
  }

  /** Others with the same filter wait till it is there. */
  async #makeAlone(request: PlaceRequest, filter: string): Promise<Placed> {
    const made = this.#make(request, filter);
    this.#making.set(filter, settled(made));
    try {
      return await made;
    } finally {
      this.#making.delete(filter);
    }
  }

  async #make(request: PlaceRequest, filter: string): Promise<Placed> {
    const { rooms, mintRoom, game } = this.#lobby;
    const count = rooms.size + this.#inMaking;
    if (count >= request.maxRooms) return err(NO_MORE);
    if (count >= MAX_ROOMS) return err(FULL);
    this.#inMaking += 1;
    try {
      return await this.#ask(mintRoom(), { ...seatRequest(request), creates: { game, filter } });
    } finally {
      this.#inMaking -= 1;
    }
  }

  async #askKnown({ room, filter }: KnownRoom, request: SeatRequest): Promise<Placed> {
    const answered = this.#ask(room, request);
    const waiting = settled(answered);
    const asking = this.#asking.get(filter) ?? new Set();
    this.#asking.set(filter, asking.add(waiting));
    try {
      return await answered;
    } finally {
      asking.delete(waiting);
      if (asking.size === 0) this.#asking.delete(filter);
    }
  }

  async #ask(room: string, request: SeatRequest): Promise<Placed> {
    const { rooms, reserve, noteError } = this.#lobby;
    count(rooms, room, request, 1);
    let answer: Result<HeldSeat, Refusal>;
    try {
      answer = await reserve(room, request);
    } catch (error) {
      noteError(room, error);
      answer = err(SILENT);
    } finally {
      count(rooms, room, request, -1);
    }
    if (!answer.ok) {
      if (ENDED.has(answer.error.tag)) rooms.end(room);
      return answer;
    }
    const { session, game, report } = answer.value;
    if (report !== undefined) rooms.take(room, report);
    return ok({ room, session, game });
  }
}

/** Whatever comes of it: who waits looks again. */
async function settled(work: Promise<unknown>): Promise<void> {
  await work.catch(() => undefined);
}

/** Whoever watches takes no place. */
function count(rooms: LobbyRooms, room: string, { isSpectator }: SeatRequest, change: 1 | -1): void {
  const known = rooms.get(room);
  if (known !== undefined && !isSpectator) known.asked += change;
}

function seatRequest({ session, user, options, isSpectator }: PlaceRequest): SeatRequest {
  return { session, user, options, isSpectator };
}
