/**
 * Whose cursors are shown in a room too large to show all: the same sample for everybody who looks at the same stripe of the page.
 * Rule PP16.
 * @module
 */
import type { ActorId } from "../../protocol/presence-messages.ts";
import type { Member } from "./roster.ts";
import { type Zone, zoneDistance } from "./zones.ts";

/** More cursors than that are a swarm. */
export const SPEAKERS = 30;
/** Samples are not chosen more often: cursors that come and go with every frame tell nothing. */
export const RESAMPLE_MS = 1_000;
/** Who is shown and has moved within it stays, whoever moves elsewhere. */
const STAY_MS = 5_000;
/** Followed by as many of a zone, a person is shown to all of it. */
const MIN_FOLLOWERS = 2;
/** Of the places, the share that goes to those who are followed: the others are for what happens in one's view. */
const FOLLOWED_SHARE = 1 / 3;

/** Who comes into a sample is told whole: so many bytes at each choice, and whom that begins with. */
const NEW_BYTES = 16 * 1024;

export type Sample = ReadonlySet<ActorId>;

export type Choice = {
  readonly zone: Zone;
  readonly current: Sample;
  /** How many who look at this zone follow whom. */
  readonly followers: ReadonlyMap<ActorId, number>;
  readonly speakers: number;
  readonly nowMs: number;
};

/** Whom everybody hears of who looks at one zone; the order in `members` decides between equals. */
export function chooseSpeakers(members: Iterable<Member>, choice: Choice): Sample {
  const { zone, current, followers, speakers, nowMs } = choice;
  const everybody = [...members];
  const chosen = new Set<ActorId>();
  // Nobody whom somebody follows is taken away from all.
  const wanted = everybody
    .filter(({ actor }) => (followers.get(actor) ?? 0) >= (current.has(actor) ? 1 : MIN_FOLLOWERS))
    .toSorted((a, b) => (followers.get(b.actor) ?? 0) - (followers.get(a.actor) ?? 0));
  for (const { actor } of wanted.slice(0, Math.ceil(speakers * FOLLOWED_SHARE))) chosen.add(actor);
  const ranked = everybody.map((member) => {
    const distance = zoneDistance(zone, member.zone);
    const stays = current.has(member.actor) && distance === 0 && nowMs - member.activeMs < STAY_MS;
    return { actor: member.actor, rank: stays ? -1 : distance, activeMs: member.activeMs };
  });
  ranked.sort((a, b) => a.rank - b.rank || b.activeMs - a.activeMs);
  for (const { actor } of ranked) {
    if (chosen.size >= speakers) break;
    chosen.add(actor);
  }
  return chosen;
}

/** Of those who were chosen as many as may be told of at once; in place of the others stay those who are shown. */
export function admitSpeakers(chosen: Sample, current: Sample, bytesOf: (actor: ActorId) => number): Sample {
  const admitted = new Set<ActorId>();
  let leftBytes = NEW_BYTES;
  for (const actor of chosen) {
    const isNew = !current.has(actor);
    if (isNew && leftBytes <= 0) continue;
    if (isNew) leftBytes -= bytesOf(actor);
    admitted.add(actor);
  }
  for (const actor of current) {
    if (admitted.size >= chosen.size) break;
    admitted.add(actor);
  }
  return admitted;
}
