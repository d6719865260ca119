/**
 * `<roost-typing for="comment">`: who types in the field of that id. That somebody types is told, never what.
 * @module
 */
import { make, numberOf } from "./dom.ts";
import { RoostElement } from "./element.ts";
import { nameOf } from "./faces.ts";
import type { Hub } from "./hub.ts";

/** Without a key for so long, somebody has stopped. */
const PAUSE_MS = 4_000;

export class RoostTyping extends RoostElement {
  readonly #line = make("p", { part: "line" });
  #timer: ReturnType<typeof setTimeout> | undefined;

  protected override attached(signal: AbortSignal): void {
    this.shadow.replaceChildren(this.#line);
    const options = { signal, capture: true };
    const stop = () => {
      clearTimeout(this.#timer);
      this.hub?.client?.setTyping(null);
    };
    document.addEventListener(
      "input",
      ({ target, isTrusted }) => {
        if (!isTrusted || !(target instanceof Element) || target.id !== this.#where) return;
        this.hub?.client?.setTyping(this.#where);
        clearTimeout(this.#timer);
        this.#timer = setTimeout(stop, PAUSE_MS);
      },
      options,
    );
    // A form that is sent leaves its field as it was.
    for (const name of ["focusout", "submit"]) document.addEventListener(name, stop, options);
    signal.addEventListener("abort", stop);
  }

  protected override render({ client }: Hub): void {
    const others = [...(client?.others.values() ?? [])].filter(({ typing }) => typing && typing === this.#where);
    const names = others.map(({ user }) => nameOf(user.name) || "Somebody");
    const who = names.length > 2 ? `${numberOf(names.length)} people` : names.join(" and ");
    this.#line.ariaLive = this.hasAttribute("announce") ? "polite" : "off";
    this.#line.textContent = who && `${who} ${names.length > 1 ? "are" : "is"} typing…`;
  }

  get #where(): string {
    return this.getAttribute("for") ?? "";
  }
}
