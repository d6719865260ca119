/**
 * One struct of a Yjs V1 update after the other, checked as strictly as Yjs would trip over it, without an object for any.
 * @module
 */
import { skipAny, skipSubdocumentOptions } from "./any-value.ts";
import type { ByteReader } from "./byte-reader.ts";
import { MAX_CLOCK } from "./clock-table.ts";
import { skipJson, skipJsonOrUndefined } from "./json-text.ts";

// Kinds of struct: the low five bits of the info byte.
const KIND_GC = 0;
const KIND_TYPE = 7;
const KIND_SUBDOCUMENT = 9;
const KIND_SKIP = 10;
const KIND_BITS = 0b0001_1111;
// Flags of an item in the info byte.
const HAS_ORIGIN = 0b1000_0000;
const HAS_RIGHT_ORIGIN = 0b0100_0000;
const HAS_KEY = 0b0010_0000;
// Kinds of shared type.
const TYPE_XML_ELEMENT = 3;
const TYPE_XML_HOOK = 5;
const LAST_TYPE = 6;

/** One `readHeader`, then one `readBody` per struct. */
export class StructCursor {
  readonly reader: ByteReader;
  /** Structs that the current one names: origin and right origin, or else the parent. */
  dependencyCount: 0 | 1 | 2 = 0;
  /** Origin if there is one, else right origin or parent: whose place in the tree the current struct takes. */
  firstClient = 0;
  firstClock = 0;
  /** Right origin of a struct that has an origin too. */
  secondClient = 0;
  secondClock = 0;
  /** The one dependency is a type that the current struct is put into. */
  isInsideFirst = false;
  #kind = KIND_GC;
  #hasKey = false;

  constructor(reader: ByteReader) {
    this.reader = reader;
  }

  /** A hole in the sender's knowledge. */
  get isSkip(): boolean {
    return this.#kind === KIND_SKIP;
  }

  /** The struct is a shared type of its own. */
  get isType(): boolean {
    return this.#kind === KIND_TYPE;
  }

  /** Reads the dependencies of the struct (client, clock). One on its own client must lie below it: Yjs never looks again. */
  readHeader(client: number, clock: number): void {
    const { reader } = this;
    const info = reader.byte();
    this.#kind = info & KIND_BITS;
    this.dependencyCount = 0;
    this.isInsideFirst = false;
    this.#hasKey = false;
    if (this.#kind === KIND_GC || this.#kind === KIND_SKIP) {
      if (info !== this.#kind) reader.fail("a struct without content has flags");
      return;
    }
    if (this.#kind > KIND_SUBDOCUMENT) reader.fail("unknown kind of struct");
    if ((info & HAS_ORIGIN) !== 0) this.#readDependency(client, clock);
    if ((info & HAS_RIGHT_ORIGIN) !== 0) this.#readDependency(client, clock);
    if (this.dependencyCount > 0) return;
    this.#hasKey = (info & HAS_KEY) !== 0;
    const parentKind = reader.varUint();
    if (parentKind > 1) reader.fail("unknown kind of parent");
    if (parentKind === 1) {
      reader.text();
      return;
    }
    this.#readDependency(client, clock);
    this.isInsideFirst = true;
  }

  /** Passes the rest of the struct; returns how many clocks it takes, at least one. */
  readBody(): number {
    if (this.#hasKey) this.reader.text();
    const length = this.#readContent();
    return length > 0 ? length : this.reader.fail("a struct of no length");
  }

  #readDependency(ownClient: number, ownClock: number): void {
    const client = this.reader.varUint();
    const clock = this.reader.varUint();
    if (client === ownClient && clock >= ownClock) this.reader.fail("a struct depends on itself or on what follows it");
    if (this.dependencyCount === 0) {
      this.firstClient = client;
      this.firstClock = clock;
      this.dependencyCount = 1;
      return;
    }
    this.secondClient = client;
    this.secondClock = clock;
    this.dependencyCount = 2;
  }

  #readContent(): number {
    const { reader } = this;
    switch (this.#kind) {
      case KIND_GC:
      case KIND_SKIP:
      case 1: // deleted content
        return reader.varUintUpTo(MAX_CLOCK, "a length");
      case 2:
        return this.#readValues(skipJsonOrUndefined);
      case 3: // bytes
        reader.position = reader.lengthEnd();
        return 1;
      case 4:
        return reader.text();
      case 5: // embed
        skipJson(reader);
        return 1;
      case 6: // format
        reader.text();
        skipJson(reader);
        return 1;
      case KIND_TYPE:
        this.#readType();
        return 1;
      case 8:
        return this.#readValues(skipAny);
      default:
        reader.text();
        skipSubdocumentOptions(reader);
        return 1;
    }
  }

  #readValues(skipValue: (reader: ByteReader) => void): number {
    const count = this.reader.count();
    for (let index = 0; index < count; index += 1) skipValue(this.reader);
    return count;
  }

  #readType(): void {
    const type = this.reader.varUintUpTo(LAST_TYPE, "a kind of type");
    if (type === TYPE_XML_ELEMENT || type === TYPE_XML_HOOK) this.reader.text();
  }
}
