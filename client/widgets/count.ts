/**
 * `<roost-count label="{n} here">`: how many people are here. `passive` asks over HTTP now and then, and is not counted itself.
 * @module
 */
import { make, numberOf } from "./dom.ts";
import { RoostElement } from "./element.ts";
import type { Hub } from "./hub.ts";

export class RoostCount extends RoostElement {
  override get wantsSocket(): boolean {
    return this.isAllowed && !this.hasAttribute("passive");
  }

  protected override render({ counts }: Hub): void {
    if (counts === undefined) return;
    const [before = "", after = ""] = (this.getAttribute("label") ?? "{n} here").split("{n}");
    this.shadow.replaceChildren(before, make("b", { part: "number" }, numberOf(counts.people)), after);
  }
}
