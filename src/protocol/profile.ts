/**
 * Who somebody is to others: the face that a token gives its bearer, as it stands in awareness states.
 * @module
 */
import type { Profile } from "./messages.ts";

/** User of everybody who said no name: one of them is not the other, and no token may say it. */
export const NOBODY = "anonymous";

/**
 * The state with the profile's fields in its `user`, where editors look for name and color; what else the client wrote there stays.
 * Both sides apply it, so that a client's own state is what others see. Applying it twice changes nothing.
 */
export function wearProfile(
  state: Readonly<Record<string, unknown>>,
  profile: Profile,
): Readonly<Record<string, unknown>> {
  const { user } = state;
  const own = typeof user === "object" && user !== null && !Array.isArray(user) ? user : {};
  return { ...state, user: { ...own, ...profile } };
}
