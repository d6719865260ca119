/**
 * What batching alone gives: nothing is stored.
 * @module
 */
export { Batching as Document } from "./batching.ts";
export { worker as default } from "./route.ts";
