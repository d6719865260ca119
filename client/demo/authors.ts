/**
 * Names and colours of those who wrote something: as they are shown now, if they are here, and always the same otherwise.
 * @module
 */
import type { Awareness } from "y-protocols/awareness";
import { textOf } from "./api-request.ts";
import { fieldOf } from "./browser-storage.ts";
import { makeElement } from "./elements.ts";
import { COLORS, cleanName, safeColor } from "./identity.ts";

export type Author = { readonly user: string; readonly name: string; readonly color: string };

export type AuthorOf = (user: string) => Author;

const UNKNOWN: Author = { user: "", name: "Somebody", color: "#6b6459" };

/** By the id that the server credits, which who is here shows as `account`: a new name is on what they wrote before, too. */
export function authorsIn(awareness: Awareness): AuthorOf {
  const here = new Map<string, Author>();
  for (const [client, state] of awareness.getStates()) {
    const person = fieldOf(state, "user");
    const user = textOf(fieldOf(person, "account"));
    const name = cleanName(fieldOf(person, "name")) ?? user;
    if (user !== "") here.set(user, { user, name, color: safeColor(fieldOf(person, "color"), client) });
  }
  return (user) => {
    if (user === "") return UNKNOWN;
    return here.get(user) ?? { user, name: cleanName(user) ?? "Somebody", color: safeColor(undefined, seedOf(user)) };
  };
}

/** A dot in the author's colour and their name. */
export function makeAuthorTag({ name, color }: Author): HTMLElement {
  const dot = makeElement("span", { className: "author-dot", attributes: { "aria-hidden": "true" } });
  dot.style.backgroundColor = color;
  const label = makeElement("span", { className: "author-name", text: name, attributes: { dir: "auto" } });
  return makeElement("span", { className: "author", children: [dot, label] });
}

function seedOf(user: string): number {
  let seed = 0;
  for (const letter of user) seed = (seed * 31 + (letter.codePointAt(0) ?? 0)) % (COLORS.length * 97);
  return seed;
}
