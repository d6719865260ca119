/**
 * What one connection says of its person, each thing with the stamp of when it did. Rule PP3.
 * @module
 */
import type { CursorPosition, Face, PersonStatus } from "../../protocol/presence-messages.ts";
import {
  MAX_SAID_BYTES,
  MAX_STATE_KEYS,
  type RefusedSaying,
  type StateValue,
  TOO_MANY_KEYS,
  maxStateBytes,
  utf8Length,
} from "./parse-hello.ts";
import type { KeptConnection } from "./ports.ts";

/** Larger than every one before it in its room, and about its time in ms. */
export type Stamp = number;
export type SaidValue = StateValue & { readonly stamp: Stamp; readonly bytes: number };
export type SaidCursor = { readonly position: CursorPosition; readonly stamp: Stamp };
export type SaidTyping = { readonly where: string; readonly stamp: Stamp };

/** What a sleep keeps of it. */
type KeptSaid = Pick<KeptConnection, "said" | "cursor" | "anchor" | "status">;
type PackedText = {
  readonly user: Face;
  readonly at: Stamp;
  readonly last: Stamp;
  readonly typing: readonly [string, Stamp] | null;
  readonly state: Readonly<Record<string, readonly [Stamp, unknown]>>;
};

const encoder = new TextEncoder();
const decoder = new TextDecoder();

export class Said {
  face: Face = {};
  faceStamp: Stamp = 0;
  status: PersonStatus = "active";
  /** When it last said anything. */
  lastStamp: Stamp = 0;
  #state = new Map<string, SaidValue>();
  #stateBytes = 0;
  #faceBytes = 2;
  #cursor: SaidCursor | null = null;
  #anchor = 0;
  #typing: SaidTyping | null = null;
  #packed: Uint8Array | undefined;
  readonly #maxStateBytes: number;

  /** What a connection of `user` says; null where nobody vouches for it. */
  constructor(user: string | null) {
    this.#maxStateBytes = maxStateBytes(user);
  }

  get state(): ReadonlyMap<string, SaidValue> {
    return this.#state;
  }

  get cursor(): SaidCursor | null {
    return this.#cursor;
  }

  get typing(): SaidTyping | null {
    return this.#typing;
  }

  /** Why it says what it said before; undefined when this fits. */
  setFace(face: Face, stamp: Stamp): RefusedSaying | undefined {
    const bytes = utf8Length(JSON.stringify(face));
    const excess = this.#excess(this.#state.size, this.#stateBytes, bytes);
    this.#note(stamp);
    if (excess !== undefined) return excess;
    this.face = face;
    this.faceStamp = stamp;
    this.#faceBytes = bytes;
    return undefined;
  }

  /** Why it says what it said before; undefined when this fits, and always where a key is taken back. */
  setState(key: string, value: StateValue | undefined, stamp: Stamp): RefusedSaying | undefined {
    const before = this.#state.get(key);
    this.#note(stamp);
    const restBytes = this.#stateBytes - (before?.bytes ?? 0);
    if (value === undefined) {
      this.#state.delete(key);
      this.#stateBytes = restBytes;
      return undefined;
    }
    // The key, a colon, the value, a comma.
    const bytes = utf8Length(JSON.stringify(key)) + utf8Length(value.json) + 2;
    const keys = this.#state.size + (before === undefined ? 1 : 0);
    const excess = this.#excess(keys, restBytes + bytes, this.#faceBytes);
    if (excess !== undefined) return excess;
    this.#state.set(key, { ...value, stamp, bytes });
    this.#stateBytes = restBytes + bytes;
    return undefined;
  }

  /** Where a cursor is: without an anchor on the one named last. */
  locate({ anchor, x, y }: { readonly anchor?: number; readonly x: number; readonly y: number }): CursorPosition {
    this.#anchor = anchor ?? this.#anchor;
    return { anchor: this.#anchor, x, y };
  }

  setCursor(position: CursorPosition | null, stamp: Stamp): void {
    this.#cursor = position === null ? null : { position, stamp };
    this.lastStamp = stamp;
  }

  setTyping(where: string, stamp: Stamp): void {
    this.#typing = where === "" ? null : { where, stamp };
    this.#note(stamp);
  }

  setStatus(status: PersonStatus, stamp: Stamp): void {
    this.status = status;
    this.lastStamp = stamp;
  }

  pack(): KeptSaid {
    this.#packed ??= encoder.encode(this.#text());
    const { position } = this.#cursor ?? {};
    return {
      said: this.#packed,
      cursor:
        position === undefined
          ? null
          : [position.anchor, position.x, position.y, this.#cursor?.stamp ?? this.lastStamp],
      anchor: this.#anchor,
      status: this.status,
    };
  }

  /** The inverse of {@link pack}. */
  static unpack(of: string | null, { said, cursor, anchor, status }: KeptSaid): Said {
    // SAFETY: pack wrote it.
    const { user, at, last, typing, state } = JSON.parse(decoder.decode(said)) as PackedText;
    const unpacked = new Said(of);
    unpacked.setFace(user, at);
    for (const [key, [stamp, value]] of Object.entries(state)) {
      unpacked.setState(key, { json: JSON.stringify(value), value }, stamp);
    }
    if (typing !== null) unpacked.setTyping(...typing);
    unpacked.#anchor = anchor;
    if (cursor !== null) {
      const [on, x, y, stamp] = cursor;
      unpacked.#cursor = { position: { anchor: on, x, y }, stamp };
    }
    unpacked.status = status;
    unpacked.lastStamp = Math.max(last, cursor?.[3] ?? 0);
    return unpacked;
  }

  #note(stamp: Stamp): void {
    this.lastStamp = stamp;
    this.#packed = undefined;
  }

  #excess(keys: number, stateBytes: number, faceBytes: number): RefusedSaying | undefined {
    if (keys > MAX_STATE_KEYS) return { tag: "refused", detail: TOO_MANY_KEYS };
    // Its braces, less the comma that the last key does without.
    if (stateBytes + 1 > this.#maxStateBytes) {
      return { tag: "refused", detail: `a state is limited to ${this.#maxStateBytes} bytes` };
    }
    if (stateBytes + faceBytes <= MAX_SAID_BYTES) return undefined;
    return { tag: "refused", detail: `user and state are limited to ${MAX_SAID_BYTES} bytes` };
  }

  /** JSON is not put into JSON as text: its quotes would double it. */
  #text(): string {
    const state = [...this.#state].map(([key, { stamp, json }]) => `${JSON.stringify(key)}:[${stamp},${json}]`);
    const typing = this.#typing === null ? null : [this.#typing.where, this.#typing.stamp];
    const rest = JSON.stringify({ user: this.face, at: this.faceStamp, last: this.lastStamp, typing });
    return `${rest.slice(0, -1)},"state":{${state.join()}}}`;
  }
}
