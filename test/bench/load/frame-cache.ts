/**
 * Frames of one flush are the same for many sockets: what they say is decoded once.
 * @module
 */

/** Sockets are read one by one: between a frame's first and last reader others come, up to all that are under way. */
const MAX_FRAMES = 512;
/** Of the FNV-1a hash, over words of four bytes. */
const HASH_START = 0x811c9dc5;
const HASH_PRIME = 0x01000193;
const WORD_BYTES = 4;

export class FrameCache<T> {
  readonly #read = new Map<number, { readonly frame: Uint8Array; readonly value: T }>();

  /** What `decode` gave for the same bytes, or gives now. */
  get(frame: Uint8Array, decode: () => T): T {
    const hash = hashOf(frame);
    const known = this.#read.get(hash);
    if (known !== undefined && Buffer.compare(known.frame, frame) === 0) return known.value;
    const value = decode();
    // A copy: a frame may be a view into a larger chunk.
    this.#read.set(hash, { frame: Uint8Array.from(frame), value });
    if (this.#read.size > MAX_FRAMES) this.#forgetOldest();
    return value;
  }

  #forgetOldest(): void {
    for (const hash of this.#read.keys()) {
      this.#read.delete(hash);
      return;
    }
  }
}

function hashOf(frame: Uint8Array): number {
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const words = frame.byteLength - (frame.byteLength % WORD_BYTES);
  let hash = HASH_START ^ frame.byteLength;
  for (let at = 0; at < words; at += WORD_BYTES) hash = Math.imul(hash ^ view.getInt32(at), HASH_PRIME);
  for (let at = words; at < frame.byteLength; at += 1) hash = Math.imul(hash ^ view.getUint8(at), HASH_PRIME);
  // The low bits of a word reach only those above them.
  return hash ^ (hash >>> 15);
}
