/**
 * A state, its codec and the clients that decode it, without a room.
 * @module
 */
import { $refId, ArraySchema, type Decoder, MapSchema, Reflection, Schema } from "@colyseus/schema";
import type { SessionId } from "../../src/core/events.ts";
import type { GameClock, Plain, StateCodec } from "../../src/core/game/ports.ts";
import { type SchemaClass, fieldsOf } from "../../src/dialects/colyseus-fields.ts";
import type { SessionView } from "../../src/dialects/colyseus-view.ts";
import { type StatefulGame, colyseusState } from "../../src/dialects/colyseus-state.ts";

/** What the SDK's serializer does; that one itself in Node, and the same by hand where it has no place. */
export type Mirror = {
  handshake(bytes: Uint8Array): void;
  setState(bytes: Uint8Array): void;
  patch(bytes: Uint8Array): void;
  getState(): unknown;
};

export class PlainMirror implements Mirror {
  decoder: Decoder | undefined;

  handshake(bytes: Uint8Array): void {
    this.decoder = Reflection.decode(bytes);
  }

  setState(bytes: Uint8Array): void {
    if (this.decoder !== undefined && this.decoder.root.refs.size > 1) this.decoder.decodeResync(bytes);
    else this.decoder?.decode(bytes);
  }

  patch(bytes: Uint8Array): void {
    this.decoder?.decode(bytes);
  }

  getState(): unknown {
    return this.decoder?.state;
  }
}

export type Watcher = { readonly session: SessionId; readonly mirror: Mirror };

class TestGame<S extends Schema> implements StatefulGame {
  state: S;
  readonly clock: GameClock;
  readonly inputType: SchemaClass | undefined;
  viewOf: (sessionId: string) => SessionView = () => {
    throw new Error("not open yet");
  };

  constructor(state: S, clock: GameClock, inputType: SchemaClass | undefined) {
    this.state = state;
    this.clock = clock;
    this.inputType = inputType;
  }

  bindState(state: Schema, viewOf: (sessionId: string) => SessionView): void {
    // SAFETY: the codec opens a state of the class that the game has.
    this.state = state as S;
    this.viewOf = viewOf;
  }
}

export type WorldOptions<S> = {
  readonly begin: () => S;
  readonly clock?: GameClock;
  readonly inputType?: SchemaClass;
  readonly mirror?: () => Mirror;
};

export class ColyseusWorld<S extends Schema> {
  readonly watchers: Watcher[] = [];
  readonly #options: WorldOptions<S>;
  game: TestGame<S>;
  codec: StateCodec;
  #count = 0;

  constructor(options: WorldOptions<S>) {
    this.#options = options;
    this.game = this.#begin();
    this.codec = colyseusState(this.game)(undefined, undefined);
  }

  get state(): S {
    return this.game.state;
  }

  join(): Watcher {
    // SAFETY: ids are whatever the lobby says.
    const session = `s${(this.#count += 1)}` as SessionId;
    const mirror = (this.#options.mirror ?? (() => new PlainMirror()))();
    const watcher = { session, mirror };
    mirror.handshake(this.codec.reflection());
    mirror.setState(this.codec.full(session));
    this.watchers.push(watcher);
    return watcher;
  }

  leave(watcher: Watcher): void {
    this.watchers.splice(this.watchers.indexOf(watcher), 1);
    this.codec.forget(watcher.session);
  }

  /** How many got the same array, by array. */
  flush(): ReadonlyMap<SessionId, Uint8Array> {
    const patches = this.codec.takePatches(this.watchers.map(({ session }) => session));
    for (const { session, mirror } of this.watchers) {
      const patch = patches.get(session);
      if (patch !== undefined) mirror.patch(patch);
    }
    return patches;
  }

  /** As storage keeps it. */
  save(): Plain {
    return structuredClone(this.codec.save());
  }

  /** Sleep, a crash or a deploy. */
  reopen(saved: Plain = this.save(), migrate?: (data: Plain) => Plain): void {
    this.game = this.#begin();
    this.codec = colyseusState(this.game)(saved, migrate);
  }

  /** The whole state to everybody. */
  resync(): void {
    for (const { session, mirror } of this.watchers) mirror.setState(this.codec.full(session));
  }

  #begin(): TestGame<S> {
    return new TestGame(this.#options.begin(), this.#options.clock ?? "event", this.#options.inputType);
  }
}

/** Everything there is, with the id of each instance and list; lists without an order are sorted. */
export function pictureOf(root: unknown): unknown {
  return new Drawing().of(root);
}

class Drawing {
  readonly #drawn = new Set<unknown>();

  of(value: unknown): unknown {
    if (typeof value !== "object" || value === null) return value;
    const id: unknown = Reflect.get(value, $refId);
    if (this.#drawn.has(id)) return { again: id };
    this.#drawn.add(id);
    return value instanceof Schema ? this.#instance(value, id) : this.#list(value, id);
  }

  #instance(value: Schema, id: unknown): unknown {
    const fields: Record<string, unknown> = {};
    for (const { name } of fieldsOf(value.constructor)) fields[name] = this.of(Reflect.get(value, name) ?? undefined);
    return { id, fields };
  }

  #list(value: object, id: unknown): unknown {
    if (value instanceof ArraySchema) return { id, list: [...value].map((entry) => this.of(entry)) };
    const entries: unknown = Reflect.get(value, "entries");
    if (typeof entries !== "function") return String(value);
    // SAFETY: every kind of list has entries.
    const rows = [...(entries.call(value) as Iterable<[unknown, unknown]>)];
    // Maps by their keys, the others by their places.
    rows.sort(([a], [b]) => (value instanceof MapSchema ? (String(a) < String(b) ? -1 : 1) : Number(a) - Number(b)));
    return { id, entries: rows.map(([at, entry]) => [at, this.of(entry)]) };
  }
}
