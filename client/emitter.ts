/**
 * Typed events whose listeners cannot hurt whoever emits.
 * @module
 */

/** One argument per event name; `undefined` for an event that carries nothing. */
export type EventMap = Readonly<Record<string, unknown>>;
type Listener<T> = (value: T) => void;

type Subscription<T> = { readonly listener: Listener<T>; readonly isOnce: boolean };

/**
 * Calls listeners in the order they came; one that is there twice is called twice. One that throws is reported like an
 * uncaught error; the others still run.
 */
export class Emitter<Events extends EventMap> {
  #subscriptions: { [Name in keyof Events]?: Set<Subscription<Events[Name]>> } = {};

  /** Adds `listener` and returns what removes it again. */
  on<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void {
    return this.#add(name, { listener, isOnce: false });
  }

  /** Like {@link on}, for the next event only. */
  once<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): () => void {
    return this.#add(name, { listener, isOnce: true });
  }

  /** Ends whatever {@link on} and {@link once} started for `listener`. */
  off<Name extends keyof Events>(name: Name, listener: Listener<Events[Name]>): void {
    const subscriptions = this.#subscriptions[name];
    for (const one of subscriptions ?? []) if (one.listener === listener) subscriptions?.delete(one);
  }

  emit<Name extends keyof Events>(name: Name, value: Events[Name]): void {
    const subscriptions = this.#subscriptions[name];
    for (const one of new Set(subscriptions)) {
      if (one.isOnce) subscriptions?.delete(one);
      try {
        one.listener(value);
      } catch (error) {
        reportUncaught(error);
      }
    }
  }

  hasListeners(name: keyof Events): boolean {
    return (this.#subscriptions[name]?.size ?? 0) > 0;
  }

  /** Forgets every listener. */
  clear(): void {
    this.#subscriptions = {};
  }

  #add<Name extends keyof Events>(name: Name, subscription: Subscription<Events[Name]>): () => void {
    const subscriptions = (this.#subscriptions[name] ??= new Set<Subscription<Events[Name]>>());
    subscriptions.add(subscription);
    return () => {
      subscriptions.delete(subscription);
    };
  }
}

/** Shows an error of the application the way the platform shows uncaught ones, and goes on. */
export function reportUncaught(error: unknown): void {
  if (typeof reportError === "function") reportError(error);
  else console.error(error);
}
