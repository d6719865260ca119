/**
 * What people say of themselves when they join a game.
 * @module
 */
import { z } from "zod";
import type { Plain } from "../core/game/ports.ts";

export type Person = { readonly name: string; readonly color: string };

/** Characters; what fits a label. */
const MAX_NAME_LENGTH = 40;

const NAME = z.string().transform((text) => {
  const line = text
    .slice(0, 500)
    .replaceAll(/[\p{Cc}\p{Cf}\s]+/gu, " ")
    .trim();
  return [...line].slice(0, MAX_NAME_LENGTH).join("") || "Somebody";
});

const SAID = z.object({
  name: NAME.catch("Somebody"),
  color: z
    .string()
    .regex(/^#[0-9a-f]{6}$/i)
    .catch("#5a68c8"),
});

/** Never refuses: what is missing or odd is replaced. */
export function personOf(options: Plain): Person {
  const said = SAID.safeParse(options);
  return said.success ? said.data : { name: "Somebody", color: "#5a68c8" };
}
