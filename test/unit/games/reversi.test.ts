import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Cells,
  DARK,
  EMPTY,
  LIGHT,
  SQUARES,
  type Side,
  discsOf,
  movesOf,
  nextSide,
  otherSide,
  squareName,
  startCells,
  turnedBy,
} from "../../../src/games/reversi.ts";

/** From eight lines of `.`, `d` and `l`. */
function cellsOf(lines: readonly string[]): number[] {
  return [...lines.join("")].map((letter) => ({ d: DARK, l: LIGHT })[letter] ?? EMPTY);
}

function played(cells: Cells, side: Side, square: number): number[] {
  const next = Array.from(cells);
  for (const each of [square, ...turnedBy(cells, side, square)]) next[each] = side;
  return next;
}

/** Leaves of the tree of moves; who cannot move passes, which counts as a move. */
function leaves(cells: Cells, side: Side, depth: number, hasPassed = false): number {
  if (depth === 0) return 1;
  const moves = movesOf(cells, side);
  if (moves.length === 0) return hasPassed ? 1 : leaves(cells, otherSide(side), depth - 1, true);
  return moves.reduce((sum, move) => sum + leaves(played(cells, side, move), otherSide(side), depth - 1), 0);
}

describe("Reversi", () => {
  it("[GB1] the tree of moves has as many leaves as is known of it", () => {
    // The perft figures that Othello programs agree on.
    const known = [4, 12, 56, 244, 1_396, 8_200];
    expect(known.map((_, index) => leaves(startCells(), DARK, index + 1))).toEqual(known);
  });

  it("[GB1] a move turns discs in every direction up to one's own, and none where a line ends in nothing", () => {
    const cells = cellsOf([
      "d..d..d.",
      ".l.l.l..",
      "..lll...",
      "dll.lld.",
      "..lll...",
      ".l.l.l..",
      "d..d..l.",
      "........",
    ]);
    expect(turnedBy(cells, DARK, 27).length).toBe(14);
    expect(turnedBy(cells, DARK, 27)).not.toContain(45);
    expect(turnedBy(cells, DARK, 0)).toEqual([]);
    for (const odd of [-1, 64, 2.5, Number.NaN]) expect(turnedBy(cells, DARK, odd)).toEqual([]);
  });

  it("[GB1] who cannot move passes, and the game ends where nobody can", () => {
    const passed = cellsOf(["dl......", ...Array.from({ length: 7 }, () => "........")]);
    expect(nextSide(passed, DARK)).toBe(DARK);
    expect(nextSide(played(passed, DARK, 2), DARK)).toBeUndefined();
  });

  it("[GB1] any game ends within 60 moves, and no disc is lost", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(), { minLength: 60, maxLength: 60 }), (picks) => {
        let cells = startCells();
        let side: Side | undefined = DARK;
        let moves = 0;
        for (const pick of picks) {
          if (side === undefined) break;
          const open: readonly number[] = movesOf(cells, side);
          cells = played(cells, side, open[pick % open.length] ?? -1);
          moves += 1;
          expect(discsOf(cells, DARK) + discsOf(cells, LIGHT)).toBe(4 + moves);
          side = nextSide(cells, side);
        }
        expect(side).toBeUndefined();
        expect(cells.length).toBe(SQUARES);
      }),
    );
  });

  it("[GB1] squares are named as players name them", () => {
    expect([0, 7, 26, 63].map(squareName)).toEqual(["a1", "h1", "c4", "h8"]);
  });
});
