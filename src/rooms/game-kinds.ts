/**
 * Games of the registry, as the engine starts them.
 * @module
 */
import type { GameKind } from "../core/game/engine-options.ts";
import type { Plain } from "../core/game/ports.ts";
import { colyseusState } from "../dialects/colyseus-state.ts";
import type { FilterFields } from "../games/game-types.ts";
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

export function gameNames(games: Games = GAMES): readonly string[] {
  return [...games.keys()];
}

/** Of somebody's options those that rooms of the game are found by, or their defaults, as JSON; `{}` where there are none. */
export function filterOf(name: string, options: unknown, games: Games = GAMES): string {
  const given = typeof options === "object" && options !== null ? new Map(Object.entries(options)) : new Map();
  const wanted = defaultsOf(games.get(name)).map(([field, start]) => [field, given.get(field) ?? start]);
  return JSON.stringify(Object.fromEntries(wanted));
}

function defaultsOf(kind: GameClass | undefined): readonly (readonly [field: string, start: Plain])[] {
  const filterBy: FilterFields = kind?.filterBy ?? [];
  return isList(filterBy) ? filterBy.map((field) => [field, null] as const) : Object.entries(filterBy);
}

/** As Array.isArray, which does not know lists that are readonly. */
function isList(fields: FilterFields): fields is readonly string[] {
  return Array.isArray(fields);
}
