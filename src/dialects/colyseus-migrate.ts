/**
 * A saved state as the game's own fields, for a `migrate` of the game, and back. Instances are objects, arrays and sets are lists, maps
 * are objects; an instance that several fields hold is one object that they share. Rules GC17–GC19 of src/core/SPEC.md.
 * @module
 */
import type { TypeContext } from "@colyseus/schema";
import type { Plain } from "../core/game/ports.ts";
import { type FieldType, type SchemaClass, fieldsOf, isSchemaClass } from "./colyseus-fields.ts";
import { SAVED_FORMAT, type SavedClass, type SavedNode, type SavedState, namedIndex } from "./colyseus-saved.ts";

type Target = Plain[] | Record<string, Plain>;
type Classes = { readonly rootClass: SchemaClass; readonly context: TypeContext };

/** An id that is given as it is attached. */
const NEW_ID = -1;

/** What `migrate` makes of a saved state, in the shape of today's classes. All of it gets new ids. */
export function migrateState(
  saved: SavedState,
  migrate: (data: Plain) => Plain,
  { rootClass, context }: Classes,
): SavedState {
  const classNames = new Map<Plain, string>();
  const data = migrate(toPlain(saved, classNames));
  const byName = new Map([...context.schemas.keys()].filter(isSchemaClass).map((known) => [known.name, known]));
  const writer = new NodeWriter((value, declared) => {
    const named = byName.get(classNames.get(value) ?? "");
    return named?.prototype instanceof declared ? named : declared;
  });
  writer.indexOf(data, { type: "instance", class: rootClass });
  return writer.finish();
}

/** Every node is made before any is filled, as they may hold each other. */
function toPlain(saved: SavedState, classNames: Map<Plain, string>): Plain {
  const made: Target[] = saved.nodes.map(([, what]) => (what === "map" || typeof what === "number" ? {} : []));
  const valueOf = (value: Plain | undefined): Plain => {
    const index = namedIndex(value);
    return (index === undefined ? value : made[index]) ?? null;
  };
  saved.nodes.forEach((node, at) => {
    const target = made[at];
    const [, what] = node;
    if (Array.isArray(target)) target.push(...listValues(node).map(valueOf));
    else if (target === undefined) return;
    else if (typeof what === "number") {
      const [name = "", ...names] = saved.classes[what] ?? [];
      classNames.set(target, name);
      names.forEach((field, index) => (target[field] = valueOf(node[index + 2])));
    } else {
      for (let index = 3; index < node.length; index += 3) target[String(node[index + 1])] = valueOf(node[index + 2]);
    }
  });
  return made[0] ?? {};
}

function listValues(node: SavedNode): readonly Plain[] {
  return node[1] === "array" ? node.slice(2) : node.slice(3).filter((_, at) => at % 2 === 1);
}

class NodeWriter {
  readonly #classOf: (value: Plain, declared: SchemaClass) => SchemaClass;
  readonly #indexes = new Map<Plain, number>();
  readonly #found: { readonly value: Plain; readonly type: FieldType }[] = [];
  readonly #rows: SavedClass[] = [];

  constructor(classOf: (value: Plain, declared: SchemaClass) => SchemaClass) {
    this.#classOf = classOf;
  }

  indexOf(value: Plain, type: FieldType): number {
    const known = this.#indexes.get(value);
    if (known !== undefined) return known;
    this.#indexes.set(value, this.#found.length);
    return this.#found.push({ value, type }) - 1;
  }

  finish(): SavedState {
    const nodes: SavedNode[] = [];
    for (let at = 0; at < this.#found.length; at += 1) {
      const found = this.#found[at];
      if (found !== undefined) nodes.push(this.#node(found.value, found.type));
    }
    return { format: SAVED_FORMAT, classes: this.#rows, nodes };
  }

  #node(value: Plain, type: FieldType): SavedNode {
    if (type.type === "instance") return this.#instance(asFields(value), this.#classOf(value, type.class));
    if (type.type === "primitive" || type.type === "quantized") throw new TypeError("a value where a list is due");
    const { type: kind, child } = type;
    if (kind === "map") {
      const entries = Object.entries(asFields(value)).filter(([, entry]) => entry !== null);
      return [
        NEW_ID,
        kind,
        entries.length,
        ...entries.flatMap(([key, entry], at) => [at, key, this.#value(entry, child)]),
      ];
    }
    if (!Array.isArray(value)) throw new TypeError(`migrate gave no list where a field of the kind ${kind} is due`);
    const values: readonly Plain[] = value;
    if (kind === "array") return [NEW_ID, kind, ...values.map((entry) => this.#value(entry, child))];
    return [NEW_ID, kind, values.length, ...values.flatMap((entry, at) => [at, this.#value(entry, child)])];
  }

  #instance(fields: Readonly<Record<string, Plain>>, schemaClass: SchemaClass): SavedNode {
    const known = fieldsOf(schemaClass);
    // A field that migrate leaves out begins as it always does: it is not in the row of the class.
    const present = known.filter(({ name }) => fields[name] !== undefined);
    const key = this.#rows.push([schemaClass.name, ...present.map(({ name }) => name)]) - 1;
    return [NEW_ID, key, ...present.map(({ name, type }) => this.#value(fields[name] ?? null, type))];
  }

  #value(value: Plain, type: FieldType): Plain {
    if (value === null || type.type === "primitive" || type.type === "quantized") return value;
    return [this.indexOf(value, type)];
  }
}

function asFields(value: Plain): Readonly<Record<string, Plain>> {
  if (typeof value !== "object" || value === null || Array.isArray(value) || value instanceof Uint8Array) {
    throw new TypeError("migrate gave no object where an instance or a map is due");
  }
  // SAFETY: an object that is no list and no bytes.
  return value as Readonly<Record<string, Plain>>;
}
