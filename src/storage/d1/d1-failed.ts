/**
 * D1 says what is wrong by throwing; for its callers that is an expected failure.
 * @module
 */
import { type Result, err, ok } from "../../protocol/result.ts";

export type D1Failed = { readonly tag: "d1-failed"; readonly reason: string };

/** The result of `body`, or why D1 refused. */
export async function attempt<T>(body: () => Promise<T>): Promise<Result<T, D1Failed>> {
  try {
    return ok(await body());
  } catch (error) {
    return err({ tag: "d1-failed", reason: error instanceof Error ? error.message : String(error) });
  }
}
