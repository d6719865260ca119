/**
 * Runs code of games. What it throws ends nothing: it is counted, logged, and its text may be shown. Rules GM20–GM23 of SPEC.md.
 * @module
 */
import { type Result, err, ok } from "../../protocol/result.ts";
import type { Rejection } from "./ports.ts";

const MAX_TEXT_CHARS = 200;

export class Containment {
  readonly #note: (hook: string, error: unknown) => void;
  readonly #exceptions = new Map<string, number>();
  #last = "";
  /** Code of the game ran since this was set to false: anything may be different. */
  hasRun = false;

  constructor(note: (hook: string, error: unknown) => void) {
    this.#note = note;
  }

  get last(): string {
    return this.#last;
  }

  exceptions(): Readonly<Record<string, number>> {
    return Object.fromEntries(this.#exceptions);
  }

  /** A promise is an error: what it does later belongs to no event, and what it answers nobody waits for. */
  run<T>(hook: string, act: () => T): Result<T, unknown> {
    this.hasRun = true;
    try {
      const value = act();
      if (!(value instanceof Promise)) return ok(value);
      value.catch(() => undefined);
      throw new Error("hooks and handlers of games answer at once, not with a promise");
    } catch (error) {
      if (asRejection(error) === undefined) this.count(hook, error);
      return err(error);
    }
  }

  count(hook: string, error: unknown): void {
    this.#exceptions.set(hook, (this.#exceptions.get(hook) ?? 0) + 1);
    this.#last = `${hook}: ${textOf(error)}`;
    this.#note(hook, error);
  }
}

/** One sentence without a stack. */
export function textOf(error: unknown): string {
  const text = error instanceof Error ? error.message : error;
  return typeof text === "string" && text !== "" ? text.slice(0, MAX_TEXT_CHARS) : "the game failed";
}

export function asRejection(error: unknown): Rejection | undefined {
  if (typeof error !== "object" || error === null || !("isRejection" in error) || !("payload" in error)) {
    return undefined;
  }
  return error.isRejection === true ? { isRejection: true, payload: error.payload } : undefined;
}
