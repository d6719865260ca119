/**
 * Reversi: the page of one game.
 * @module
 */
import type { BoardState } from "../../../src/games/board.ts";
import { DARK, LIGHT, SIZE, type Side, discsOf, movesOf, otherSide, squareName } from "../../../src/games/reversi.ts";
import { announce, showToast } from "../announcer.ts";
import { elementById, makeElement } from "../elements.ts";
import { type GameSession, openGame } from "./game-session.ts";
import { SquareGrid } from "./square-grid.ts";

type State = InstanceType<typeof BoardState>;
type Seat = NonNullable<ReturnType<State["seats"]["get"]>>;

const SIDE_WORDS: Readonly<Record<Side, string>> = { [DARK]: "Dark", [LIGHT]: "Light" };
/** From here on the time shows in red. */
const SHORT_SECONDS = 10;

function showBoard({ room, watches }: GameSession<State>): void {
  const view = new BoardView(room.sessionId, watches, (square) => room.send("move", { square }));
  room.onStateChange((state) => view.show(state));
  room.onMessage("passed", ({ side }: { readonly side: number }) => {
    showToast(`${SIDE_WORDS[asSide(side)]} has no move and passes.`);
  });
  elementById("resign", HTMLButtonElement).addEventListener("click", () => room.send("resign"));
  elementById("rematch", HTMLButtonElement).addEventListener("click", () => room.send("rematch"));
  const askTime = async () => {
    const askedMs = Date.now();
    const serverMs: unknown = await room.request("now");
    if (typeof serverMs === "number") view.setSkew(serverMs - (askedMs + Date.now()) / 2);
  };
  // Those who watch ask nothing: their own clock will do.
  if (!watches) void askTime().catch(() => undefined);
  view.show(room.state);
}

class BoardView {
  readonly #ownId: string;
  readonly #watches: boolean;
  readonly #grid: SquareGrid;
  #state: State | undefined;
  #said = "";
  /** Of the server's clock over this one's, in ms. */
  #skewMs = 0;

  constructor(ownId: string, watches: boolean, onMove: (square: number) => void) {
    this.#ownId = ownId;
    this.#watches = watches;
    this.#grid = new SquareGrid(elementById("board", HTMLElement), {
      columns: SIZE,
      rows: SIZE,
      className: "square",
      label: "Board",
      onChoose: (square) => {
        if (this.#moves().includes(square)) onMove(square);
        else if (this.#isOwnTurn()) announce("No move there.");
      },
    });
    setInterval(() => this.#showTimes(), 250);
  }

  setSkew(skewMs: number): void {
    this.#skewMs = skewMs;
  }

  show(state: State): void {
    this.#state = state;
    const moves = this.#moves();
    for (const [index, square] of this.#grid.squares.entries()) {
      const cell = state.cells[index];
      const disc = cell === DARK ? "dark" : cell === LIGHT ? "light" : "";
      square.dataset.disc = disc;
      square.dataset.move = String(moves.includes(index));
      square.dataset.last = String(state.last === index);
      const notes = [moves.includes(index) ? "a move" : "", state.last === index ? "last move" : ""];
      square.setAttribute(
        "aria-label",
        [squareName(index), disc || "empty", ...notes].filter((note) => note !== "").join(", "),
      );
    }
    this.#showSeats(state);
    this.#showLine(state);
    const own = this.#ownSeat();
    const isFull = state.seats.size === 2;
    elementById("resign", HTMLElement).hidden = own === undefined || state.phase !== "playing";
    const rematch = elementById("rematch", HTMLButtonElement);
    rematch.hidden = own === undefined || state.phase !== "over" || !isFull;
    rematch.disabled = own?.wantsRematch === true;
    const watching = elementById("watching", HTMLElement);
    watching.hidden = state.watching === 0;
    watching.textContent = state.watching === 1 ? "1 person watches." : `${state.watching} people watch.`;
  }

  #showSeats(state: State): void {
    const seats = [...state.seats.values()].toSorted((one, other) => one.side - other.side);
    const cards = seats.map((seat) => {
      const side = asSide(seat.side);
      const name = makeElement("span", { className: "player-name", text: seat.name });
      const note = this.#noteOn(seat);
      if (note !== "") name.append(makeElement("small", { text: ` ${note}` }));
      const word = makeElement("span", { className: "visually-hidden", text: `${SIDE_WORDS[side]}, discs: ` });
      const figure = makeElement("span", { className: "player-figure", text: String(discsOf(state.cells, side)) });
      const dot = makeElement("span", {
        className: "dot",
        attributes: { "data-side": side === DARK ? "dark" : "light" },
      });
      const time = makeElement("span", { className: "player-time", attributes: { "data-time": String(side) } });
      const card = makeElement("div", { className: "player", children: [dot, name, time, word, figure] });
      card.dataset.active = String(state.turn === side);
      card.dataset.away = String(!seat.isHere);
      card.dataset.testid = "player";
      return card;
    });
    elementById("players", HTMLElement).replaceChildren(...cards);
    this.#showTimes();
  }

