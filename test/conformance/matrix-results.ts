/**
 * The matrix as it came out, for README's table: `npm run results` writes it there.
 * @module
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

const FOLDER = join(import.meta.dirname, "../../.results/conformance");

/** `passed` with what was measured, `failed`, or `without` with the reason. */
export type Outcome = { readonly mark: "passed" | "failed" | "without"; readonly note: string };

export class MatrixResults {
  readonly #columns: readonly string[];
  readonly #rows: readonly string[];
  readonly #cells = new Map<string, Outcome>();

  constructor(columns: readonly string[], rows: readonly string[]) {
    this.#columns = columns;
    this.#rows = rows;
  }

  /** Keeps how the cell comes out, and passes on what it comes out with. */
  async keep(column: string, row: string, run: () => Promise<string | undefined | void>): Promise<void> {
    try {
      this.set(column, row, { mark: "passed", note: (await run()) ?? "" });
    } catch (error) {
      this.set(column, row, { mark: "failed", note: "" });
      throw error;
    }
  }

  set(column: string, row: string, outcome: Outcome): void {
    this.#cells.set(`${row}\n${column}`, outcome);
  }

  /** Prints the table. Writes it to `.results`, unless part of it was not run. */
  write(): void {
    const cells = this.#rows.map((row) => ({
      row,
      outcomes: this.#columns.map((column) => this.#cells.get(`${row}\n${column}`)),
    }));
    const isWhole = cells.every(({ outcomes }) => outcomes.every((outcome) => outcome !== undefined));
    console.log(cells.map(({ row, outcomes }) => `${row}: ${outcomes.map(signOf).join(" | ")}`).join("\n"));
    if (!isWhole) return;
    mkdirSync(FOLDER, { recursive: true });
    const matrix = { columns: this.#columns, rows: cells };
    writeFileSync(join(FOLDER, "matrix.json"), `${JSON.stringify(matrix, undefined, 2)}\n`);
  }
}

function signOf(outcome: Outcome | undefined): string {
  if (outcome === undefined) return "not run";
  return outcome.mark === "without" ? "does not apply" : `${outcome.mark} ${outcome.note}`.trim();
}
