/**
 * What a page listens to: the `Emitter` of documents in half its size, as nobody here listens once.
 * @module
 */
import { type EventMap, reportUncaught } from "../emitter.ts";

type Listening<T> = { readonly listener: (value: T) => void };

export class Events<All extends EventMap> {
  #listening: { [Name in keyof All]?: readonly Listening<All[Name]>[] } = {};

  /** Listeners are called in the order they came; returns what ends it. */
  on<Name extends keyof All>(name: Name, listener: (value: All[Name]) => void): () => void {
    const one = { listener };
    this.#listening[name] = [...this.#of(name), one];
    return () => {
      this.#listening[name] = this.#of(name).filter((other) => other !== one);
    };
  }

  /** A listener that throws is reported like an uncaught error; the others still run. */
  emit<Name extends keyof All>(name: Name, value: All[Name]): void {
    for (const { listener } of this.#of(name)) {
      try {
        listener(value);
      } catch (error) {
        reportUncaught(error);
      }
    }
  }

  has(name: keyof All): boolean {
    return this.#of(name).length > 0;
  }

  clear(): void {
    this.#listening = {};
  }

  #of<Name extends keyof All>(name: Name): readonly Listening<All[Name]>[] {
    return this.#listening[name] ?? [];
  }
}
