/**
 * Every client that is asked: one file of `families/` for each family.
 * @module
 */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import type { StockFamily } from "./stock-client.ts";

const FOLDER = join(import.meta.dirname, "families");

const modules = await Promise.all(
  readdirSync(FOLDER)
    .filter((name) => name.endsWith(".ts"))
    .toSorted()
    .map(async (name) => (await import(join(FOLDER, name))) as { readonly families: readonly StockFamily[] }),
);

export const FAMILIES: readonly StockFamily[] = modules.flatMap(({ families }) => families);

/** Fit for a document id. */
export function slugOf({ label }: StockFamily): string {
  return label.toLowerCase().replace(/[^a-z0-9.]+/g, "-");
}
