/**
 * `<roost-count label="{n} here">`: how many people are here. `passive` asks over HTTP now and then, and is not counted itself.
 * @module
 */
import { make, numberOf } from "./dom.ts";
import type { Host, Part } from "./element.ts";

/** With `announce` a screen reader hears the number, and not each arrival; at most so often. */
const ANNOUNCE_MS = 10_000;

export function count({ shadow, setting, changed }: Host): Part {
  const text = make("p");
  let heldMs = 0;
  shadow.replaceChildren(text);

  return {
    render({ counts }) {
      const isTold = setting("announce");
      text.ariaLive = isTold ? "polite" : "off";
      if (counts === undefined) return text.replaceChildren();
      const waitMs = heldMs - performance.now();
      if (isTold && waitMs > 0) return void setTimeout(changed, waitMs);
      heldMs = performance.now() + ANNOUNCE_MS;
      const [before = "", after = ""] = setting("label", "{n} here").split("{n}");
      text.replaceChildren(before, make("b", {}, numberOf(counts.people)), after);
    },
  };
}
