/**
 * A presence state as a person looking from outside sees it.
 * @module
 */

/** The fields of a state's `user` that say who somebody is. */
const SHOWN_FIELDS = ["name", "color"] as const;

/** Name and color of who shows this state, or null when nothing is shown. Cursors and whatever else is in it stay inside. */
export function decodeShown(state: string | null): Readonly<Record<string, unknown>> | null {
  if (state === null) return null;
  // SAFETY: the presence table takes only text that parses to an object.
  const { user } = JSON.parse(state) as Readonly<Record<string, unknown>>;
  if (typeof user !== "object" || user === null) return null;
  const fields = new Map<string, unknown>(Object.entries(user));
  const shown = SHOWN_FIELDS.flatMap((field) => {
    const value = fields.get(field);
    return typeof value === "string" ? [[field, value] as const] : [];
  });
  return Object.fromEntries(shown);
}
