/**
 * A grid of buttons that is one Tab stop: arrows move in it.
 * @module
 */
import { makeElement } from "../elements.ts";

export type GridOptions = {
  readonly columns: number;
  readonly rows: number;
  readonly className: string;
  readonly label: string;
  /** By mouse, finger, Enter or space. */
  readonly onChoose: (index: number) => void;
  readonly onFocus?: (index: number) => void;
};

export class SquareGrid {
  readonly squares: readonly HTMLButtonElement[];
  readonly #options: GridOptions;
  #current = 0;

  constructor(root: HTMLElement, options: GridOptions) {
    this.#options = options;
    const { columns, rows, className, label } = options;
    root.setAttribute("role", "grid");
    root.setAttribute("aria-label", label);
    const squares: HTMLButtonElement[] = [];
    for (let row = 0; row < rows; row += 1) {
      const line = makeElement("div", { attributes: { role: "row" } });
      for (let column = 0; column < columns; column += 1) {
        const attributes = { type: "button", role: "gridcell", tabindex: squares.length === 0 ? "0" : "-1" };
        const square = makeElement("button", { className, attributes: { ...attributes, "data-testid": className } });
        squares.push(square);
        line.append(square);
      }
      root.append(line);
    }
    this.squares = squares;
    root.addEventListener("keydown", (event) => this.#onKey(event));
    root.addEventListener("click", ({ target }) => {
      const index = this.indexOf(target);
      if (index !== undefined) options.onChoose(index);
    });
    root.addEventListener("focusin", ({ target }) => {
      const index = this.indexOf(target);
      if (index !== undefined) this.#moveTo(index);
    });
  }

  get current(): number {
    return this.#current;
  }

  indexOf(target: unknown): number | undefined {
    const square = target instanceof Element ? target.closest("button") : null;
    const index = square === null ? -1 : this.squares.indexOf(square);
    return index === -1 ? undefined : index;
  }

  #onKey(event: KeyboardEvent): void {
    const { columns, rows } = this.#options;
    const [row, column] = [Math.floor(this.#current / columns), this.#current % columns];
    const to = (y: number, x: number) => {
      event.preventDefault();
      const index = Math.min(rows - 1, Math.max(0, y)) * columns + Math.min(columns - 1, Math.max(0, x));
      this.squares[index]?.focus();
    };
    if (event.altKey || event.metaKey) return;
    switch (event.key) {
      case "ArrowUp":
        return to(row - 1, column);
      case "ArrowDown":
        return to(row + 1, column);
      case "ArrowLeft":
        return to(row, column - 1);
      case "ArrowRight":
        return to(row, column + 1);
      case "Home":
        return to(event.ctrlKey ? 0 : row, 0);
      case "End":
        return to(event.ctrlKey ? rows - 1 : row, columns - 1);
      case "PageUp":
        return to(0, column);
      case "PageDown":
        return to(rows - 1, column);
      default:
    }
  }

  #moveTo(index: number): void {
    this.squares[this.#current]?.setAttribute("tabindex", "-1");
    this.squares[index]?.setAttribute("tabindex", "0");
    this.#current = index;
    this.#options.onFocus?.(index);
  }
}
