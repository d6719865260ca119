/**
 * Why an operation does not fit.
 * @module
 */
import { type Result, err } from "../../protocol/result.ts";

/** Shown to whoever sent the operation. */
export type Misfit = { readonly reason: string };

export function misfit(reason: string): Result<never, Misfit> {
  return err({ reason });
}
