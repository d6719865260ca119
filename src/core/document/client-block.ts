/**
 * Places in an update.
 * @module
 */

/** One clock of one client: a struct, or a character inside one. */
export type StructId = { readonly client: number; readonly clock: number };

/** All structs of one client in an update. */
export type ClientBlock = {
  readonly client: number;
  /** The first clock, and the one behind the last. */
  readonly start: number;
  readonly end: number;
  /** The client's clock when the update was read: what lies below was known before. */
  readonly known: number;
  /** Structs, at least one. */
  readonly count: number;
  /** Offsets of the structs' bytes, without the block's header. */
  readonly bytesStart: number;
  readonly bytesEnd: number;
};
