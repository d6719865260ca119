/**
 * What strangers say of themselves, made fit to show: text, colours, images. The server has checked them; a page that is embedded anywhere
 * checks again.
 * @module
 */
import type { Face, Other } from "../presence/index.ts";

const COLOR = /^#([0-9a-f]{3}){1,2}$/i;
const IMAGE = /^(https:\/\/[^\s"'<>\\]{1,504}|data:image\/(png|jpeg|webp|gif);base64,[A-Za-z\d+/]{1,4060}={0,2})$/;

/** What a server takes from a page (src/core/people/parse-hello.ts): it closes for good on the rest. */
export const FITTING: Readonly<Record<string, RegExp>> = { name: /^.{1,128}$/s, color: COLOR, avatar: IMAGE };

type Worn = Pick<Other, "actor" | "user"> & { readonly status?: Other["status"] | undefined };

/** In the colour of a person, dimmed while they look elsewhere. */
export function dress(element: HTMLElement, { actor, user, status = "active" }: Worn): void {
  element.style.setProperty("--c", colorOf(user, actor));
  element.className = status;
}

export function colorOf({ color = "" }: Face, actor: number): string {
  // Neighbours in number are far apart in hue; dark enough for white, of which the sheet makes black where it is not.
  return COLOR.test(color) ? color : `hsl(${actor * 137} 55% 38%)`;
}

/** One line; empty for nobody's name. What joins letters, or keeps them apart, is part of how names of many languages, and emoji, are written. */
export function nameOf({ name = "" }: Face): string {
  return name.replace(/((?!\u200c|\u200d)[\p{C}\s])+/gu, " ").replace(/^[ \u200c\u200d]+|[ \u200c\u200d]+$/g, "");
}

/**
 * An image to show, or nothing. One that a browser would fetch tells its owner who looks, so it has to come from somebody whom a token names
 * (`id`); what lies in the text itself may come from anybody.
 */
export function imageOf(avatar = "", id = ""): string {
  return IMAGE.test(avatar) && (id || avatar.startsWith("data")) ? avatar : "";
}

/** Up to two letters, of names in any script. */
export function initialsOf(name: string): string {
  const words = name.split(" ");
  const ends = words.length > 1 ? [words[0], words.at(-1)] : words;
  return ends
    .map((word = "") => [...new Intl.Segmenter().segment(word)][0]?.segment)
    .join("")
    .toUpperCase();
}
