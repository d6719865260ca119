/**
 * One encoder for all that is counted, hashed or sent.
 * @module
 */
const encoder = /* @__PURE__ */ new TextEncoder();

export function toUtf8(text: string): Uint8Array<ArrayBuffer> {
  return encoder.encode(text);
}
