/**
 * One person, as all of its connections say it is. Rules PP2–PP4.
 * @module
 */
import type { ActorId, CursorPosition, Face, Person, PersonStatus, View } from "../../protocol/presence-messages.ts";
import type { SessionId } from "../events.ts";
import { MAX_STATE_KEYS, maxStateBytes } from "./parse-hello.ts";
import type { Member, PersonView } from "./roster.ts";
import type { Said, SaidValue } from "./said.ts";
import { NO_ZONE, type Zone, zoneOfCursor } from "./zones.ts";

/** Speaks for a person: a connection, or what one that is gone without a goodbye said. */
export type Voice = {
  readonly id: SessionId;
  readonly said: Said;
  readonly view: View | null;
  readonly isHeld: boolean;
  readonly joinedMs: number;
  readonly lastSeenMs: number;
  /** What a token says in place of the face. */
  readonly profile: Face | undefined;
};

type StateView = { readonly json: ReadonlyMap<string, string>; readonly values: Person["state"] };

export class PersonEntry implements Member {
  readonly actor: ActorId;
  readonly key: string;
  readonly user: string | null;
  readonly #voices = new Set<Voice>();
  #view: PersonView | undefined;
  #state: StateView | undefined;
  #zone: Zone = NO_ZONE;

  constructor(actor: ActorId, key: string, user: string | null) {
    this.actor = actor;
    this.key = key;
    this.user = user;
  }

  get voices(): ReadonlySet<Voice> {
    return this.#voices;
  }

  get isEmpty(): boolean {
    return this.#voices.size === 0;
  }

  add(voice: Voice): void {
    this.#voices.add(voice);
    this.touch(true);
  }

  remove(voice: Voice): boolean {
    this.touch(true);
    return this.#voices.delete(voice);
  }

  /** The voice that was held first. */
  firstHeld(): Voice | undefined {
    for (const voice of this.#voices) if (voice.isHeld) return voice;
    return undefined;
  }

  /** One of its voices says something else. */
  touch(isState: boolean): void {
    this.#view = undefined;
    if (isState) this.#state = undefined;
  }

  view(): PersonView {
    return (this.#view ??= this.#merge());
  }

  /** Where its cursor is. */
  get zone(): Zone {
    this.view();
    return this.#zone;
  }

  get activeMs(): number {
    return latest(this.#voices, ({ said }) => said.lastStamp);
  }

  get lastSeenMs(): number {
    return latest(this.#voices, ({ lastSeenMs }) => lastSeenMs);
  }

  get joinedMs(): number {
    let first = Infinity;
    for (const { joinedMs } of this.#voices) first = Math.min(first, joinedMs);
    return first;
  }

  get sessions(): Iterable<SessionId> {
    return [...this.#voices].flatMap(({ id, isHeld }) => (isHeld ? [] : [id]));
  }

  #merge(): PersonView {
    let newest: Voice | undefined;
    let cursor: { readonly position: CursorPosition; readonly stamp: number } | null = null;
    let typing: { readonly where: string; readonly stamp: number } | null = null;
    for (const voice of this.#voices) {
      const { said } = voice;
      if (newest === undefined || said.faceStamp > newest.said.faceStamp) newest = voice;
      if (said.typing !== null && said.typing.stamp > (typing?.stamp ?? 0)) typing = said.typing;
      if (said.cursor === null || said.cursor.stamp <= (cursor?.stamp ?? 0)) continue;
      cursor = said.cursor;
      this.#zone = zoneOfCursor(said.cursor.position, voice.view);
    }
    if (cursor === null) this.#zone = zoneOfCursor(null, newest?.view ?? null);
    this.#state ??= mergeStates([...this.#voices], maxStateBytes(this.user));
    const person: Person = {
      ...(this.user !== null && { id: this.user }),
      user: { ...newest?.said.face, ...newest?.profile },
      state: this.#state.values,
      status: mostActive(this.#voices),
      typing: typing?.where ?? "",
      cursor: cursor?.position ?? null,
    };
    return { person, state: this.#state.json };
  }
}

/** Each key as it was said last. Many tabs together show no more than one may say: the newest of it. */
function mergeStates(voices: readonly Voice[], maxBytes: number): StateView {
  const newest = new Map<string, SaidValue>();
  for (const { said } of voices) {
    for (const [key, value] of said.state) {
      if (value.stamp > (newest.get(key)?.stamp ?? -1)) newest.set(key, value);
    }
  }
  let entries = [...newest];
  if (voices.length > 1) entries = withinLimits(entries, maxBytes);
  return {
    json: new Map(entries.map(([key, { json }]) => [key, json])),
    values: Object.fromEntries(entries.map(([key, { value }]) => [key, value])),
  };
}

function withinLimits(entries: readonly (readonly [string, SaidValue])[], maxBytes: number): [string, SaidValue][] {
  let left = maxBytes - 1;
  const shown: [string, SaidValue][] = [];
  for (const [key, value] of entries.toSorted(([, a], [, b]) => b.stamp - a.stamp)) {
    left -= value.bytes;
    if (left < 0 || shown.length === MAX_STATE_KEYS) break;
    shown.push([key, value]);
  }
  return shown;
}

/** Who is active in one tab is active; only where all are gone counts what those that are held said. */
function mostActive(voices: ReadonlySet<Voice>): PersonStatus {
  const live = [...voices].filter(({ isHeld }) => !isHeld);
  const statuses = (live.length > 0 ? live : [...voices]).map(({ said }) => said.status);
  return (["active", "idle"] as const).find((status) => statuses.includes(status)) ?? "away";
}

function latest(voices: ReadonlySet<Voice>, timeOf: (voice: Voice) => number): number {
  let last = 0;
  for (const voice of voices) last = Math.max(last, timeOf(voice));
  return last;
}
