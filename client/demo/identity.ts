/**
 * Who sits at this browser: an id that stays, a name they may change, a colour.
 * @module
 */
import { fieldOf, readStored, writeStored } from "./browser-storage.ts";
import { newPersonName, pick } from "./names.ts";

/** What others see of a person; `id` is one per browser, so that tabs count as one. */
export type Identity = { readonly id: string; readonly name: string; readonly color: string };

const KEY = "roost.identity";
/** Characters of a name: what fits a caret's label and an attachment of 8 KB with room to spare. */
export const MAX_NAME_LENGTH = 40;

/** White text on each has a contrast ≥ 4.5, each on the darkest paper ≥ 3. */
export const COLORS = [
  "#b4532a",
  "#a8641b",
  "#7d7416",
  "#4f7f2a",
  "#1e8459",
  "#1b8089",
  "#2f76b8",
  "#5a68c8",
  "#8a59c0",
  "#b04a9b",
  "#c4456b",
] as const;

const HEX_COLOR = /^#[0-9a-f]{6}$/i;

/** A colour someone else sent, if it is one; the same fallback for the same seed otherwise. */
export function safeColor(value: unknown, seed = 0): string {
  if (typeof value === "string" && HEX_COLOR.test(value)) return value;
  return COLORS[Math.abs(seed) % COLORS.length] ?? COLORS[0];
}

/** White or black, whichever is easier to read on `color` (WCAG 2 relative luminance). */
export function inkOn(color: string): "#ffffff" | "#000000" {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((start) => {
    const part = Number.parseInt(color.slice(start, start + 2), 16) / 255;
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  const luminance = 0.2126 * red + 0.7152 * green + 0.0722 * blue;
  // Equal contrast with both lies at 0.179; the palette's white stays white.
  return luminance > 0.185 ? "#000000" : "#ffffff";
}

/** `text` as a name: one line, trimmed, at most {@link MAX_NAME_LENGTH} characters; undefined when nothing is left. */
export function cleanName(text: unknown): string | undefined {
  if (typeof text !== "string") return undefined;
  const line = text
    .slice(0, 500)
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim();
  return [...line].slice(0, MAX_NAME_LENGTH).join("") || undefined;
}

/** The stored identity; a new one, stored, at the first visit. */
export function loadIdentity(): Identity {
  const stored = readIdentity();
  if (stored !== undefined) return stored;
  const fresh = { id: crypto.randomUUID(), name: newPersonName(), color: pick(COLORS) };
  writeStored(KEY, fresh);
  return fresh;
}

/** Stores a new name for this browser and returns the identity with it. */
export function renameIdentity(identity: Identity, name: string): Identity {
  const renamed = { ...identity, name: cleanName(name) ?? identity.name };
  writeStored(KEY, renamed);
  return renamed;
}

/** Calls `onChange` when another tab of this browser stored an identity. */
export function watchIdentity(onChange: (identity: Identity) => void): void {
  addEventListener("storage", ({ key }) => {
    if (key !== KEY) return;
    const identity = readIdentity();
    if (identity !== undefined) onChange(identity);
  });
}

function readIdentity(): Identity | undefined {
  const stored = readStored(KEY);
  const id = fieldOf(stored, "id");
  const name = cleanName(fieldOf(stored, "name"));
  if (typeof id !== "string" || id === "" || name === undefined) return undefined;
  return { id, name, color: safeColor(fieldOf(stored, "color")) };
}
