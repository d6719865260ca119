/**
 * Reversi for two, and for whoever watches. The room sleeps between moves; with a time for each turn one alarm waits, without one nothing
 * does, however many games are open.
 * @module
 */
import { schema, t } from "@colyseus/schema";
import { z } from "zod";
import type { GameClock, Plain, Player } from "../core/game/ports.ts";
import { Game, Rejected } from "./game.ts";
import { personOf } from "./person.ts";
import {
  DARK,
  EMPTY,
  LIGHT,
  SQUARES,
  type Side,
  discsOf,
  nextSide,
  otherSide,
  startCells,
  turnedBy,
} from "./reversi.ts";

/** A game without a clock waits for who closed the lid. */
const SLOW_GRACE_MS = 7 * 86_400_000;
/** With one, time runs on anyway. */
const FAST_GRACE_MS = 120_000;
const MAX_TURN_SECONDS = 86_400;

const Options = z.object({ turnSeconds: z.number().int().min(5).max(MAX_TURN_SECONDS).or(z.literal(0)).catch(0) });

const BoardSeat = schema(
  {
    name: t.string(),
    color: t.string(),
    /** {@link DARK} or {@link LIGHT}. */
    side: t.uint8(),
    isHere: t.boolean(),
    wantsRematch: t.boolean(),
    wins: t.uint16(),
  },
  "BoardSeat",
);

export const BoardState = schema(
  {
    /** 64 squares, as in reversi.ts. */
    cells: t.array("uint8"),
    seats: t.map(BoardSeat),
    /** `waiting` for a second player, `playing`, `over`. */
    phase: t.string<"waiting" | "playing" | "over">(),
    /** Whose turn it is; 0 while nobody plays. */
    turn: t.uint8(),
    /** Square of the last move; -1 before the first. */
    last: t.int8(),
    /** Who won; 0 for a draw, and while there is no end. */
    winner: t.uint8(),
    reason: t.string<"" | "count" | "time" | "resigned" | "left">(),
    turnSeconds: t.uint32(),
    /** Unix ms at which the turn is lost; 0 without a clock. */
    deadlineMs: t.float64(),
    watching: t.uint16(),
  },
  "BoardState",
);

type Seat = InstanceType<typeof BoardSeat>;

export class Board extends Game<InstanceType<typeof BoardState>> {
  static override readonly clock: GameClock = "alarm";
  static override readonly filterBy = { turnSeconds: 0 };
  override state = new BoardState();
  override maxClients = 2;

