/**
 * One row of the matrix: what is asked of every client.
 * @module
 */
import type { Scene } from "./scene.ts";
import type { StockFamily } from "./stock-client.ts";

export type Cell = {
  /** Rule and sentence, as a test's title. */
  readonly title: string;
  /** Head of its row in README. */
  readonly row: string;
  /** A server that is closed to strangers is needed. */
  readonly isClosed?: boolean;
  /** Why it is not asked of a family; undefined where it is. */
  readonly without?: (family: StockFamily) => string | undefined;
  /** Rejects unless it holds. What it resolves with is said in README beside the mark. */
  readonly run: (scene: Scene) => Promise<string | undefined | void>;
};
