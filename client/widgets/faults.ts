/**
 * What goes wrong in a widget: said in the console, once it is known, and kept from the page.
 * @module
 */

/** Whoever pasted the tag has to hear why nothing shows. */
export function warn(reason: unknown): void {
  console.warn(`roost: ${String(reason)}`);
}

/** A fault of ours is for whoever reads the console: no error of the page, which may stop at one. */
export function safely<Args extends readonly unknown[]>(work: (...args: Args) => void): (...args: Args) => void {
  return (...args) => {
    try {
      work(...args);
    } catch (error) {
      warn(error);
    }
  };
}
