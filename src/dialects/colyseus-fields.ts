/**
 * What classes made with `schema({…})` say of their fields, without the `any` that the package says it in.
 * @module
 */
import { type ArraySchema, type CollectionSchema, type MapSchema, Schema, type SetSchema } from "@colyseus/schema";

export type SchemaClass = new () => Schema;

/** The floats between two bounds that whole numbers from 0 to `span` stand for. */
export type Quantized = {
  readonly min: number;
  readonly range: number;
  readonly span: number;
  readonly wire: string;
};

export type ListKind = "array" | "map" | "set" | "collection" | "stream";

export type FieldType =
  | { readonly type: "primitive"; readonly primitive: string }
  | { readonly type: "quantized"; readonly quantized: Quantized }
  | { readonly type: "instance"; readonly class: SchemaClass }
  | { readonly type: ListKind; readonly child: FieldType };

export type Field = {
  /** Its number on the wire. */
  readonly at: number;
  readonly name: string;
  readonly type: FieldType;
  /** Who does not have it in their view does not see the field; -1 for who has the instance. */
  readonly tag: number | undefined;
  /** Its accessor may throw. */
  readonly isDeprecated: boolean;
  /** Goes to newcomers and to nobody else: that it changed is not noted. */
  readonly isForNewcomers: boolean;
};

export type AnyList = ArraySchema<unknown> | MapSchema<unknown> | SetSchema<unknown> | CollectionSchema<unknown>;

const LIST_KINDS: readonly ListKind[] = ["array", "map", "set", "collection", "stream"];
const known = new Map<unknown, readonly Field[]>();

/** In the order of their numbers, those of the classes it extends first. */
export function fieldsOf(schemaClass: unknown): readonly Field[] {
  const found = known.get(schemaClass);
  if (found !== undefined) return found;
  const metadata = asObject(metadataOf(schemaClass));
  const fields: Field[] = [];
  for (let at = 0; ; at += 1) {
    const field = asDescription(Reflect.get(metadata, at));
    if (field === undefined) break;
    const { name, type, tag, deprecated, fullStateOnly } = field;
    const flags = { isDeprecated: deprecated === true, isForNewcomers: fullStateOnly === true };
    fields.push({ at, name, type: asType(type), tag: typeof tag === "number" ? tag : undefined, ...flags });
  }
  known.set(schemaClass, fields);
  return fields;
}

type Description = {
  readonly name: string;
  readonly type?: unknown;
  readonly tag?: unknown;
  readonly deprecated?: unknown;
  readonly fullStateOnly?: unknown;
};

function asDescription(field: unknown): Description | undefined {
  if (typeof field !== "object" || field === null || !("name" in field)) return undefined;
  const { name, ...others } = field;
  return typeof name === "string" ? { name, ...others } : undefined;
}

function metadataOf(schemaClass: unknown): unknown {
  const symbol: unknown = Reflect.get(Symbol, "metadata");
  return typeof symbol === "symbol" && typeof schemaClass === "function" ? Reflect.get(schemaClass, symbol) : undefined;
}

function asType(type: unknown): FieldType {
  if (typeof type === "string") return { type: "primitive", primitive: type };
  if (isSchemaClass(type)) return { type: "instance", class: type };
  const described = asObject(type);
  const quantized: unknown = Reflect.get(described, "quantized");
  if (isQuantized(quantized)) return { type: "quantized", quantized };
  const kind = LIST_KINDS.find((name) => name in described);
  if (kind === undefined) throw new TypeError("a field has a type that is not known here");
  return { type: kind, child: asType(Reflect.get(described, kind)) };
}

export function isSchemaClass(value: unknown): value is SchemaClass & typeof Schema {
  return typeof value === "function" && value.prototype instanceof Schema;
}

function isQuantized(value: unknown): value is Quantized {
  return typeof value === "object" && value !== null && "span" in value && "wire" in value;
}

function asObject(value: unknown): object {
  return typeof value === "object" && value !== null ? value : {};
}
