/**
 * States as they are shown: with the face that a token gives, whatever the client wrote there. Rules ID1–ID4 of SPEC.md.
 * @module
 */
import type { Profile } from "../../protocol/messages.ts";
import { wearProfile } from "../../protocol/profile.ts";
import { isState } from "./awareness-codec.ts";

export type Worn = {
  readonly state: string;
  /** Not as its client said it: it has to hear of it too. */
  readonly isChanged: boolean;
};

/** The state in this profile; undefined for text that is no JSON object, which nobody may show. */
export function wear(state: string, profile: Profile | undefined): Worn | undefined {
  if (!isState(state)) return undefined;
  if (profile === undefined) return { state, isChanged: false };
  // SAFETY: isState has just parsed it.
  const said = JSON.parse(state) as Readonly<Record<string, unknown>>;
  const isChanged = !isWorn(said, profile);
  // Written anew also where nothing changes: a key that stands there twice would read differently elsewhere.
  return { state: JSON.stringify(isChanged ? wearProfile(said, profile) : said), isChanged };
}

function isWorn({ user }: Readonly<Record<string, unknown>>, profile: Profile): boolean {
  if (typeof user !== "object" || user === null || Array.isArray(user)) return false;
  const own = new Map<string, unknown>(Object.entries(user));
  return Object.entries(profile).every(([field, value]) => own.get(field) === value);
}
