/**
 * Who is in a room of people, in the plainest words: a list of voices, read from the start for every question.
 * @module
 */
import type { Face, Person, PersonStatus } from "../../src/protocol/presence-messages.ts";

type Stamped<T> = { readonly value: T; readonly at: number };

export type Voice = {
  readonly id: string;
  readonly key: string;
  readonly user: string | null;
  isNobody: boolean;
  heldUntilMs: number;
  face: Stamped<Face>;
  readonly state: Map<string, Stamped<unknown>>;
  cursor: Stamped<NonNullable<Person["cursor"]>> | undefined;
  /** The anchor named last. */
  anchor: number;
  typing: Stamped<string> | undefined;
  status: PersonStatus;
};

export const HOLD_MS = 5_000;

export class PeopleModel {
  voices: Voice[] = [];
  #clock = 0;

  /** Larger each time. */
  tick(): number {
    return (this.#clock += 1);
  }

  expire(nowMs: number): void {
    this.voices = this.voices.filter(({ heldUntilMs }) => heldUntilMs > nowMs);
  }

  /** When somebody who is held leaves, after `nowMs`. */
  holdEnds(nowMs: number): readonly number[] {
    return this.voices.flatMap(({ heldUntilMs }) =>
      heldUntilMs > nowMs && heldUntilMs < Infinity ? [heldUntilMs] : [],
    );
  }

  join(voice: Voice): void {
    const held = this.voices.findIndex(({ key, heldUntilMs }) => key === voice.key && heldUntilMs < Infinity);
    if (held >= 0 && !voice.isNobody) this.voices.splice(held, 1);
    this.voices.push(voice);
  }

  leave(id: string, heldUntilMs: number): void {
    const voice = this.live(id);
    if (voice === undefined) return;
    this.voices = this.voices.filter((other) => other !== voice);
    // What is held stands behind those who are there.
    if (heldUntilMs > 0 && !voice.isNobody) this.voices.push({ ...voice, heldUntilMs });
  }

  live(id: string): Voice | undefined {
    return this.voices.find((voice) => voice.id === id && voice.heldUntilMs === Infinity);
  }

  counts(): { readonly people: number; readonly connections: number } {
    return { people: this.people().size, connections: this.voices.length };
  }

  /** By key. */
  people(): ReadonlyMap<string, Person> {
    const shown = this.voices.filter(({ isNobody }) => !isNobody);
    const byKey = Map.groupBy(shown, ({ key }) => key);
    return new Map([...byKey].map(([key, voices]) => [key, merge(voices)]));
  }
}

function merge(voices: readonly Voice[]): Person {
  const state = new Map<string, Stamped<unknown>>();
  for (const voice of voices) {
    for (const [key, value] of voice.state) if (value.at > (state.get(key)?.at ?? 0)) state.set(key, value);
  }
  const live = voices.filter(({ heldUntilMs }) => heldUntilMs === Infinity);
  const statuses = new Set((live.length > 0 ? live : voices).map(({ status }) => status));
  const user = voices[0]?.user ?? null;
  return {
    ...(user !== null && { id: user }),
    user: newest(voices.map(({ face }) => face)) ?? {},
    state: Object.fromEntries([...state].map(([key, { value }]) => [key, value])),
    status: statuses.has("active") ? "active" : statuses.has("idle") ? "idle" : "away",
    typing: newest(voices.flatMap(({ typing }) => typing ?? [])) ?? "",
    cursor: newest(voices.flatMap(({ cursor }) => cursor ?? [])) ?? null,
  };
}

function newest<T>(values: readonly Stamped<T>[]): T | undefined {
  return values.toSorted((a, b) => b.at - a.at)[0]?.value;
}
