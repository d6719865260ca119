/**
 * The structs of one update in an order in which each comes after what it depends on. Inside an update they are grouped by client,
 * which says nothing about that.
 * @module
 */
import { ByteReader } from "./byte-reader.ts";
import type { ClientBlock, StructId } from "./client-block.ts";
import { ClockTable } from "./clock-table.ts";
import { NestingDepths } from "./nesting-depths.ts";
import { StructCursor } from "./struct-cursor.ts";
import type { StructBlock } from "./struct-reader.ts";

export type OrderInput = {
  readonly bytes: Uint8Array;
  readonly blocks: readonly ClientBlock[];
  readonly known: ClockTable;
  /** Refuse types too deep inside each other. Costs memory, so only where there are enough types for it. */
  readonly limitsNesting: boolean;
};

/** One struct and where its bytes are. */
export type StructSlice = {
  readonly client: number;
  readonly clock: number;
  readonly length: number;
  readonly bytesStart: number;
  readonly bytesEnd: number;
};

type Visit = (struct: StructSlice) => void;

/**
 * A struct that is neither known nor in the update, undefined when nothing is missing. Throws ReadFailure on a cycle, and on types
 * that are nested too deep. Reads each struct's content once and its header at most three times.
 */
export function findMissing(input: OrderInput): StructId | undefined {
  return new DependencyOrder(input, undefined).run();
}

/**
 * Calls `visit` once per struct, in causal order, each client's in clock order. Linear; memory grows with the number of clients.
 * What lies outside the update counts as known. Throws ReadFailure when structs name each other in a circle, which no genuine
 * update does.
 */
export function visitInCausalOrder(bytes: Uint8Array, blocks: readonly StructBlock[], visit: Visit): void {
  const ahead = blocks.map((block) => ({ ...block, known: block.start }));
  new DependencyOrder({ bytes, blocks: ahead, known: new ClockTable(), limitsNesting: false }, visit).run();
}

const REACHED = -1;
const MISSING = -2;

class DependencyOrder {
  readonly #input: OrderInput;
  readonly #cursor: StructCursor;
  readonly #indexes = new Map<number, number>();
  /**
   * Per block: where its next struct stands, how many are left, and its clock. Offsets are kept as small integers: a double that
   * once reached a reader's position made V8 read every later update at half the speed.
   */
  readonly #positions: Int32Array;
  readonly #left: Int32Array;
  readonly #clocks: Float64Array;
  /** Per block: it is on the stack. */
  readonly #isWaiting: Uint8Array;
  readonly #nesting: NestingDepths | undefined;
  readonly #visit: Visit | undefined;
  /** What the block that stopped last stopped at. */
  #stoppedAt: StructId = { client: 0, clock: 0 };

  constructor(input: OrderInput, visit: Visit | undefined) {
    const { blocks } = input;
    this.#input = input;
    this.#visit = visit;
    this.#cursor = new StructCursor(new ByteReader(input.bytes));
    blocks.forEach((block, index) => this.#indexes.set(block.client, index));
    this.#positions = Int32Array.from(blocks, (block) => block.bytesStart);
    this.#left = Int32Array.from(blocks, (block) => block.count);
    this.#clocks = Float64Array.from(blocks, (block) => block.start);
    this.#isWaiting = new Uint8Array(blocks.length);
    this.#nesting = input.limitsNesting ? new NestingDepths(blocks.length) : undefined;
  }

  run(): StructId | undefined {
    for (let index = 0; index < this.#input.blocks.length; index += 1) {
      if (!this.#finish(index)) return this.#stoppedAt;
    }
    return undefined;
  }

  /** Takes every struct of one block, and of others as far as it needs them: false when something is missing. */
  #finish(root: number): boolean {
    const stack = [root];
    const goals = [Infinity];
    this.#isWaiting[root] = 1;
    for (let top = root; ; top = stack.at(-1) ?? root) {
      const awaited = this.#advance(top, goals.at(-1) ?? Infinity);
      if (awaited === MISSING) return false;
      if (awaited === REACHED) {
        this.#isWaiting[top] = 0;
        stack.pop();
        goals.pop();
        if (stack.length === 0) return true;
        continue;
      }
      if (this.#isWaiting[awaited] === 1) this.#cursor.reader.fail("structs depend on each other in a circle");
      this.#isWaiting[awaited] = 1;
      stack.push(awaited);
      goals.push(this.#stoppedAt.clock);
    }
  }

  /** Takes structs of a block until `goalClock` is there. Returns what stopped it: nothing, a missing struct, or another block. */
  #advance(index: number, goalClock: number): number {
    const block = this.#input.blocks[index];
    if (block === undefined) return REACHED;
    const cursor = this.#cursor;
    let clock = this.#clocks[index] ?? 0;
    let left = this.#left[index] ?? 0;
    cursor.reader.position = this.#positions[index] ?? 0;
    let stop = REACHED;
    while (left > 0 && Math.max(clock, block.known) <= goalClock) {
      const position = cursor.reader.position;
      cursor.readHeader(block.client, clock);
      stop = this.#checkDependencies(index);
      if (stop !== REACHED) {
        cursor.reader.position = position;
        break;
      }
      this.#nesting?.record(index, clock, this.#depth());
      const length = cursor.readBody();
      const { client } = block;
      this.#visit?.({ client, clock, length, bytesStart: position, bytesEnd: cursor.reader.position });
      clock += length;
      left -= 1;
      this.#clocks[index] = clock;
    }
    this.#left[index] = left;
    this.#positions[index] = cursor.reader.position;
    return stop;
  }

  #checkDependencies(own: number): number {
    const cursor = this.#cursor;
    let stop = REACHED;
    if (cursor.dependencyCount > 0) stop = this.#checkDependency(own, cursor.firstClient, cursor.firstClock);
    if (stop !== REACHED || cursor.dependencyCount < 2) return stop;
    return this.#checkDependency(own, cursor.secondClient, cursor.secondClock);
  }

  #checkDependency(own: number, client: number, clock: number): number {
    const index = this.#indexes.get(client) ?? MISSING;
    const block = this.#input.blocks[index];
    // One on the own client lies below the struct: the cursor has seen to it.
    if (index === own || clock < (block === undefined ? this.#input.known.get(client) : block.known)) return REACHED;
    if (block !== undefined && clock < (this.#clocks[index] ?? 0)) return REACHED;
    this.#stoppedAt = { client, clock };
    if (block !== undefined && clock < block.end) return index;
    return this.#visit === undefined ? MISSING : REACHED;
  }

  /** Types of this update that the current struct is inside of. */
  #depth(): number {
    const cursor = this.#cursor;
    if (this.#nesting === undefined || cursor.dependencyCount === 0) return 0;
    const index = this.#indexes.get(cursor.firstClient);
    const depth = index === undefined ? 0 : this.#nesting.at(index, cursor.firstClock);
    if (!cursor.isInsideFirst) return depth;
    return NestingDepths.isTooDeep(depth + 1) ? cursor.reader.fail("types are nested too deep") : depth + 1;
  }
}
