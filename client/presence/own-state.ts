/**
 * What this page says of its visitor, and what another tab of the same visitor has said since.
 * @module
 */

/** So long after a key was said here, what the server says of it may be what was said before. */
const ECHO_MS = 2_000;

export class OwnState {
  /** As others see it. */
  shown: Readonly<Record<string, unknown>>;
  /** What this page said, and nobody else since: a new socket begins with it. */
  own: Readonly<Record<string, unknown>>;
  readonly #saidAtMs = new Map<string, number>();

  constructor(state: Readonly<Record<string, unknown>>) {
    this.shown = state;
    this.own = state;
  }

  say(key: string, value: unknown): void {
    this.#saidAtMs.set(key, performance.now());
    this.shown = withKey(this.shown, key, value);
    this.own = withKey(this.own, key, value);
  }

  /** True when the server knows better. */
  hear(key: string, value: unknown): boolean {
    if (performance.now() - (this.#saidAtMs.get(key) ?? -Infinity) < ECHO_MS) return false;
    // What is the same text is no news.
    if (JSON.stringify(value) === JSON.stringify(this.shown[key])) return false;
    this.shown = withKey(this.shown, key, value);
    this.own = withKey(this.own, key, undefined);
    return true;
  }

  /** The whole of it, as a server has it. True when it knows better. */
  hearAll(state: Readonly<Record<string, unknown>>): boolean {
    let isNews = false;
    for (const key of Object.keys({ ...this.shown, ...state })) isNews = this.hear(key, state[key]) || isNews;
    return isNews;
  }
}

/** A copy in which the key has another value, or, where that is undefined, is not. */
export function withKey(
  state: Readonly<Record<string, unknown>>,
  key: string,
  value: unknown,
): Readonly<Record<string, unknown>> {
  const { [key]: _old, ...rest } = state;
  return value === undefined ? rest : { ...rest, [key]: value };
}
