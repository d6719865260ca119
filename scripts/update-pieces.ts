/**
 * What `npx roost import` does to an update that no server takes in one. Part of the package, built.
 * @module
 */
import { layoutOf } from "../src/core/document/struct-reader.ts";

export { splitUpdate } from "../src/core/document/split-parts.ts";

/** Whether every struct of `part` is in `whole` too. Throws ReadFailure where one of them is no V1 update. */
export function holds(whole: Uint8Array, part: Uint8Array): boolean {
  const ends = new Map(layoutOf(whole).blocks.map(({ client, end }) => [client, end]));
  return layoutOf(part).blocks.every(({ client, end }) => end <= (ends.get(client) ?? 0));
}
