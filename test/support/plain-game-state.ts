/**
 * A codec of states that can be read by eye: JSON of the state's fields. Patches are the fields that changed.
 * @module
 */
import type { SessionId } from "../../src/core/events.ts";
import type { NumberedInput, Plain, StateCodec } from "../../src/core/game/ports.ts";

export type Fields = Readonly<Record<string, unknown>>;

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class PlainGameState implements StateCodec {
  readonly #read: () => Fields;
  #told: Fields;
  /** As a codec has it that gave ids without room for them. */
  mustSave = false;
  /** What it was told of sessions. */
  readonly #calls: string[];

  /** `read` throws where the state cannot be encoded. */
  constructor(read: () => Fields, calls: string[] = []) {
    this.#read = read;
    this.#calls = calls;
    this.#told = read();
  }

  reflection(): Uint8Array {
    return encoder.encode("the shape of the state");
  }

  inputReflection(): Uint8Array {
    return encoder.encode("the shape of an input");
  }

  get hasChanges(): boolean {
    return JSON.stringify(this.#tryRead()) !== JSON.stringify(this.#told);
  }

  full(): Uint8Array {
    return encodeFields(this.#read());
  }

  takePatches(sessions: readonly SessionId[]): ReadonlyMap<SessionId, Uint8Array> {
    const now = this.#read();
    const changed = Object.entries(now).filter(
      ([key, value]) => JSON.stringify(value) !== JSON.stringify(this.#told[key]),
    );
    this.#told = now;
    // The names are what has ids here.
    this.mustSave ||= changed.some(([key]) => key === "names");
    const patch = encodeFields(Object.fromEntries(changed));
    return new Map(sessions.map((session) => [session, patch]));
  }

  save(): Plain {
    this.mustSave = false;
    // SAFETY: JSON is plain.
    return JSON.parse(JSON.stringify(this.#read())) as Plain;
  }

  forget(session: SessionId): void {
    this.#calls.push(`forget ${session}`);
  }

  beginInputs(session: SessionId): void {
    this.#calls.push(`begin ${session}`);
  }

  readInputs(_session: SessionId, body: Uint8Array): readonly NumberedInput[] | undefined {
    try {
      // SAFETY: tests write what encodeInputs makes, or what is no JSON.
      return JSON.parse(decoder.decode(body)) as readonly NumberedInput[];
    } catch {
      return undefined;
    }
  }

  #tryRead(): Fields | undefined {
    try {
      return this.#read();
    } catch {
      return undefined;
    }
  }
}

export function encodeFields(fields: Fields): Uint8Array {
  return encoder.encode(JSON.stringify(fields));
}

export function decodeFields(bytes: Uint8Array): Fields {
  // SAFETY: encodeFields wrote it.
  return bytes.length === 0 ? {} : (JSON.parse(decoder.decode(bytes)) as Fields);
}

export function encodeInputs(inputs: readonly NumberedInput[]): Uint8Array {
  return encoder.encode(JSON.stringify(inputs));
}
