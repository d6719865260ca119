/**
 * Bytes of a state for its clients: all of it, and what has changed, for all who see the same and for each who sees more.
 * Rules GC1–GC6 of src/core/SPEC.md.
 * @module
 */
import { type Encoder, StateView } from "@colyseus/schema";
import type { SessionId } from "../core/events.ts";
import { unsetFields } from "./colyseus-unset.ts";
import { SessionView } from "./colyseus-view.ts";

/** What changed between two moments: of sessions that see more than all, all that they see. */
type Chunk = { readonly shared: Uint8Array; readonly own: ReadonlyMap<SessionId, Uint8Array> };

/** "What follows is about the root": where one chunk ends in the middle of another structure. */
const AT_ROOT: readonly number[] = [255, 0];
const NOTHING = new Uint8Array();

const SCRATCH_BYTES = 0x10_0000;
/**
 * What encoders of all rooms write into, one after the other; what they wrote is copied at once. Their own are small, and each that has to
 * grow says so on the console. It grows with the largest.
 */
let scratch = new Uint8Array(SCRATCH_BYTES);

export class StatePatches {
  readonly #encoder: Encoder;
  readonly #views = new Map<SessionId, StateView>();
  /** Not taken yet. More than one only where somebody got the whole state in between. */
  #chunks: Chunk[] = [];
  /** What such a session has not seen begins with this chunk. */
  readonly #seen = new Map<SessionId, number>();
  #isCacheable: boolean;
  #full: Uint8Array | undefined;

  constructor(encoder: Encoder, isCacheable: boolean) {
    this.#encoder = encoder;
    this.#isCacheable = isCacheable;
  }

  get hasChanges(): boolean {
    return this.#chunks.length > 0 || this.#hasNews;
  }

  /** Of its own from here on. */
  viewOf(session: SessionId): SessionView {
    const known = this.#views.get(session);
    if (known !== undefined) return new SessionView(known);
    const view = new StateView();
    this.#views.set(session, view);
    return new SessionView(view);
  }

  forget(session: SessionId): void {
    this.#views.get(session)?.dispose();
    this.#views.delete(session);
    this.#seen.delete(session);
  }

  full(session: SessionId): Uint8Array {
    // What has changed so far is in it, and must not come to this session once more.
    this.#collect();
    this.#seen.set(session, this.#chunks.length);
    const view = this.#hasFilters ? this.#views.get(session) : undefined;
    if (view === undefined) {
      if (this.#full === undefined || !this.#isCacheable) {
        this.#full = joined(this.#fullOfAll(), unsetFields(this.#encoder.root, undefined));
      }
      return this.#full;
    }
    view.changes.clear();
    const shared = this.#fullOfAll();
    const at = { offset: 0 };
    const own = this.#encoder.encodeAllView(view, 0, at);
    this.#keepScratch(at.offset);
    return joined(shared, own, unsetFields(this.#encoder.root, view));
  }

  take(sessions: readonly SessionId[]): ReadonlyMap<SessionId, Uint8Array> {
    this.#collect();
    const chunks = this.#chunks;
    const shared = new Map<number, Uint8Array>();
    const taken = new Map<SessionId, Uint8Array>();
    for (const session of sessions) {
      const from = this.#seen.get(session) ?? 0;
      const isOwn = chunks.some((chunk, at) => at >= from && chunk.own.has(session));
      const known = isOwn ? undefined : shared.get(from);
      const bytes = known ?? inOne(chunks.slice(from).map((chunk) => chunk.own.get(session) ?? chunk.shared));
      if (!isOwn) shared.set(from, bytes);
      if (bytes.length > 0) taken.set(session, bytes);
    }
    this.#chunks = [];
    this.#seen.clear();
    return taken;
  }

  get #hasFilters(): boolean {
    return this.#encoder.context.hasFilters;
  }

  get #hasNews(): boolean {
    if (this.#encoder.hasChanges || this.#encoder.hasUnreliableChanges) return true;
    if (!this.#hasFilters) return false;
    for (const view of this.#views.values()) if (view.changes.size > 0) return true;
    return false;
  }

  #collect(): void {
    if (!this.#hasNews) return;
    const encoder = this.#encoder;
    encoder.sharedBuffer = scratch;
    const at = { offset: 0 };
    const shared = encoder.encode(at).slice();
    const sharedOffset = at.offset;
    const reliable = this.#ofViews((view) => encoder.encodeView(view, sharedOffset, at), shared.length);
    const unreliable = this.#unreliable();
    this.#keepScratch(at.offset);
    encoder.discardChanges();
    encoder.discardUnreliableChanges();
    this.#full = undefined;
    const own = new Map<SessionId, Uint8Array>();
    for (const session of new Set([...reliable.keys(), ...unreliable.own.keys()])) {
      own.set(session, joined(reliable.get(session) ?? shared, unreliable.own.get(session) ?? unreliable.shared));
    }
    const chunk = { shared: joined(shared, unreliable.shared), own };
    if (chunk.shared.length > 0 || own.size > 0) this.#chunks.push(chunk);
  }

  /** Fields that may get lost on the way: here nothing does, so they go with the rest. */
  #unreliable(): Chunk {
    const encoder = this.#encoder;
    if (!encoder.hasUnreliableChanges) return { shared: NOTHING, own: new Map() };
    const at = { offset: AT_ROOT.length };
    encoder.sharedBuffer.set(AT_ROOT);
    const shared = encoder.encodeUnreliable(at).slice();
    const sharedOffset = at.offset;
    const own = this.#ofViews((view) => encoder.encodeUnreliableView(view, sharedOffset, at), shared.length);
    return { shared: shared.length > AT_ROOT.length ? shared : NOTHING, own };
  }

  /** Of those who see more than all. */
  #ofViews(encode: (view: StateView) => Uint8Array, sharedLength: number): ReadonlyMap<SessionId, Uint8Array> {
    const own = new Map<SessionId, Uint8Array>();
    if (!this.#hasFilters) return own;
    for (const [session, view] of this.#views) {
      const bytes = encode(view);
      if (bytes.length > sharedLength) own.set(session, bytes);
    }
    return own;
  }

  #fullOfAll(): Uint8Array {
    this.#encoder.sharedBuffer = scratch;
    const at = { offset: 0 };
    const bytes = this.#encoder.encodeAll(at).slice();
    this.#keepScratch(at.offset);
    return bytes;
  }

  /** Where so much was written that a little more would not fit, the next one finds more room. */
  #keepScratch(usedBytes: number): void {
    if (usedBytes * 4 > scratch.length * 3) scratch = new Uint8Array(usedBytes * 2);
    this.#encoder.sharedBuffer = scratch;
  }
}

function inOne(chunks: readonly Uint8Array[]): Uint8Array {
  const parts = chunks.filter((chunk) => chunk.length > 0);
  return parts.reduce((all, part) => (all.length === 0 ? part : joined(all, Uint8Array.from(AT_ROOT), part)), NOTHING);
}

function joined(...parts: readonly Uint8Array[]): Uint8Array {
  const [first = NOTHING, ...others] = parts;
  if (others.every((part) => part.length === 0)) return first;
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
