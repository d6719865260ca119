/**
 * From awareness states to people: one person however many tabs (P5).
 * @module
 */
import { fieldOf } from "./browser-storage.ts";
import { cleanName, safeColor } from "./identity.ts";

export type Person = {
  readonly id: string;
  readonly name: string;
  readonly color: string;
  /** Awareness client ids: one per open tab. */
  readonly clients: readonly number[];
  readonly isSelf: boolean;
  readonly isIdle: boolean;
};

/** Nothing was seen of a person for this long: their avatar dims. */
export const IDLE_AFTER_MS = 60_000;

export type PeopleFacts = {
  readonly selfId: string;
  /** When each client was last seen doing something; a client that is missing counts as just now. */
  readonly activeMs: ReadonlyMap<number, number>;
  readonly nowMs: number;
};

/** Everybody who shows presence: self first, then by name. States of others are input from strangers and are read as such. */
export function listPeople(states: ReadonlyMap<number, unknown>, facts: PeopleFacts): readonly Person[] {
  const people = new Map<string, Person>();
  for (const [client, state] of states) {
    const user = fieldOf(state, "user");
    if (user === undefined && fieldOf(state, "cursor") === undefined) continue;
    const userId = fieldOf(user, "id");
    const id = typeof userId === "string" && userId !== "" ? userId : `client-${client}`;
    const known = people.get(id);
    const isSelf = id === facts.selfId;
    const isIdle = !isSelf && facts.nowMs - (facts.activeMs.get(client) ?? facts.nowMs) >= IDLE_AFTER_MS;
    people.set(id, {
      id,
      name: known?.name ?? cleanName(fieldOf(user, "name")) ?? "Someone",
      color: known?.color ?? safeColor(fieldOf(user, "color"), client),
      clients: [...(known?.clients ?? []), client],
      isSelf,
      isIdle: isIdle && (known?.isIdle ?? true),
    });
  }
  return [...people.values()].toSorted(
    (one, other) => Number(other.isSelf) - Number(one.isSelf) || one.name.localeCompare(other.name),
  );
}

/** Up to two letters for an avatar; works for names without spaces or in any script. */
export function initialsOf(name: string): string {
  const words = name.split(" ").filter((word) => word !== "");
  const ends = words.length > 1 ? [words.at(0), words.at(-1)] : [words.at(0)];
  const letters = ends.map((word) => [...new Intl.Segmenter().segment(word ?? "")][0]?.segment ?? "");
  return letters.join("").toLocaleUpperCase();
}
