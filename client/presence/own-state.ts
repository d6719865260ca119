/**
 * What this page says of its visitor, and what another tab of the same visitor has said since.
 * @module
 */
import { toJson } from "./said-limits.ts";

type State = Readonly<Record<string, unknown>>;

/** So long after a key was said here, what the server says of it may be what was said before. */
const ECHO_MS = 2_000;

export class OwnState {
  /** As others see it. */
  shown: State = {};
  /** What this page said, and nobody else since: a new socket begins with it. */
  own: State = {};
  readonly #saidAtMs = new Map<string, number>();

  say(key: string, value: unknown): void {
    this.#saidAtMs.set(key, performance.now());
    this.shown = withKey(this.shown, key, value);
    this.own = withKey(this.own, key, value);
  }

  /** The whole of it as the server has it, told while nothing is on its way but what was said just now. */
  hear(state: State): void {
    for (const key of Object.keys({ ...this.shown, ...state })) {
      const value = state[key];
      const isEcho = performance.now() - (this.#saidAtMs.get(key) ?? -Infinity) < ECHO_MS;
      if (isEcho || toJson(value) === toJson(this.shown[key])) continue;
      this.shown = withKey(this.shown, key, value);
      this.own = withKey(this.own, key, undefined);
    }
  }
}

/** A copy in which the key has another value, or, where JSON does not have that, is not. */
export function withKey(state: State, key: string, value: unknown): State {
  const { [key]: _old, ...rest } = state;
  return toJson(value) ? { ...rest, [key]: value } : rest;
}
