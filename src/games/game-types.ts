/**
 * What the author of a game hands to its base class, and gets from it.
 * @module
 */
import type { Schema } from "@colyseus/schema";
import type { Plain, StandardSchema } from "../core/game/ports.ts";

/** A Standard Schema whose output is known: zod, valibot, arktype. */
export type SchemaOf<T> = StandardSchema & {
  readonly "~standard": { readonly types?: { readonly output: T } | undefined };
};

/** Names of options, or each with what it is for who leaves it out. */
export type FilterFields = readonly string[] | Readonly<Record<string, Plain>>;

/** What one player sees beyond what all see: instances of the state, by tag. */
export interface PlayerView {
  add(instance: object, tag?: number): unknown;
  remove(instance: object, tag?: number): unknown;
}

export type InputClass = new () => Schema;
export type InputOptions = { readonly hz?: number; readonly stamps?: boolean };