  constructor() {
    super();
    const square = z
      .number()
      .int()
      .min(0)
      .max(SQUARES - 1);
    this.onMessage("move", z.object({ square }), (player, move) => this.#move(this.#seatOf(player), move.square));
    this.onMessage("resign", (player) => this.#resign(this.#seatOf(player)));
    this.onMessage("rematch", (player) => this.#rematch(this.#seatOf(player)));
    this.onRequest("now", z.unknown(), () => this.nowMs);
  }

  override onCreate(options: Plain): void {
    const asked = Options.safeParse(options);
    this.state.turnSeconds = asked.success ? asked.data.turnSeconds : 0;
    this.state.cells.push(...startCells());
    this.state.phase = "waiting";
    this.state.reason = "";
    this.state.turn = EMPTY;
    this.state.winner = EMPTY;
    this.state.last = -1;
    this.state.deadlineMs = 0;
    this.state.watching = 0;
    this.#setGrace();
    this.#describe();
  }

  override onRestore(): void {
    this.#setGrace();
  }

  override onJoin({ sessionId, isSpectator }: Player, options: Plain): void {
    if (isSpectator) {
      this.state.watching += 1;
      return;
    }
    const [other] = this.state.seats.values();
    const side = other === undefined ? DARK : otherSide(sideOf(other));
    const said = personOf(options);
    this.state.seats.set(sessionId, new BoardSeat({ ...said, side, isHere: true, wantsRematch: false, wins: 0 }));
    if (this.state.seats.size === 2 && this.state.phase !== "playing") this.#start();
    this.#describe();
  }

  override onDrop(player: Player): void {
    this.#note(player, false);
  }

  override onReconnect(player: Player): void {
    this.#note(player, true);
  }

  override onLeave({ sessionId, isSpectator }: Player): void {
    if (isSpectator) {
      this.state.watching -= 1;
      return;
    }
    const seat = this.state.seats.get(sessionId);
    if (seat === undefined) return;
    if (this.state.phase === "playing") this.#finish(otherSide(sideOf(seat)), "left");
    this.state.seats.delete(sessionId);
    for (const stays of this.state.seats.values()) stays.wantsRematch = false;
    this.#describe();
  }

  override onTimer(): void {
    const { turn, phase } = this.state;
    if (phase === "playing") this.#finish(turn === DARK ? LIGHT : DARK, "time");
  }

  #move(seat: Seat, square: number): void {
    const { state } = this;
    const side = sideOf(seat);
    if (state.phase !== "playing") throw new Rejected("Nobody plays now.");
    if (state.turn !== side) throw new Rejected("It is not your turn.");
    const turned = turnedBy(state.cells, side, square);
    if (turned.length === 0) throw new Rejected("A move has to turn a disc.");
    for (const each of [square, ...turned]) state.cells[each] = side;
    state.last = square;
    const next = nextSide(state.cells, side);
    if (next === undefined) return this.#finish(leaderOf(state.cells), "count");
    if (next === side) this.broadcast("passed", { side: otherSide(side) });
    this.#setTurn(next);
  }

  #resign(seat: Seat): void {
    if (this.state.phase !== "playing") throw new Rejected("Nobody plays now.");
    this.#finish(otherSide(sideOf(seat)), "resigned");
  }

  /** Once both have said so they change sides. */
  #rematch(seat: Seat): void {
    const seats = [...this.state.seats.values()];
    if (this.state.phase !== "over" || seats.length < 2) throw new Rejected("There is nobody to play with.");
    seat.wantsRematch = true;
    if (!seats.every(({ wantsRematch }) => wantsRematch)) return;
    for (const each of seats) each.side = otherSide(sideOf(each));
    this.#start();
  }

  #start(): void {
    const { state } = this;
    for (const [square, cell] of startCells().entries()) state.cells[square] = cell;
    for (const seat of state.seats.values()) seat.wantsRematch = false;
    state.phase = "playing";
    state.last = -1;
    state.winner = EMPTY;
    state.reason = "";
    this.#setTurn(DARK);
    this.#describe();
  }

  #setTurn(side: Side): void {
    const { state } = this;
    state.turn = side;
    if (state.turnSeconds === 0) return;
    state.deadlineMs = this.nowMs + state.turnSeconds * 1_000;
    this.setTimer("turn", state.turnSeconds * 1_000);
  }

  #finish(winner: Side | typeof EMPTY, reason: "count" | "time" | "resigned" | "left"): void {
    const { state } = this;
    state.phase = "over";
    state.turn = EMPTY;
    state.winner = winner;
    state.reason = reason;
    state.deadlineMs = 0;
    this.clearTimer("turn");
    for (const seat of state.seats.values()) if (seat.side === winner) seat.wins += 1;
    this.#describe();
  }

  #note({ sessionId }: Player, isHere: boolean): void {
    const seat = this.state.seats.get(sessionId);
    if (seat !== undefined) seat.isHere = isHere;
  }

  #seatOf({ sessionId }: Player): Seat {
    const seat = this.state.seats.get(sessionId);
    if (seat === undefined) throw new Rejected("Who watches does not play.");
    return seat;
  }

  #setGrace(): void {
    this.reconnectMs = this.state.turnSeconds === 0 ? SLOW_GRACE_MS : FAST_GRACE_MS;
  }

  #describe(): void {
    const { phase, turnSeconds, seats } = this.state;
    this.setMetadata({ host: [...seats.values()].map(({ name }) => name).join(" · "), phase, turnSeconds });
  }
}

function sideOf({ side }: Seat): Side {
  return side === LIGHT ? LIGHT : DARK;
}

function leaderOf(cells: ArrayLike<number>): Side | typeof EMPTY {
  const lead = discsOf(cells, DARK) - discsOf(cells, LIGHT);
  if (lead === 0) return EMPTY;
  return lead > 0 ? DARK : LIGHT;
}
