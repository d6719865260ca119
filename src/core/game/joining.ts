/**
 * How people come in: a seat is held, then taken by who connects, then kept for who comes back. Rules GM1–GM7 of SPEC.md.
 * @module
 */
import { GAME_CHANGED } from "../../protocol/game-refusals.ts";
import { type Result, err, ok } from "../../protocol/result.ts";
import type { SessionId } from "../events.ts";
import { textOf } from "./contain.ts";
import type { Departures } from "./departures.ts";
import type { GameRefusal, OpenRequest, ReserveRequest, SeatGrant, SeatOwner } from "./engine-options.ts";
import type { GameMessage } from "./events.ts";
import type { GameParts } from "./parts.ts";
import type { Seated } from "./seated.ts";
import { HOLD_MS } from "./seats.ts";

/** JSON of what somebody joins with. It is a part of a row. */
const MAX_OPTIONS_CHARS = 0x1000;

export class Joining {
  readonly #parts: GameParts;
  readonly #departures: Departures;

  constructor(parts: GameParts, departures: Departures) {
    this.#parts = parts;
    this.#departures = departures;
  }

  reserve(request: ReserveRequest): Result<SeatGrant, GameRefusal> {
    const { contain, logic, seats, moment, kind } = this.#parts;
    const { session, user, isSpectator, options } = request;
    if (JSON.stringify(options).length > MAX_OPTIONS_CHARS) return refuse("refused", "The options are too large.");
    const before = this.#whyNot(request);
    if (before !== undefined) return err(before);
    const answer = contain.run("onAuth", () => logic.onAuth({ userId: user }, options));
    if (!answer.ok) return refuse("refused", textOf(answer.error));
    if (!answer.value) return refuse("refused", "The game does not let you in.");
    // The game may have done anything while it was asked.
    const after = this.#whyNot(request);
    if (after !== undefined) return err(after);
    const untilMs = moment.nowMs + HOLD_MS;
    seats.hold({ session, user, isSpectator, options }, untilMs);
    moment.isUrgent = true;
    return ok({ session, game: kind.name, untilMs });
  }

  /** The seat that this socket may take. Changes nothing. */
  find(session: SessionId, request: OpenRequest): Result<Seated, GameRefusal> {
    const { seats, facts, moment, shapes } = this.#parts;
    const { user, scopes, reconnectionToken, skipHandshake } = request;
    if (moment.isEnding) return refuse("gone", "This room has ended.");
    const seated = seats.get(session);
    if (seated === undefined)
      return refuse("no-seat", "No seat is kept here: the reservation or the time to come back is over.");
    if (seated.userId !== user) return refuse("not-yours", "This seat is somebody else's.");
    if (facts.isBanned(user)) return refuse("banned", "You are banned from this room.");
    if (!scopes.includes("read") || (!seated.isSpectator && !scopes.includes("write"))) {
      return refuse("forbidden", "The token does not allow that.");
    }
    if (seated.state !== "held" && !this.#isTokenOf(seated, reconnectionToken)) {
      return refuse("not-yours", "The reconnection token is not the one of this seat.");
    }
    if (skipHandshake && shapes.isOutdated(session)) return refuse("refused", GAME_CHANGED);
    return ok(seated);
  }

