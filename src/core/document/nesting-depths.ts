/**
 * How deep the structs of one update lie inside its own types.
 * @module
 */
import { findRange } from "./sorted-ranges.ts";

/** Shared types of one update inside each other. Yjs deletes and collects recursively; documents nest some dozens. */
export const MAX_TYPE_NESTING = 500;

export class NestingDepths {
  /** Per block runs of structs of one depth, as first clock, depth, first clock, depth, … */
  readonly #runs: number[][];

  constructor(blockCount: number) {
    this.#runs = Array.from({ length: blockCount }, () => []);
  }

  static isTooDeep(depth: number): boolean {
    return depth > MAX_TYPE_NESTING;
  }

  /** The struct of block `index` at `clock` is inside `depth` types. Clocks of a block ascend. */
  record(index: number, clock: number, depth: number): void {
    const runs = this.#runs[index];
    if (runs !== undefined && (runs.at(-1) ?? 0) !== depth) runs.push(clock, depth);
  }

  /** How many types the struct at `clock` is inside of; 0 for one below the block. */
  at(index: number, clock: number): number {
    const runs = this.#runs[index] ?? [];
    return runs[2 * findRange(runs, clock) + 1] ?? 0;
  }
}
