/**
 * One row of the matrix: what is asked of every client.
 * @module
 */
import type { Scene } from "./scene.ts";
import type { StockFamily } from "./stock-client.ts";

/** A server that is open, one that is closed to strangers, and an open one that puts off compaction and snapshots. */
export type PlaceName = "open" | "closed" | "large";

export type Cell = {
  /** Rule and sentence, as a test's title. */
  readonly title: string;
  /** Head of its row in README. */
  readonly row: string;
  /** Where it runs; on the open server when absent. */
  readonly place?: PlaceName;
  /** It waits rather than works, so it may share the processors with others of its kind. */
  readonly isSlow?: boolean;
  /** It is about seconds, and a machine does other things meanwhile: what fails once is asked again before it is believed. */
  readonly isTimed?: boolean;
  /** Why it is not asked of a family; undefined where it is. */
  readonly without?: (family: StockFamily) => string | undefined;
  /** Rejects unless it holds. What it resolves with is said in README beside the mark. */
  readonly run: (scene: Scene) => Promise<string | undefined | void>;
};
