import { describe, expect, it } from "vitest";
import type { BoardState } from "../../../src/games/board.ts";
import { DARK, EMPTY, LIGHT, discsOf, movesOf, startCells } from "../../../src/games/reversi.ts";
import { type Guest, Table } from "./table.ts";

type State = InstanceType<typeof BoardState>;
type Player = Guest<State>;

const MINUTE_MS = 60_000;

/** Alice is dark and moves first. */
function twoAt(options: { readonly turnSeconds?: number } = {}) {
  const table = new Table<State>("board", options);
  const alice = table.join("Alice");
  const bob = table.join("Bob");
  table.wait(100);
  return { table, alice, bob };
}

const standOf = ({ state }: Player) => ({
  phase: state.phase,
  turn: state.turn,
  winner: state.winner,
  reason: state.reason,
});
const PLAYING = { phase: "playing", turn: DARK, winner: EMPTY, reason: "" };

/** Both play the first move they have, to the end. */
function playOut(table: Table<State>, alice: Player, bob: Player): void {
  for (let moves = 0; moves < 60 && alice.state.phase === "playing"; moves += 1) {
    const side = alice.state.turn === DARK ? DARK : LIGHT;
    const mover = [...alice.state.seats.entries()].find(([, seat]) => seat.side === side)?.[0];
    const [square] = movesOf(alice.state.cells, side);
    table.send(mover === alice.session ? alice : bob, "move", { square });
    table.wait(100);
  }
}

describe("a game of Reversi", () => {
  it("[GB4] begins when the second player comes, and a move shows to both and to who watches", () => {
    const { table, alice, bob } = twoAt();
    const carol = table.join("Carol", { isSpectator: true });
    expect([...alice.state.seats.values()].map(({ name, side }) => [name, side])).toEqual([
      ["Alice", DARK],
      ["Bob", LIGHT],
    ]);
    table.send(alice, "move", { square: 19 });
    table.wait(100);
    for (const { state } of [alice, bob, carol]) {
      expect(discsOf(state.cells, DARK)).toBe(4);
      expect([state.turn, state.last, state.watching]).toEqual([LIGHT, 19, 1]);
    }
    expect(table.errors).toEqual([]);
  });

  it("[GB4] what is no move, no turn, or nobody's is refused and changes nothing", () => {
    const { table, alice, bob } = twoAt();
    const carol = table.join("Carol", { isSpectator: true });
    table.send(bob, "move", { square: 19 });
    table.send(alice, "move", { square: 0 });
    for (const square of [-1, 64, 1.5, Number.NaN, "19", null]) table.send(alice, "move", { square });
    table.send(carol, "move", { square: 19 });
    table.send(alice, "rematch");
    table.wait(100);
    expect(standOf(alice)).toEqual(PLAYING);
    expect([...alice.state.cells]).toEqual(startCells());
    expect(bob.refusals).toEqual(["It is not your turn."]);
    expect(alice.refusals.length).toBe(8);
    expect(carol.refusals.length).toBe(1);
  });

  it("[GB4] ends by count, and both who want another play it on the other side", () => {
    const { table, alice, bob } = twoAt();
    playOut(table, alice, bob);
    const lead = discsOf(alice.state.cells, DARK) - discsOf(alice.state.cells, LIGHT);
    expect(standOf(alice)).toEqual({
      phase: "over",
      turn: EMPTY,
      winner: lead === 0 ? EMPTY : lead > 0 ? DARK : LIGHT,
      reason: "count",
    });
    table.send(alice, "rematch");
    table.wait(100);
    expect(standOf(bob).phase).toBe("over");
    table.send(bob, "rematch");
    table.wait(100);
    expect(standOf(bob)).toEqual(PLAYING);
    expect(alice.state.seats.get(bob.session)?.side).toBe(DARK);
    expect([...bob.state.cells]).toEqual(startCells());
    expect(table.errors).toEqual([]);
  });

  it("[GB4] with a clock the turn is lost in time, over sleep too; without one nothing is due", () => {
    const { table, alice, bob } = twoAt({ turnSeconds: 60 });
    expect(alice.state.deadlineMs).toBe(table.nextDueMs);
    table.wait(MINUTE_MS - 5_000);
    table.send(alice, "move", { square: 19 });
    table.wait(MINUTE_MS - 5_000);
    expect(standOf(alice).phase).toBe("playing");
    expect(table.isQuiet).toBe(true);
    table.sleep();
    table.wait(6_000);
    expect(standOf(bob)).toEqual({ phase: "over", turn: EMPTY, winner: DARK, reason: "time" });
    const slow = twoAt();
    slow.table.wait(MINUTE_MS);
    expect([slow.table.isQuiet, slow.table.nextDueMs]).toEqual([true, undefined]);
  });

  it("[GB4] goes on after sleep in the middle of a turn", () => {
    const { table, alice, bob } = twoAt();
    table.send(alice, "move", { square: 19 });
    table.wait(100);
    table.sleep();
    table.send(bob, "move", { square: 18 });
    table.wait(100);
    expect([alice.state.last, alice.state.turn]).toEqual([18, DARK]);
    expect([...bob.state.cells]).toEqual([...alice.state.cells]);
    playOut(table, alice, bob);
    expect(standOf(bob).phase).toBe("over");
  });

  it("[GB4] who drops keeps the seat, for days without a clock, and who leaves has lost", () => {
    const { table, alice, bob } = twoAt();
    table.drop(bob);
    table.wait(86_400_000);
    expect(alice.state.seats.get(bob.session)?.isHere).toBe(false);
    table.comeBack(bob, "Bob");
    table.wait(100);
    expect(alice.state.seats.get(bob.session)?.isHere).toBe(true);
    table.drop(bob, true);
    table.wait(100);
    expect(standOf(alice)).toEqual({ phase: "over", turn: EMPTY, winner: DARK, reason: "left" });
    const dave = table.join("Dave");
    table.wait(100);
    expect(standOf(dave)).toEqual(PLAYING);
    table.send(dave, "resign");
    table.wait(100);
    expect(standOf(alice)).toEqual({ phase: "over", turn: EMPTY, winner: DARK, reason: "resigned" });
    expect(alice.state.seats.get(alice.session)?.wins).toBe(2);
  });
});
