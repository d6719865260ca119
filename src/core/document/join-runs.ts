/**
 * Typed runs in fewer bytes. A keystroke is a struct of about eleven bytes, ten of which say that it follows the one before;
 * Yjs writes a run as one struct, but only out of a Y.Doc. Rules CO24–CO25.
 * @module
 */
import * as encoding from "lib0/encoding";
import { ByteReader } from "./byte-reader.ts";
import { StructCursor } from "./struct-cursor.ts";

const KIND_BITS = 0b0001_1111;
const KIND_STRING = 4;
const HAS_ORIGIN = 0b1000_0000;
const HAS_RIGHT_ORIGIN = 0b0100_0000;
const HAS_KEY = 0b0010_0000;
/** No id: the struct has no right origin. */
const NONE = -1;

/** A string struct and those that continue it. */
type Run = {
  readonly header: Uint8Array;
  readonly texts: Uint8Array[];
  readonly rightClient: number;
  readonly rightClock: number;
};

/**
 * The same update with every string struct that continues the one before it (same client, its origin the character before, the
 * same right origin) joined to it. Yjs integrates a struct of many characters exactly as each after the other, and splits it
 * again where somebody points inside. Throws ReadFailure when the bytes are no V1 update.
 */
export function joinRuns(update: Uint8Array): Uint8Array {
  const reader = new ByteReader(update);
  const cursor = new StructCursor(reader);
  const joined = encoding.createEncoder();
  const clients = reader.count();
  encoding.writeVarUint(joined, clients);
  for (let left = clients; left > 0; left -= 1) joinBlock(cursor, joined);
  encoding.writeUint8Array(joined, update.subarray(reader.position));
  return encoding.toUint8Array(joined);
}

function joinBlock(cursor: StructCursor, joined: encoding.Encoder): void {
  const { reader } = cursor;
  const count = reader.count();
  const client = reader.varUint();
  const start = reader.varUint();
  const structs = new RunWriter();
  let clock = start;
  for (let left = count; left > 0; left -= 1) {
    const from = reader.position;
    const info = reader.bytes[from] ?? 0;
    cursor.readHeader(client, clock);
    const content = reader.position;
    const length = cursor.readBody();
    if ((info & KIND_BITS) === KIND_STRING && (info & HAS_KEY) === 0) {
      const right = rightOriginOf(cursor, info);
      const text = textOf(reader.bytes.subarray(content, reader.position));
      const continues = (info & HAS_ORIGIN) !== 0 && cursor.firstClient === client && cursor.firstClock === clock - 1;
      structs.addString(reader.bytes.subarray(from, content), text, right, continues);
    } else {
      structs.addOther(reader.bytes.subarray(from, reader.position));
    }
    clock += length;
  }
  encoding.writeVarUint(joined, structs.finish());
  encoding.writeVarUint(joined, client);
  encoding.writeVarUint(joined, start);
  encoding.writeUint8Array(joined, structs.bytes());
}

class RunWriter {
  readonly #encoder = encoding.createEncoder();
  #count = 0;
  #run: Run | undefined;

  addString(header: Uint8Array, text: Uint8Array, right: readonly [number, number], continues: boolean): void {
    const run = this.#run;
    const [rightClient, rightClock] = right;
    if (continues && run !== undefined && run.rightClient === rightClient && run.rightClock === rightClock) {
      run.texts.push(text);
      return;
    }
    this.#endRun();
    this.#run = { header, texts: [text], rightClient, rightClock };
  }

  addOther(struct: Uint8Array): void {
    this.#endRun();
    encoding.writeUint8Array(this.#encoder, struct);
    this.#count += 1;
  }

  /** How many structs were written. */
  finish(): number {
    this.#endRun();
    return this.#count;
  }

  bytes(): Uint8Array {
    return encoding.toUint8Array(this.#encoder);
  }

  #endRun(): void {
    if (this.#run === undefined) return;
    const { header, texts } = this.#run;
    this.#run = undefined;
    encoding.writeUint8Array(this.#encoder, header);
    encoding.writeVarUint(
      this.#encoder,
      texts.reduce((sum, text) => sum + text.length, 0),
    );
    for (const text of texts) encoding.writeUint8Array(this.#encoder, text);
    this.#count += 1;
  }
}

/** Of an item: behind its origin, or alone. */
function rightOriginOf(cursor: StructCursor, info: number): readonly [number, number] {
  if ((info & HAS_RIGHT_ORIGIN) === 0) return [NONE, NONE];
  return (info & HAS_ORIGIN) === 0
    ? [cursor.firstClient, cursor.firstClock]
    : [cursor.secondClient, cursor.secondClock];
}

/** A string without its length in front. */
function textOf(content: Uint8Array): Uint8Array {
  const reader = new ByteReader(content);
  reader.lengthEnd();
  return content.subarray(reader.position);
}
