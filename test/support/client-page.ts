/**
 * The parts of a page that the client listens to, where there is no page.
 * @module
 */

/** `window` or `document`: a real event target whose live listeners are counted. */
export class Target extends EventTarget {
  visibilityState = "visible";
  readonly live: string[] = [];

  override addEventListener(name: string, listener: EventListener, options?: AddEventListenerOptions): void {
    super.addEventListener(name, listener, options);
    this.live.push(name);
    options?.signal?.addEventListener("abort", () => this.#ended(name));
  }

  override removeEventListener(name: string, listener: EventListener, options?: EventListenerOptions): void {
    super.removeEventListener(name, listener, options);
    this.#ended(name);
  }

  /** Dispatches; true when nobody asked to stop. */
  fire(name: string, fields: Record<string, unknown> = {}): boolean {
    return this.dispatchEvent(Object.assign(new Event(name, { cancelable: true }), fields));
  }

  #ended(name: string): void {
    const index = this.live.indexOf(name);
    if (index >= 0) this.live.splice(index, 1);
  }
}
