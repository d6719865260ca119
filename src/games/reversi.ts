/**
 * The rules of Reversi on 64 squares, numbered row by row from the top left. Pure: the server judges by them, and the page shows which
 * moves there are.
 * @module
 */

export const SIZE = 8;
export const SQUARES = SIZE * SIZE;

/** What lies on a square; dark begins. */
export const EMPTY = 0;
export const DARK = 1;
export const LIGHT = 2;
export type Side = typeof DARK | typeof LIGHT;

export type Cells = ArrayLike<number>;

const DIRECTIONS = [
  [-1, -1],
  [-1, 0],
  [-1, 1],
  [0, -1],
  [0, 1],
  [1, -1],
  [1, 0],
  [1, 1],
] as const;

export const otherSide = (side: Side): Side => (side === DARK ? LIGHT : DARK);

/** Four discs in the middle, those of one side corner to corner. */
export function startCells(): number[] {
  const cells = Array.from({ length: SQUARES }, () => EMPTY);
  cells[27] = LIGHT;
  cells[36] = LIGHT;
  cells[28] = DARK;
  cells[35] = DARK;
  return cells;
}

/** The discs that a move of `side` on `square` turns; none where it is no move. */
export function turnedBy(cells: Cells, side: Side, square: number): readonly number[] {
  if (!Number.isInteger(square) || square < 0 || square >= SQUARES || cells[square] !== EMPTY) return [];
  const row = Math.floor(square / SIZE);
  const column = square % SIZE;
  return DIRECTIONS.flatMap(([down, right]) => turnedAlong(cells, side, { row, column, down, right }));
}

/** Squares where `side` may move, in order. */
export function movesOf(cells: Cells, side: Side): readonly number[] {
  const moves: number[] = [];
  for (let square = 0; square < SQUARES; square += 1) {
    if (turnedBy(cells, side, square).length > 0) moves.push(square);
  }
  return moves;
}

export function discsOf(cells: Cells, side: Side): number {
  let discs = 0;
  for (let square = 0; square < SQUARES; square += 1) if (cells[square] === side) discs += 1;
  return discs;
}

/** Who moves after `side` has: the other one, `side` again where that one cannot, nobody at the end. */
export function nextSide(cells: Cells, side: Side): Side | undefined {
  const other = otherSide(side);
  if (movesOf(cells, other).length > 0) return other;
  return movesOf(cells, side).length > 0 ? side : undefined;
}

/** `c4` for square 26: columns by letter, rows by number from the top. */
export function squareName(square: number): string {
  return `${"abcdefgh"[square % SIZE] ?? ""}${Math.floor(square / SIZE) + 1}`;
}

type Ray = { readonly row: number; readonly column: number; readonly down: number; readonly right: number };

function turnedAlong(cells: Cells, side: Side, { row, column, down, right }: Ray): readonly number[] {
  const passed: number[] = [];
  let [y, x] = [row + down, column + right];
  while (y >= 0 && y < SIZE && x >= 0 && x < SIZE) {
    const cell = cells[y * SIZE + x];
    if (cell === side) return passed;
    if (cell === EMPTY) return [];
    passed.push(y * SIZE + x);
    y += down;
    x += right;
  }
  return [];
}
