/**
 * What every question to R2 may answer instead.
 * @module
 */
import { type Result, err, ok } from "../protocol/result.ts";

export type R2Failed = { readonly tag: "r2-failed"; readonly reason: string };

/** R2 says what is wrong by throwing; here that is an expected failure. */
export async function attempt<T>(body: () => Promise<T>): Promise<Result<T, R2Failed>> {
  try {
    return ok(await body());
  } catch (error) {
    return err({ tag: "r2-failed", reason: error instanceof Error ? error.message : String(error) });
  }
}
