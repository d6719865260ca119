/**
 * Which clients know the state by a description that is none any more. Rule GM58 of SPEC.md.
 * @module
 */
import type { SessionId } from "../events.ts";
import type { StateCodec } from "./ports.ts";

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

export class Shapes {
  readonly #codec: StateCodec;
  readonly #outdated: Set<SessionId>;
  #current: number | undefined;

  constructor(codec: StateCodec, outdated: readonly SessionId[]) {
    this.#codec = codec;
    this.#outdated = new Set(outdated);
  }

  /** Of state and inputs as clients are told of them: another number where they changed. */
  get current(): number {
    this.#current ??= hashOf(this.#codec.inputReflection(), hashOf(this.#codec.reflection(), FNV_OFFSET));
    return this.#current;
  }

  isOutdated(session: SessionId): boolean {
    return this.#outdated.has(session);
  }

  note(session: SessionId): void {
    this.#outdated.add(session);
  }

  /** True for one that was outdated: it is told all anew, or gone. */
  forget(session: SessionId): boolean {
    return this.#outdated.delete(session);
  }

  outdated(): readonly SessionId[] {
    return [...this.#outdated];
  }
}

/** FNV-1a. */
function hashOf(bytes: Uint8Array, start: number): number {
  let hash = start;
  for (const byte of bytes) hash = Math.imul(hash ^ byte, FNV_PRIME) >>> 0;
  return hash;
}
