/**
 * `<roost-count label="{n} here">`: how many people are here. `passive` asks over HTTP now and then, and is not counted itself.
 * @module
 */
import { make, numberOf } from "./dom.ts";
import type { Host, Part } from "./element.ts";

export function count({ shadow, setting, live, announce }: Host): Part {
  const text = make("p", { dir: "auto" });
  shadow.replaceChildren(text, live);

  return {
    render({ counts }) {
      if (counts === undefined) return text.replaceChildren();
      const number = numberOf(counts.people);
      const [before = "", after = ""] = setting("label", "{n} here").split("{n}");
      text.replaceChildren(before, make("b", {}, number), after);
      announce(before + number + after);
    },
  };
}