  #noteOn(seat: Seat): string {
    const notes = [
      seat === this.#ownSeat() ? "you" : "",
      seat.isHere ? "" : "away",
      seat.wins > 0 ? `won ${seat.wins}` : "",
      seat.wantsRematch ? "wants to play again" : "",
    ].filter((note) => note !== "");
    return notes.length === 0 ? "" : `(${notes.join(", ")})`;
  }

  #showLine(state: State): void {
    const text = this.#lineOf(state);
    elementById("line", HTMLElement).textContent = text;
    if (text === this.#said) return;
    this.#said = text;
    announce(state.last >= 0 && state.phase === "playing" ? `${squareName(state.last)} was played. ${text}` : text);
  }

  #lineOf(state: State): string {
    if (state.phase === "waiting") return "Waiting for somebody to play with. Share the link.";
    if (state.phase === "playing") {
      if (this.#isOwnTurn()) return "Your turn.";
      const name = nameOf(state, asSide(state.turn));
      return this.#watches ? `${name}’s turn.` : `${name} is thinking.`;
    }
    return state.winner === 0 ? "A draw." : this.#resultOf(state, asSide(state.winner));
  }

  #resultOf(state: State, winner: Side): string {
    const own = this.#ownSeat();
    const isOwn = own?.side === winner;
    const name = isOwn ? "You" : nameOf(state, winner);
    const win = `${name} ${isOwn ? "win" : "wins"}`;
    switch (state.reason) {
      case "time":
        return `${win} on time.`;
      case "resigned":
        return `${win}: the other side has resigned.`;
      case "left":
        return `${win}: the other side has left.`;
      default:
        return `${win} ${discsOf(state.cells, winner)} to ${discsOf(state.cells, otherSide(winner))}.`;
    }
  }

  #showTimes(): void {
    const state = this.#state;
    if (state === undefined) return;
    for (const time of document.querySelectorAll<HTMLElement>("[data-time]")) {
      const isRunning = state.deadlineMs > 0 && time.dataset.time === String(state.turn);
      const seconds = Math.max(0, Math.ceil((state.deadlineMs - Date.now() - this.#skewMs) / 1_000));
      time.textContent = isRunning ? `${seconds} s` : "";
      time.dataset.short = String(seconds <= SHORT_SECONDS);
    }
  }

  #ownSeat(): Seat | undefined {
    return this.#state?.seats.get(this.#ownId);
  }

  #isOwnTurn(): boolean {
    const seat = this.#ownSeat();
    return seat !== undefined && this.#state?.phase === "playing" && this.#state.turn === seat.side;
  }

  #moves(): readonly number[] {
    const seat = this.#ownSeat();
    if (seat === undefined || this.#state === undefined || !this.#isOwnTurn()) return [];
    return movesOf(this.#state.cells, asSide(seat.side));
  }
}

function asSide(side: number): Side {
  return side === LIGHT ? LIGHT : DARK;
}

function nameOf(state: State, side: Side): string {
  const seat = [...state.seats.values()].find((one) => one.side === side);
  return seat?.name ?? SIDE_WORDS[side];
}

// Last: classes are not there before their line.
const session = await openGame<State>("board", { keepsSeat: true });
if (session !== undefined) showBoard(session);
