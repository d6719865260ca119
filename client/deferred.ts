/**
 * A promise and its two ends. `Promise.withResolvers` is younger than Node 20 and the browsers of 2023.
 * @module
 */
export type Deferred<T> = {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (reason: Error) => void;
};

export function makeDeferred<T>(): Deferred<T> {
  let ends: Omit<Deferred<T>, "promise"> = { resolve: () => undefined, reject: () => undefined };
  const promise = new Promise<T>((resolve, reject) => {
    ends = { resolve, reject };
  });
  return { promise, ...ends };
}
