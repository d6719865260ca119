/**
 * Typed events whose listeners cannot hurt whoever emits.
 * @module
 */

/** One argument per event name; `undefined` for an event that carries nothing. */
export type EventMap = Readonly<Record<string, unknown>>;
type Listener<T> = (value: T) => void;

/** Calls listeners in the order they came. One that throws is reported like an uncaught error; the others still run. */
export class Emitter<Events extends EventMap> {
  readonly #listeners: { [Name in keyof Events]?: Set<Listener<Events[Name]>> } = {};

  /** Adds `listener` and returns what removes it again. */
  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void {
    const listeners = (this.#listeners[name] ??= new Set<Listener<Events[Name]>>());
    listeners.add(listener);
    return () => {
      listeners.delete(listener);
    };
  }

  /** Like {@link on}, for the next event only. */
  once<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void {
    const remove = this.on(name, (value) => {
      remove();
      listener(value);
    });
    return remove;
  }

  off<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): void {
    this.#listeners[name]?.delete(listener);
  }

  emit<Name extends keyof Events>(name: Name, value: Events[Name]): void {
    for (const listener of new Set(this.#listeners[name])) {
      try {
        listener(value);
      } catch (error) {
        reportUncaught(error);
      }
    }
  }

  hasListeners(name: keyof Events): boolean {
    return (this.#listeners[name]?.size ?? 0) > 0;
  }

  /** Forgets every listener. */
  clear(): void {
    for (const name of Object.keys(this.#listeners)) this.#listeners[name]?.clear();
  }
}

/** Shows an error of the application the way the platform shows uncaught ones, and goes on. */
export function reportUncaught(error: unknown): void {
  if (typeof reportError === "function") reportError(error);
  else console.error(error);
}
