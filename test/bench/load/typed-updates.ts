/**
 * Keystrokes, encoded before the clock starts: a load generator that encodes while it measures, measures itself.
 * @module
 */
import * as encoding from "lib0/encoding";

/** First byte of a struct: a string, and whether it names the character before it or its root. */
const STRING_AFTER = 0x84;
const STRING_IN_ROOT = 0x04;
const PARENT_IS_ROOT = 1;
const NO_DELETES = 0;

/**
 * V1 update in which `client` types `character` as its character number `clock`, at the end of the root text named after it.
 * Source: the V1 update encoding of Yjs 13, checked against Yjs by test/unit/bench/typed-updates.test.ts.
 */
export function typedUpdate(client: number, clock: number, character = "x"): Uint8Array {
  const encoder = encoding.createEncoder();
  // One client, one struct.
  for (const number of [1, 1, client, clock]) encoding.writeVarUint(encoder, number);
  if (clock === 0) {
    encoding.writeUint8(encoder, STRING_IN_ROOT);
    encoding.writeVarUint(encoder, PARENT_IS_ROOT);
    encoding.writeVarString(encoder, rootOf(client));
  } else {
    encoding.writeUint8(encoder, STRING_AFTER);
    encoding.writeVarUint(encoder, client);
    encoding.writeVarUint(encoder, clock - 1);
  }
  encoding.writeVarString(encoder, character);
  encoding.writeVarUint(encoder, NO_DELETES);
  return encoding.toUint8Array(encoder);
}

/** Root text a typist writes in. */
export function rootOf(client: number): string {
  return `typist-${client}`;
}
