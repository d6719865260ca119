/**
 * A saved state as live instances again, with the ids they had: whoever holds a reference to one goes on holding the right one.
 * Reads what {@link saveState} wrote. Rules GC10–GC16 of src/core/SPEC.md.
 * @module
 */
import {
  ArraySchema,
  CollectionSchema,
  MapSchema,
  SetSchema,
  type Schema,
  type TypeContext,
  $refId,
} from "@colyseus/schema";
import type { Plain } from "../core/game/ports.ts";
import { type AnyList, type FieldType, type SchemaClass, fieldsOf, isSchemaClass } from "./colyseus-fields.ts";
import {
  SAVED_FORMAT,
  asFields,
  type SavedNode,
  type SavedState,
  kindOf,
  namedIndex,
  setNextPlace,
} from "./colyseus-saved.ts";

/** Throws TypeError where `value` is nothing that was saved here. */
export function asSavedState(value: Plain): SavedState {
  const { format, classes, nodes } = asFields(value);
  if (format !== SAVED_FORMAT) throw new TypeError("a state of another format");
  return {
    format: SAVED_FORMAT,
    classes: asRow(classes).map((row) => asRow(row).map(String)),
    nodes: asRow(nodes).map(asRow),
  };
}

export type RebuildOptions = {
  readonly rootClass: SchemaClass;
  /** All classes that the state can hold. */
  readonly context: TypeContext;
  /** Places that may have been given since it was saved. */
  readonly skippedPlaces: number;
};

/** Throws TypeError where the classes of today cannot hold it. */
export function rebuildState(saved: SavedState, options: RebuildOptions): Schema {
  const rebuilding = new Rebuilding(saved, options);
  const root = rebuilding.instance(0, options.rootClass);
  rebuilding.finish();
  return root;
}

class Rebuilding {
  readonly #saved: SavedState;
  readonly #options: RebuildOptions;
  readonly #byName = new Map<string, SchemaClass>();
  readonly #built = new Map<number, Schema | AnyList>();
  readonly #toFill: (() => void)[] = [];

  constructor(saved: SavedState, options: RebuildOptions) {
    this.#saved = saved;
    this.#options = options;
    for (const schemaClass of options.context.schemas.keys()) {
      if (isSchemaClass(schemaClass)) this.#byName.set(schemaClass.name, schemaClass);
    }
  }

  /** Breadth first, and no deeper on the stack than one: a chain of instances may be long. */
  finish(): void {
    for (let at = 0; at < this.#toFill.length; at += 1) this.#toFill[at]?.();
  }

  instance(index: number, declared: SchemaClass): Schema {
    const known = this.#built.get(index);
    if (known !== undefined) {
      if (known instanceof declared) return known;
      throw new TypeError("an instance is of another class than its field");
    }
    const node = this.#node(index);
    const [, classIndex] = node;
    const [name = "", ...names] = this.#saved.classes[typeof classIndex === "number" ? classIndex : -1] ?? [];
    const instance = this.#create(name, declared);
    this.#keep(index, node, instance);
    this.#toFill.push(() => this.#fillInstance(instance, names, node.slice(2)));
    return instance;
  }

  /** The class it was saved as, where the field may hold that one. */
  #create(name: string, declared: SchemaClass): Schema {
    const named = this.#byName.get(name);
    const isFitting = named === declared || named?.prototype instanceof declared;
    return construct(named !== undefined && isFitting ? named : declared);
  }

  #fillInstance(instance: Schema, names: readonly string[], values: readonly Plain[]): void {
    for (const { name, type, isDeprecated } of fieldsOf(instance.constructor)) {
      const at = names.indexOf(name);
      // Not there when it was saved: it begins as it always does.
      if (at === -1 || isDeprecated) continue;
      const value = this.#value(values[at] ?? null, type);
      if (value !== undefined || Reflect.get(instance, name) !== undefined) Reflect.set(instance, name, value);
    }
  }

  #value(value: Plain, type: FieldType): unknown {
    if (value === null) return undefined;
    if (type.type === "quantized") return value;
    if (type.type === "primitive") return type.primitive.startsWith("big") ? BigInt(String(value)) : value;
    const index = namedIndex(value);
    if (index === undefined) throw new TypeError("a field does not name what it holds");
    return type.type === "instance" ? this.instance(index, type.class) : this.#list(index, type);
  }

  #list(index: number, { type, child }: Extract<FieldType, { readonly child: FieldType }>): AnyList {
    const known = this.#built.get(index);
    if (known !== undefined && !("assign" in known)) return known;
    const node = this.#node(index);
    const list = newList(type);
    if (node[1] !== kindOf(list)) throw new TypeError("a list is of another kind than its field");
    this.#keep(index, node, list);
    this.#toFill.push(() => this.#fillList(list, child, node.slice(2)));
    return list;
  }

  #fillList(list: AnyList, child: FieldType, row: readonly Plain[]): void {
    if (list instanceof ArraySchema) {
      for (const value of row) list.push(this.#value(value, child));
      return;
    }
    const width = list instanceof MapSchema ? 3 : 2;
    for (let at = 1; at < row.length; at += width) {
      const place = row[at];
      const value = this.#value(row[at + width - 1] ?? null, child);
      if (typeof place === "number") setNextPlace(list, place);
      if (list instanceof MapSchema) list.set(String(row[at + 1]), value);
      else list.add(value);
    }
    setNextPlace(list, Number(row[0]) + this.#options.skippedPlaces);
  }

  #keep(index: number, [id]: SavedNode, ref: Schema | AnyList): void {
    this.#built.set(index, ref);
    const value = index === 0 ? 0 : id;
    // As the package does it: what has an id keeps it. -1 gets one as it is attached.
    if (typeof value === "number" && value >= 0) {
      Object.defineProperty(ref, $refId, { value, enumerable: false, writable: true });
    }
  }

  #node(index: number): SavedNode {
    const node = this.#saved.nodes[index];
    if (node === undefined) throw new TypeError("a field names what is not there");
    return node;
  }
}

/** As `new`, but without the `initialize` of its definition, which is for the first time and may want arguments. */
function construct(schemaClass: SchemaClass): Schema {
  const target = function target() {};
  target.prototype = schemaClass.prototype;
  const instance: unknown = Reflect.construct(schemaClass, [], target);
  if (instance instanceof schemaClass) return instance;
  throw new TypeError("a class of the state makes no instances of itself");
}

function newList(kind: string): AnyList {
  switch (kind) {
    case "array":
      return new ArraySchema<unknown>();
    case "map":
      return new MapSchema<unknown>();
    case "set":
      return new SetSchema<unknown>();
    case "collection":
      return new CollectionSchema<unknown>();
    default:
      throw new TypeError(`lists of the kind ${kind} cannot be kept`);
  }
}

function asRow(value: Plain | undefined): readonly Plain[] {
  if (!Array.isArray(value)) throw new TypeError("a state with a row that is none");
  return value;
}
