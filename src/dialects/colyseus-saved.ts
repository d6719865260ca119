/**
 * The state of a game as plain data: a table of its instances and lists, each once, however many hold it. Ids and places on the wire are
 * part of it, so that who was connected knows everything again by the ids it has. Rules GC10–GC16 of src/core/SPEC.md.
 * @module
 */
import { ArraySchema, CollectionSchema, MapSchema, Schema, SetSchema, $refId } from "@colyseus/schema";
import type { SessionId } from "../core/events.ts";
import type { Plain } from "../core/game/ports.ts";
import { type AnyList, type FieldType, fieldsOf } from "./colyseus-fields.ts";
import type { InputsSaved } from "./colyseus-inputs.ts";

/** Of the shape below. */
export const SAVED_FORMAT = 1;

/**
 * An instance: `[id, class, value of each of its fields…]`. A list: `[id, kind, next, place, value, …]`, an array without places and
 * `next`, a map with a key behind each place. A value that is an instance or a list is its index in the table, in brackets; null is none.
 */
export type SavedNode = readonly Plain[];

/** `[name, field…]`; a class by its place. The first is the root's. */
export type SavedClass = readonly string[];

export type SavedState = {
  readonly format: typeof SAVED_FORMAT;
  readonly classes: readonly SavedClass[];
  readonly nodes: readonly SavedNode[];
};

/** Where lists keep the number of their next place: the package has no word for setting it. */
const NEXT_PLACE = { map: "nextIndex", set: "$refId", collection: "$refId" } as const;

type Placed = MapSchema<unknown> | SetSchema<unknown> | CollectionSchema<unknown>;

export function kindOf(list: AnyList): "array" | keyof typeof NEXT_PLACE {
  if (list instanceof ArraySchema) return "array";
  if (list instanceof MapSchema) return "map";
  return list instanceof SetSchema ? "set" : "collection";
}

/** The place that the next value of a list gets. */
export function nextPlace(list: Placed): number {
  const place: unknown = Reflect.get(placeKeeper(list), NEXT_PLACE[placedKind(list)]);
  if (typeof place !== "number") throw new TypeError("this version of @colyseus/schema counts places elsewhere");
  return place;
}

export function setNextPlace(list: Placed, place: number): void {
  Reflect.set(placeKeeper(list), NEXT_PLACE[placedKind(list)], place);
}

function placedKind(list: Placed): keyof typeof NEXT_PLACE {
  if (list instanceof MapSchema) return "map";
  return list instanceof SetSchema ? "set" : "collection";
}

function placeKeeper(list: Placed): object {
  const keeper: unknown = list instanceof MapSchema ? Reflect.get(list, "journal") : list;
  if (typeof keeper !== "object" || keeper === null)
    throw new TypeError("this version of @colyseus/schema has no journal");
  return keeper;
}

/** All that hangs on `root`. Fields without sync are not part of it. Throws TypeError on what is no plain data. */
export function saveState(root: Schema): SavedState {
  const saving = new Saving();
  saving.indexOf(root);
  return saving.finish();
}

class Saving {
  readonly #indexes = new Map<object, number>();
  /** Found, in the order of their indexes; a list with the type of its values. */
  readonly #found: { readonly ref: Schema | AnyList; readonly child: FieldType | undefined }[] = [];
  readonly #classes = new Map<unknown, number>();
  readonly #classRows: SavedClass[] = [];

  indexOf(ref: Schema | AnyList, child?: FieldType): number {
    const known = this.#indexes.get(ref);
    if (known !== undefined) return known;
    this.#indexes.set(ref, this.#found.length);
    return this.#found.push({ ref, child }) - 1;
  }

