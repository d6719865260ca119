/**
 * UTF-8, the one thing outside ECMAScript that pure code may use: every runtime has it, and what it returns depends on
 * its argument alone. Only what Roost uses is declared.
 * @module
 */
declare class TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>;
  encodeInto(text: string, target: Uint8Array): { readonly read: number; readonly written: number };
}

declare class TextDecoder {
  constructor(label?: "utf-8", options?: { readonly fatal?: boolean; readonly ignoreBOM?: boolean });
  /** @throws {TypeError} on malformed bytes when made with `fatal`. */
  decode(bytes: Uint8Array): string;
}
