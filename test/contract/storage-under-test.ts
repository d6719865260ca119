/**
 * What a DocumentStorage is given by the contract suite, and bytes to try it with.
 * @module
 */
import type { DocumentStorage, StampedUpdate } from "../../src/core/ports.ts";

export type StorageUnderTest = {
  readonly storage: DocumentStorage;
  /** The same document as a process sees it that starts after a kill: only what was written, nothing remembered. To read. */
  readonly restart: () => DocumentStorage;
};

/** Runs `body` with the storage of a room that was never used. */
export type WithStorage = (body: (room: StorageUnderTest) => void) => Promise<void>;

export function stamped(user: string, ...bytes: readonly number[]): StampedUpdate {
  return { user, update: Uint8Array.from(bytes) };
}

/** Bytes that differ from chunk to chunk, so that a swapped or lost chunk shows. */
export function patternBytes(length: number): Uint8Array {
  return Uint8Array.from({ length }, (_, index) => (index ^ (index >>> 8) ^ (index >>> 16)) & 0xff);
}

/** `toEqual` on megabytes takes seconds, and its message would fill the screen. */
export function sameBytes(a: Uint8Array | undefined, b: Uint8Array): boolean {
  return a !== undefined && a.byteLength === b.byteLength && a.every((byte, index) => byte === b[index]);
}
