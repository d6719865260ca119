/**
 * Inputs of one client: each brings the fields that changed since the one before. What does not read is no input, but counts as one, as
 * its sender counts it too. Rules GC20–GC26 of src/core/SPEC.md.
 * @module
 */
import type { NumberedInput, Plain } from "../core/game/ports.ts";
import { type Field, type FieldType, type SchemaClass, fieldsOf } from "./colyseus-fields.ts";
import { ValueReader } from "./colyseus-values.ts";

/** Inputs that one frame repeats; the SDK's default is 3. */
const MAX_REPEATED = 64;
const MAX_UINT32 = 0xffff_ffff;

const OPERATION = { replace: 0, delete: 64, add: 128, deleteAndAdd: 192 } as const;
/** What clients never send: a switch to another structure. */
const SWITCH = 255;

type Values = Record<string, Plain>;

/** What is kept of one connection, also through sleep. */
export type InputsSaved = {
  readonly values: Plain;
  readonly count: number;
  readonly lastNumber: number;
  readonly stampMs: number;
};

export class InputReader {
  readonly #fields: readonly Field[];
  /** What the client last said of each field. */
  #values: Values = {};
  /** Of the channel that loses nothing: its inputs carry no numbers. */
  #count = 0;
  #lastNumber = 0;
  #stampMs = 0;

  /** Throws TypeError where a field is more than a value. */
  constructor(inputClass: SchemaClass, saved?: InputsSaved) {
    this.#fields = fieldsOf(inputClass);
    const defaults = new inputClass();
    for (const { name, type } of this.#fields) this.#values[name] = startValue(type, Reflect.get(defaults, name));
    if (saved === undefined) return;
    const { values } = saved;
    if (isValues(values))
      for (const name of Object.keys(this.#values)) this.#values[name] = values[name] ?? this.#values[name] ?? null;
    this.#count = saved.count;
    this.#lastNumber = saved.lastNumber;
    this.#stampMs = saved.stampMs;
  }

  save(): InputsSaved {
    return { values: this.#values, count: this.#count, lastNumber: this.#lastNumber, stampMs: this.#stampMs };
  }

  /** `stampMs? • fields`; undefined where it does not read. */
  readOne(body: Uint8Array, isTimed: boolean): readonly NumberedInput[] | undefined {
    this.#count += 1;
    try {
      const reader = new ValueReader(body);
      if (isTimed) this.#stampMs = asStamp(this.#stampMs + reader.number());
      return [this.#take(reader, this.#count, isTimed ? this.#stampMs : undefined)];
    } catch (error) {
      return unread(error);
    }
  }

  /** `stamps? • number of the oldest • (length • fields)*`, oldest first; those not seen before. */
  readSeveral(body: Uint8Array, isTimed: boolean): readonly NumberedInput[] | undefined {
    try {
      const reader = new ValueReader(body);
      const stamps = isTimed ? readStamps(reader) : [];
      const first = reader.count(MAX_UINT32);
      const inputs: NumberedInput[] = [];
      for (let at = 0; reader.hasMore; at += 1) {
        if (at === MAX_REPEATED) throw new RangeError("too many inputs in one frame");
        const fields = reader.bytes(reader.count(MAX_UINT32));
        if (first + at <= this.#lastNumber) continue;
        inputs.push(this.#take(new ValueReader(fields), first + at, stamps[at]));
        this.#lastNumber = first + at;
      }
      return inputs;
    } catch (error) {
      return unread(error);
    }
  }

  #take(reader: ValueReader, number: number, sampledMs: number | undefined): NumberedInput {
    const values = { ...this.#values };
    while (reader.hasMore) this.#readField(reader, values);
    this.#values = values;
    return { number, input: values, ...(sampledMs !== undefined && { sampledMs }) };
  }

  #readField(reader: ValueReader, values: Values): void {
    const first = reader.uint8();
    if (first === SWITCH) throw new TypeError("an input is one structure");
    const field = this.#fields[first & 0x3f];
    if (field === undefined) throw new RangeError("an input has no such field");
    if ((first & 0xc0) === OPERATION.delete) {
      values[field.name] = startValue(field.type, undefined);
      return;
    }
    values[field.name] = readValue(reader, field.type) ?? values[field.name] ?? null;
  }
}

/** Undefined for a number that is none, or beyond what is exact: the field stays as it was. */
function readValue(reader: ValueReader, type: FieldType): Plain | undefined {
  if (type.type === "quantized") {
    const { min, range, span, wire } = type.quantized;
    // One step above the highest can be written, but means nothing.
    return min + (Math.min(Number(reader.primitive(wire)), span) / span) * range;
  }
  if (type.type !== "primitive") throw new TypeError("an input holds values only");
  const value = reader.primitive(type.primitive);
  if (typeof value === "bigint") return String(value);
  if (typeof value !== "number" || Number.isSafeInteger(value)) return value;
  return Number.isFinite(value) && !type.primitive.includes("int") ? value : undefined;
}

/** Of a field that its client has said nothing of: what the class begins with, or nothing of its kind. */
function startValue(type: FieldType, begin: unknown): Plain {
  if (type.type === "quantized") {
    const { min, range } = type.quantized;
    return typeof begin === "number" ? begin : Math.min(Math.max(0, min), min + range);
  }
  if (type.type !== "primitive") throw new TypeError("an input holds values only, no instances and no lists");
  if (typeof begin === "bigint") return String(begin);
  if (typeof begin === "number" || typeof begin === "string" || typeof begin === "boolean") return begin;
  if (type.primitive === "string") return "";
  if (type.primitive === "boolean") return false;
  return type.primitive.startsWith("big") ? "0" : 0;
}

/** `count • uint32(newest) • (how much older each one before it is)*`; oldest first. */
function readStamps(reader: ValueReader): readonly number[] {
  const count = reader.count(MAX_REPEATED);
  if (count === 0) throw new RangeError("stamps of no input");
  let stamp = Number(reader.primitive("uint32"));
  const stamps = [stamp];
  for (let left = count; left > 1; left -= 1) {
    stamp = asStamp(stamp - reader.number());
    stamps.unshift(stamp);
  }
  return stamps;
}

function asStamp(value: number): number {
  if (!Number.isInteger(value) || value < 0 || value > MAX_UINT32) throw new RangeError("a time out of bounds");
  return value;
}

function unread(error: unknown): undefined {
  if (!(error instanceof RangeError || error instanceof TypeError)) throw error;
  return undefined;
}

function isValues(values: Plain): values is Values {
  return typeof values === "object" && values !== null && !Array.isArray(values) && !(values instanceof Uint8Array);
}
