/**
 * A state as a text, the same on every side.
 * @module
 */
import { pictureOf } from "../property/colyseus-world.ts";

/** What the state was after a turn. */
export type Truth = { readonly turn: number; readonly picture: string };

/** Everything in a state, with the ids of its instances. */
export function pictureText(state: unknown): string {
  return JSON.stringify(pictureOf(state), (_key, value: unknown) =>
    typeof value === "bigint" ? `${String(value)}n` : value,
  );
}
