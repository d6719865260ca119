/**
 * The games of this server, by the name that clients join them by.
 * @module
 */
import type { GameClass } from "./game.ts";

export const GAMES: ReadonlyMap<string, GameClass> = new Map<string, GameClass>();