  finish(): SavedState {
    const nodes: SavedNode[] = [];
    for (let at = 0; at < this.#found.length; at += 1) {
      const found = this.#found[at];
      if (found === undefined) break;
      nodes.push(found.ref instanceof Schema ? this.#instance(found.ref) : this.#list(found.ref, found.child));
    }
    return { format: SAVED_FORMAT, classes: this.#classRows, nodes };
  }

  #instance(ref: Schema): SavedNode {
    const row: Plain[] = [idOf(ref), this.#classIndex(ref.constructor)];
    for (const { name, type, isDeprecated } of fieldsOf(ref.constructor)) {
      row.push(isDeprecated ? null : this.#value(Reflect.get(ref, name), type));
    }
    return row;
  }

  #classIndex(schemaClass: unknown): number {
    const known = this.#classes.get(schemaClass);
    if (known !== undefined) return known;
    this.#classes.set(schemaClass, this.#classRows.length);
    const name = typeof schemaClass === "function" ? schemaClass.name : "";
    return this.#classRows.push([name, ...fieldsOf(schemaClass).map((field) => field.name)]) - 1;
  }

  #list(list: AnyList, child: FieldType | undefined): SavedNode {
    if (child === undefined) throw new TypeError("a list of an unknown type");
    const kind = kindOf(list);
    const row: Plain[] = [idOf(list), kind];
    if (list instanceof ArraySchema) {
      for (const value of list.toArray()) row.push(this.#value(value, child));
      return row;
    }
    row.push(nextPlace(list));
    if (list instanceof MapSchema) {
      for (const [key, value] of list.entries())
        row.push(list._collectionIndexes[key] ?? null, key, this.#value(value, child));
      return row;
    }
    for (const [place, value] of list.entries()) row.push(place, this.#value(value, child));
    return row;
  }

  #value(value: unknown, type: FieldType): Plain {
    if (value === undefined || value === null) return null;
    if (type.type === "primitive" || type.type === "quantized") return plainValue(value);
    if (type.type === "instance") {
      if (value instanceof Schema) return [this.indexOf(value)];
      throw new TypeError("a field holds no instance of its class");
    }
    if (isList(value)) return [this.indexOf(value, type.child)];
    throw new TypeError("a field holds no list of its kind");
  }
}

/** The index that a value names; undefined for one that is no instance and no list. */
export function namedIndex(value: Plain | undefined): number | undefined {
  const index: Plain | undefined = Array.isArray(value) ? value[0] : undefined;
  return typeof index === "number" ? index : undefined;
}

function isList(value: unknown): value is AnyList {
  return (
    value instanceof ArraySchema ||
    value instanceof MapSchema ||
    value instanceof SetSchema ||
    value instanceof CollectionSchema
  );
}

/** Large integers as text. */
function plainValue(value: unknown): Plain {
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number" || typeof value === "string" || typeof value === "boolean") return value;
  throw new TypeError("a field holds no value of its type");
}

/** -1 for what was never part of a state that somebody saw. */
function idOf(ref: Schema | AnyList): number {
  const id: unknown = Reflect.get(ref, $refId);
  return typeof id === "number" ? id : -1;
}

/** Ids from `nextId` on were never given; of places of lists so many may have been given since. */
export function asSpare(saved: Plain): { readonly nextId: number; readonly places: number } {
  const { nextId, places } = { nextId: undefined, places: undefined, ...asFields(saved) };
  if (typeof nextId !== "number" || typeof places !== "number") throw new TypeError("a state without its next id");
  return { nextId, places };
}

/** What inputs are read against, by session. */
export function asSavedInputs(saved: Plain | undefined): readonly (readonly [SessionId, InputsSaved])[] {
  const inputs = saved === undefined ? undefined : asFields(saved)["inputs"];
  return Object.entries(asFields(inputs ?? null)).map(([session, kept]) => {
    const { values = null, count = 0, lastNumber = 0, stampMs = 0 } = asFields(kept);
    // SAFETY: it was one when it was saved.
    return [
      session as SessionId,
      { values, count: Number(count), lastNumber: Number(lastNumber), stampMs: Number(stampMs) },
    ];
  });
}

/** None of what is no object. */
export function asFields(value: Plain): Readonly<Record<string, Plain>> {
  if (typeof value !== "object" || value === null || Array.isArray(value) || value instanceof Uint8Array) return {};
  // SAFETY: an object that is no list and no bytes.
  return value as Readonly<Record<string, Plain>>;
}
