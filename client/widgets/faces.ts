/**
 * What strangers say of themselves, made fit to show: text, colours, images.
 * @module
 */

/** White on each has a contrast of at least 4.5. */
const COLORS = "b4532a,936000,48792a,1a7f56,1a7c84,2a6fb0,5a64c4,8a55c0,b0479b,c23f67".split(",");

const COLOR = /^#([0-9a-f]{3}){1,2}$/i;
const IMAGE = /^data:image\/(png|jpeg|webp|gif)[;,]/;

/** The server checks it before; a page that is embedded anywhere checks again. */
export function colorOf(color: string | undefined, actor: number): string {
  return color && COLOR.test(color) ? color : `#${COLORS[actor % COLORS.length]}`;
}

/** One line; empty for nobody's name. */
export function nameOf(name: string | undefined): string {
  return (name ?? "").replace(/[\p{Cc}\p{Cf}\s]+/gu, " ").trim();
}

/**
 * An image to show, if there is one. One that a browser would fetch tells its owner who looks, so it has to come from somebody whom a token
 * names (`id`); what lies in the text itself may come from anybody.
 */
export function imageOf(avatar: string | undefined, id: string | undefined): string | undefined {
  return avatar && (IMAGE.test(avatar) || (id && avatar.startsWith("https://"))) ? avatar : undefined;
}

/** Up to two letters, of names in any script. */
export function initialsOf(name: string): string {
  const words = name.split(" ");
  const [first = "", last = ""] = [words.shift(), words.pop()].map(
    (word = "") => [...new Intl.Segmenter().segment(word)][0]?.segment,
  );
  return (first + last).toUpperCase();
}
