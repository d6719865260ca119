/**
 * Whether the structs of one update can be put in an order in which each comes after what it depends on. Inside an update they
 * are grouped by client, which says nothing about that.
 * @module
 */
import { ByteReader } from "./byte-reader.ts";
import type { ClientBlock, StructId } from "./client-block.ts";
import type { ClockTable } from "./clock-table.ts";
import { NestingDepths } from "./nesting-depths.ts";
import { StructCursor } from "./struct-cursor.ts";

export type OrderInput = {
  readonly bytes: Uint8Array;
  readonly blocks: readonly ClientBlock[];
  readonly known: ClockTable;
  /** Refuse types too deep inside each other. Costs memory, so only where there are enough types for it. */
  readonly limitsNesting: boolean;
};

/**
 * A struct that is neither known nor in the update, undefined when nothing is missing. Throws ReadFailure on a cycle, and on types
 * that are nested too deep. Reads each struct's content once and its header at most three times.
 */
export function findMissing(input: OrderInput): StructId | undefined {
  return new DependencyOrder(input).run();
}

const REACHED = -1;
const MISSING = -2;

class DependencyOrder {
  readonly #input: OrderInput;
  readonly #cursor: StructCursor;
  readonly #indexes = new Map<number, number>();
  /** Per block: where its next struct stands, its clock, and how many are left. */
  readonly #positions: Float64Array;
  readonly #clocks: Float64Array;
  readonly #left: Float64Array;
  /** Per block: it is on the stack. */
  readonly #isWaiting: Uint8Array;
  readonly #nesting: NestingDepths | undefined;
  /** What the block that stopped last stopped at. */
  #stoppedAt: StructId = { client: 0, clock: 0 };

  constructor(input: OrderInput) {
    const { blocks } = input;
    this.#input = input;
    this.#cursor = new StructCursor(new ByteReader(input.bytes));
    blocks.forEach((block, index) => this.#indexes.set(block.client, index));
    this.#positions = Float64Array.from(blocks, (block) => block.bytesStart);
    this.#clocks = Float64Array.from(blocks, (block) => block.start);
    this.#left = Float64Array.from(blocks, (block) => block.count);
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
      clock += cursor.readBody();
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
    return block !== undefined && clock < block.end ? index : MISSING;
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
