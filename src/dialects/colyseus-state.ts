/**
 * The state of a game made with `@colyseus/schema`: what its clients decode, what is kept of it, and the inputs that come for it.
 * A state that was saved opens with the ids it had, so that its clients keep the objects they know. Rules GC1–GC9 of src/core/SPEC.md.
 * @module
 */
import { Encoder, Reflection, Root, type Schema, TypeContext } from "@colyseus/schema";
import type { SessionId } from "../core/events.ts";
import type { GameClock, NumberedInput, OpenState, Plain, StateCodec } from "../core/game/ports.ts";
import { type SchemaClass, fieldsOf, isSchemaClass } from "./colyseus-fields.ts";
import { InputReader } from "./colyseus-inputs.ts";
import { migrateState } from "./colyseus-migrate.ts";
import { StatePatches } from "./colyseus-patches.ts";
import { asSavedState, rebuildState } from "./colyseus-rebuild.ts";
import type { SessionView } from "./colyseus-view.ts";
import { asSavedInputs, asSpare, saveState } from "./colyseus-saved.ts";

/** What is asked of a game: the class `Game` of src/games has it. */
export type StatefulGame = {
  readonly state: Schema;
  readonly clock: GameClock;
  readonly inputType: SchemaClass | undefined;
  bindState(state: Schema, viewOf: (sessionId: string) => SessionView): void;
};

/** A game with a tick sends before it saves. After a crash it skips as many ids and places as it may have given in that time. */
const SPARE = { ids: 1_024, places: 65_536 } as const;
const NONE = { ids: 0, places: 0 } as const;

/** Throws, as the {@link OpenState} it gives does, with a text for people where the state is none that can be kept or read. */
export function colyseusState(game: StatefulGame): OpenState {
  return (saved, migrate) => {
    const rootClass = classOf(game.state);
    const context = TypeContext.cache(rootClass);
    for (const schemaClass of context.schemas.keys()) refuseStreams(schemaClass);
    if (saved === undefined) return new ColyseusState(game, game.state, new Root(context), undefined);
    const { nextId, places } = asSpare(saved);
    const read = asSavedState(saved);
    const fitting = migrate === undefined ? read : migrateState(read, migrate, { rootClass, context });
    const state = rebuildState(fitting, { rootClass, context, skippedPlaces: places });
    return new ColyseusState(game, state, new Root(context, nextId), saved);
  };
}

class ColyseusState implements StateCodec {
  readonly #state: Schema;
  readonly #root: Root;
  readonly #encoder: Encoder;
  readonly #patches: StatePatches;
  readonly #inputType: SchemaClass | undefined;
  readonly #inputs = new Map<SessionId, InputReader>();
  readonly #spare: typeof SPARE | typeof NONE;
  /** Ids from here on are in nothing that was saved. */
  #firstUnsavedId: number;
  #reflection: Uint8Array | undefined;
  #inputReflection: Uint8Array | undefined;

  constructor(game: StatefulGame, state: Schema, root: Root, saved: Plain | undefined) {
    this.#state = state;
    this.#root = root;
    this.#encoder = new Encoder(state, root);
    // Whoever comes gets all of it: nothing of it is news.
    this.#encoder.discardChanges();
    this.#encoder.discardUnreliableChanges();
    this.#patches = new StatePatches(this.#encoder, ![...root.types.schemas.keys()].some(hasFieldsForNewcomers));
    this.#spare = typeof game.clock === "object" ? SPARE : NONE;
    const { nextId, places } = saved === undefined ? { nextId: 0, places: 0 } : asSpare(saved);
    // With places to spare a second crash would give the same ones again: then it is saved before anything is seen.
    this.#firstUnsavedId = places > 0 ? 0 : nextId;
    const { inputType } = game;
    this.#inputType = inputType;
    if (inputType !== undefined) {
      for (const [session, kept] of asSavedInputs(saved)) this.#inputs.set(session, new InputReader(inputType, kept));
    }
    // SAFETY: the ids of sessions are handed to the game as plain text.
    game.bindState(state, (sessionId) => this.#patches.viewOf(sessionId as SessionId));
  }

  get hasChanges(): boolean {
    return this.#patches.hasChanges;
  }

  get mustSave(): boolean {
    return nextIdOf(this.#root) > this.#firstUnsavedId;
  }

  reflection(): Uint8Array {
    this.#reflection ??= Reflection.encode(this.#encoder).slice();
    return this.#reflection;
  }

  full(session: SessionId): Uint8Array {
    return this.#patches.full(session);
  }

  takePatches(sessions: readonly SessionId[]): ReadonlyMap<SessionId, Uint8Array> {
    return this.#patches.take(sessions);
  }

  save(): Plain {
    const nextId = nextIdOf(this.#root) + this.#spare.ids;
    this.#firstUnsavedId = nextId;
    const inputs: Record<string, Plain> = {};
    for (const [session, reader] of this.#inputs) inputs[session] = reader.save();
    return { ...saveState(this.#state), nextId, places: this.#spare.places, inputs };
  }

  forget(session: SessionId): void {
    this.#patches.forget(session);
    this.#inputs.delete(session);
  }

  inputReflection(): Uint8Array {
    const inputType = this.#inputType;
    if (inputType === undefined) return new Uint8Array();
    this.#inputReflection ??= Reflection.encode(new Encoder(new inputType())).slice();
    return this.#inputReflection;
  }

  beginInputs(session: SessionId): void {
    if (this.#inputType !== undefined) this.#inputs.set(session, new InputReader(this.#inputType));
  }

  readInputs(
    session: SessionId,
    body: Uint8Array,
    isReliable: boolean,
    isTimed: boolean,
  ): readonly NumberedInput[] | undefined {
    if (this.#inputType !== undefined && !this.#inputs.has(session)) this.beginInputs(session);
    const reader = this.#inputs.get(session);
    return isReliable ? reader?.readOne(body, isTimed) : reader?.readSeveral(body, isTimed);
  }
}

function classOf(state: Schema): SchemaClass & typeof Schema {
  const { constructor } = state;
  if (isSchemaClass(constructor)) return constructor;
  throw new TypeError("the state of a game is an instance of a class made with schema()");
}

/** What of a stream was sent to whom lives in memory alone, and the whole state does not have it. */
function refuseStreams(schemaClass: unknown): void {
  const stream = fieldsOf(schemaClass).find(({ type }) => type.type === "stream");
  if (stream !== undefined)
    throw new TypeError(`the field ${stream.name} is a stream, which a room that sleeps cannot keep`);
}

function hasFieldsForNewcomers(schemaClass: unknown): boolean {
  return fieldsOf(schemaClass).some(({ isForNewcomers }) => isForNewcomers);
}

function nextIdOf(root: Root): number {
  const next: unknown = Reflect.get(root, "nextUniqueId");
  if (typeof next !== "number") throw new TypeError("this version of @colyseus/schema counts ids elsewhere");
  return next;
}
