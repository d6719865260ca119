/**
 * Walks the structs of one update so that each comes after everything it names. Inside an update structs are grouped by client,
 * which says nothing about that.
 * @module
 */
import { ByteReader } from "./byte-reader.ts";
import { StructCursor } from "./struct-cursor.ts";
import type { StructBlock } from "./struct-reader.ts";

/** One struct and where its bytes are. */
export type StructSlice = {
  readonly client: number;
  readonly clock: number;
  readonly length: number;
  readonly bytesStart: number;
  readonly bytesEnd: number;
};

/** Where one client's structs have been visited up to. The header of the next one is read, its body is not. */
class Place {
  readonly client: number;
  readonly cursor: StructCursor;
  readonly #end: number;
  clock: number;
  bytesStart: number;
  /** On the stack of clients that wait for another one. */
  isWaiting = false;

  constructor(update: Uint8Array, block: StructBlock) {
    this.client = block.client;
    this.clock = block.start;
    this.#end = block.end;
    this.bytesStart = block.bytesStart;
    this.cursor = new StructCursor(new ByteReader(update, block.bytesStart));
    if (!this.isDone) this.cursor.readHeader(this.client, this.clock);
  }

  get isDone(): boolean {
    return this.clock >= this.#end;
  }

  /** True when a struct at `clock` is in this update and not yet visited. */
  isAhead(clock: number): boolean {
    return clock >= this.clock && clock < this.#end;
  }

  /** Passes the next struct and returns it. */
  take(): StructSlice {
    const { client, clock, bytesStart } = this;
    const length = this.cursor.readBody();
    const bytesEnd = this.cursor.reader.position;
    this.clock += length;
    this.bytesStart = bytesEnd;
    if (!this.isDone) this.cursor.readHeader(client, this.clock);
    return { client, clock, length, bytesStart, bytesEnd };
  }
}

type Goal = { readonly place: Place; readonly untilClock: number };

/**
 * Calls `visit` once per struct, in causal order, each client's in clock order. Linear; memory grows with the number of clients.
 * What lies outside the update counts as known. Throws when structs name each other in a circle, which no genuine update does.
 */
export function visitInCausalOrder(
  update: Uint8Array,
  blocks: readonly StructBlock[],
  visit: (struct: StructSlice) => void,
): void {
  const places = new Map(blocks.map((block) => [block.client, new Place(update, block)]));
  for (const root of places.values()) {
    const goals: Goal[] = [{ place: root, untilClock: Number.POSITIVE_INFINITY }];
    for (let goal = goals.at(-1); goal !== undefined; goal = goals.at(-1)) {
      const { place, untilClock } = goal;
      if (place.isDone || place.clock >= untilClock) {
        place.isWaiting = false;
        goals.pop();
        continue;
      }
      const needed = firstNeeded(place, places);
      if (needed === undefined) {
        visit(place.take());
        continue;
      }
      place.isWaiting = true;
      if (needed.place.isWaiting) throw new Error(`structs of client ${place.client} depend on each other`);
      goals.push(needed);
    }
  }
}

function firstNeeded({ client, cursor }: Place, places: ReadonlyMap<number, Place>): Goal | undefined {
  if (cursor.dependencyCount === 0) return undefined;
  const { firstClient, firstClock, secondClient, secondClock } = cursor;
  const first = goalAt(client, firstClient, firstClock, places);
  return first ?? (cursor.dependencyCount > 1 ? goalAt(client, secondClient, secondClock, places) : undefined);
}

function goalAt(
  ownClient: number,
  client: number,
  clock: number,
  places: ReadonlyMap<number, Place>,
): Goal | undefined {
  const place = client === ownClient ? undefined : places.get(client);
  return place?.isAhead(clock) === true ? { place, untilClock: clock + 1 } : undefined;
}
