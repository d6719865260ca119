/**
 * `<roost-count label="{n} here">`: how many people are here. `passive` asks over HTTP now and then, and is not counted itself.
 * @module
 */
import { make, numberOf } from "./dom.ts";
import type { Host, Part } from "./element.ts";

export function count({ shadow, setting }: Host): Part {
  return {
    render({ counts }) {
      if (counts === undefined) return;
      const [before = "", after = ""] = setting("label", "{n} here").split("{n}");
      shadow.replaceChildren(before, make("b", {}, numberOf(counts.people)), after);
    },
  };
}
