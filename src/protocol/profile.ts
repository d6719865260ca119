/**
 * The face that a token gives its bearer, as it stands in awareness states.
 * @module
 */
import type { Profile } from "./messages.ts";

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