  sessionOf(reconnectionToken: string, user: string): Result<SeatOwner, GameRefusal> {
    const { seats, facts, moment, kind } = this.#parts;
    if (moment.isEnding) return refuse("gone", "This room has ended.");
    for (const seated of seats.all()) {
      if (seated.userId !== user || !this.#isTokenOf(seated, reconnectionToken)) continue;
      if (facts.isBanned(user)) return refuse("banned", "You are banned from this room.");
      return ok({ session: seated.session, game: kind.name });
    }
    return refuse(
      "no-seat",
      "No seat is kept for this token: it is not the last one, or the time to come back is over.",
    );
  }

  open(session: SessionId, request: OpenRequest): Result<void, GameRefusal> {
    const found = this.find(session, request);
    if (!found.ok) return found;
    const seated = found.value;
    const { seats, moment, clock, codec, inputs, outgoing, shapes } = this.#parts;
    const isNew = seated.state === "held";
    // Its owner is back before anybody noticed that it was gone. The game hears of both, in order.
    this.#departures.drop(seated);
    if (seats.get(session) !== seated) return refuse("refused", "The seat was lost.");
    outgoing.forget(session);
    this.#sit(seated, request);
    codec.beginInputs(session);
    if (shapes.forget(session)) moment.isUnsaved = true;
    inputs.begin(session, 0);
    moment.isUrgent = true;
    clock.noteActivity(moment.nowMs);
    return isNew ? this.#join(seated) : this.#comeBack(seated);
  }

  #whyNot({ session, user, isSpectator }: ReserveRequest): GameRefusal | undefined {
    const { seats, facts, logic, moment } = this.#parts;
    if (moment.isEnding) return { tag: "gone", reason: "This room has ended." };
    if (facts.isBanned(user)) return { tag: "banned", reason: "You are banned from this room." };
    if (seats.get(session) !== undefined) return { tag: "seat-taken", reason: "This session has a seat already." };
    if (facts.meta.isLocked) return { tag: "locked", reason: "This room is locked." };
    const places = isSpectator ? logic.maxSpectators : logic.maxClients;
    return seats.count(isSpectator) < places ? undefined : { tag: "full", reason: "This room is full." };
  }

  #isTokenOf(seated: Seated, token: string | undefined): boolean {
    if (token === undefined || token === "") return false;
    const hash = this.#parts.options.hashToken(token);
    return hash === seated.tokenHash || hash === seated.nextTokenHash;
  }

  /** From here on it has a socket, and a fresh token on its way. */
  #sit(seated: Seated, { reconnectionToken, skipHandshake, eventsPerSecond }: OpenRequest): void {
    const { seats, moment, options, outgoing } = this.#parts;
    const isNew = seated.state === "held";
    // The one it has shown is the one it has: what was sent later may have been lost.
    if (!isNew && reconnectionToken !== undefined) seated.tokenHash = options.hashToken(reconnectionToken);
    const token = options.mintToken();
    seats.take(seated, options.hashToken(token));
    const link = seated.connect(eventsPerSecond, moment.nowMs);
    link.hearsFrom = outgoing.shared.length;
    link.handshake = this.#handshake(token, skipHandshake && !isNew);
  }

  #handshake(reconnectionToken: string, isKnown: boolean): GameMessage {
    const { codec, logic } = this.#parts;
    const { inputHz: hz, patchMs, takesInputs, wantsStamps } = logic;
    const offer = { hz, patchMs, ...(wantsStamps && { wantsStamps }) };
    return {
      type: "handshake",
      reconnectionToken,
      ...(!isKnown && { reflection: codec.reflection() }),
      ...(takesInputs && { inputs: { reflection: codec.inputReflection(), ...offer } }),
    };
  }

  #join(seated: Seated): Result<void, GameRefusal> {
    const { contain, logic, seats } = this.#parts;
    const { options } = seated;
    seated.options = null;
    const joined = contain.run("onJoin", () => logic.onJoin(seated, options));
    const isThere = seats.get(seated.session) === seated;
    if (joined.ok && isThere) return ok(undefined);
    if (isThere) {
      // Its shell turns that socket away. What onJoin had begun is for onLeave to take back.
      seated.link = undefined;
      this.#departures.leave(seated, false);
    }
    return refuse("refused", joined.ok ? "The game did not keep you." : textOf(joined.error));
  }

  #comeBack(seated: Seated): Result<void, GameRefusal> {
    const { contain, logic, seats } = this.#parts;
    contain.run("onReconnect", () => logic.onReconnect(seated));
    return seats.get(seated.session) === seated ? ok(undefined) : refuse("refused", "The game did not keep you.");
  }
}

function refuse(tag: GameRefusal["tag"], reason: string): Result<never, GameRefusal> {
  return err({ tag, reason });
}
