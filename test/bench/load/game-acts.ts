/**
 * What players of each game do while its room is under load.
 * @module
 */
import { CODE } from "../../../src/dialects/colyseus-codes.ts";
import { FULL, STEP_HZ } from "../../../src/games/arena-step.ts";
import { messageFrame } from "./game-client.ts";

export type GameAct = {
  /** Frames of each player. */
  readonly perSecond: number;
  /** From one state to the next; 0 for a game without a step of its own. */
  readonly stepMs: number;
  readonly options: object;
  /** The next frame of a player; both count from 0. Undefined for a game in which there is only looked at what lies on the table. */
  readonly frame: ((player: number, number: number) => Uint8Array) | undefined;
};

/** Steps in one direction. */
const STRIDE = 15;
const INPUT_CHARS = 62;
const FIELD = { x: 0, y: 1, dash: 2 } as const;

export const GAME_ACTS: Readonly<Record<string, GameAct>> = {
  arena: { perSecond: STEP_HZ, stepMs: 1_000 / STEP_HZ, options: {}, frame: push },
  relay: {
    perSecond: 20,
    stepMs: 0,
    options: {},
    frame: (player, number) => messageFrame("input", said(player, number)),
  },
  board: { perSecond: 1, stepMs: 0, options: { turnSeconds: 0 }, frame: undefined },
};

/** An input of the arena: each field is replaced by a value of one byte. */
function push(player: number, number: number): Uint8Array {
  const angle = player + Math.floor(number / STRIDE) * 2.4;
  const [x, y] = [Math.round(FULL * Math.cos(angle)), Math.round(FULL * Math.sin(angle))];
  const dash = number % (4 * STRIDE) === 0 ? 1 : 0;
  return Uint8Array.of(CODE.inputReliable, FIELD.x, x & 0xff, FIELD.y, y & 0xff, FIELD.dash, dash);
}

/** A JSON text. */
export function said(player: number, number: number, chars: number = INPUT_CHARS): string {
  return `"${`${player} ${number} `.padEnd(chars, "x")}"`;
}

/** Of what {@link said} gave. */
export function whoSaid(text: string): { readonly player: number; readonly number: number } {
  const [player = "", number = ""] = text.slice(1).split(" ");
  return { player: Number(player), number: Number(number) };
}
