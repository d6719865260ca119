/**
 * A presence state as a person looking from outside sees it.
 * @module
 */

/** The state's fields, or null when nothing is shown. States in the table are JSON objects. */
export function decodeShown(state: string | null): Readonly<Record<string, unknown>> | null {
  if (state === null) return null;
  // SAFETY: the presence table takes only text that parses to an object.
  return JSON.parse(state) as Readonly<Record<string, unknown>>;
}
