/**
 * Games of the registry, as the engine starts them.
 * @module
 */
import type { GameKind } from "../core/game/engine-options.ts";
import { colyseusState } from "../dialects/colyseus-state.ts";
import type { GameClass } from "../games/game.ts";
import { GAMES } from "../games/registry.ts";

export type Games = ReadonlyMap<string, GameClass>;

/** Undefined for a game that is not there. */
export function findGame(name: string, games: Games = GAMES): GameKind | undefined {
  const kind = games.get(name);
  if (kind === undefined) return undefined;
  const start = (): ReturnType<GameKind["start"]> => {
    const logic = new kind();
    return { logic, openState: colyseusState(logic) };
  };
  return { name, version: kind.version, migrate: kind.migrate, start };
}

/** Of somebody's options those that rooms of the game are found by, as JSON; `{}` where there are none. */
export function filterOf(name: string, options: unknown, games: Games = GAMES): string {
  const given = typeof options === "object" && options !== null ? new Map(Object.entries(options)) : new Map();
  const wanted = (games.get(name)?.filterBy ?? []).map((field) => [field, given.get(field) ?? null]);
  return JSON.stringify(Object.fromEntries(wanted));
}
