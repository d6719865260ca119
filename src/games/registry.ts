/**
 * The games of this server, by the name that clients join them by.
 * @module
 */
import { Arena } from "./arena.ts";
import { Board } from "./board.ts";
import type { GameClass } from "./game.ts";
import { Relay } from "./relay.ts";

export const GAMES: ReadonlyMap<string, GameClass> = new Map<string, GameClass>([
  ["relay", Relay],
  ["board", Board],
  ["arena", Arena],
]);
