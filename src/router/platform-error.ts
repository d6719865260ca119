/**
 * What an exception of a Durable Object stub means. The platform marks its own with `retryable` and `overloaded`
 * (Durable Objects, "Error handling"); anything unmarked is a bug of ours.
 * @module
 */

/** `retry` with a fresh stub: an exception breaks the one it came from. Never retry an overloaded room. */
export type PlatformVerdict = "retry" | "overloaded" | "bug";

export function classifyPlatformError(error: unknown): PlatformVerdict {
  if (isMarked(error, "overloaded")) return "overloaded";
  return isMarked(error, "retryable") ? "retry" : "bug";
}

function isMarked(error: unknown, mark: "retryable" | "overloaded"): boolean {
  return typeof error === "object" && error !== null && mark in error && Reflect.get(error, mark) === true;
}
