/**
 * `<roost-reactions names="👍 ❤️ 🎉">`: buttons that everybody here sees rise. `like=👍` gives one a name to be read aloud.
 * @module
 */
import { make, numberOf } from "./dom.ts";
import { RoostElement } from "./element.ts";
import type { Hub, News } from "./hub.ts";

const DEFAULT_NAMES = "👍 ❤️ 🎉 👏";
/** What the wire has of it: in large rooms only names come, tallied. */
const PREFIX = "react:";
/** More rising at once is a blur, and work for a phone. */
const MAX_RISING = 24;
const MAX_OF_ONE_TALLY = 6;
/** The longest that its animation in widgets.css takes. */
const RISE_MS = 1_800;

export class RoostReactions extends RoostElement {
  /** From names to what happens when somebody says one. */
  readonly #said = new Map<string, (times: number) => void>();
  #made = "";
  #rising = 0;

  // Others may only say what this page offers.
  override readonly heard = ({ name = "", times = 1 }: News): void => this.#said.get(name)?.(times);

  protected override render({ client }: Hub): void {
    const names = this.getAttribute("names")?.trim() || DEFAULT_NAMES;
    if (names !== this.#made) {
      this.#made = names;
      this.#said.clear();
      const buttons = names.split(/\s+/).map((text) => this.#button(text));
      this.shadow.replaceChildren(
        make("div", { part: "group", role: "group", "aria-label": this.getAttribute("label") ?? "React" }, ...buttons),
      );
    }
    for (const button of this.shadow.querySelectorAll("button")) button.disabled = client === undefined;
  }

  #button(text: string): HTMLElement {
    const [word = text, sign = word] = text.split("=");
    const name = PREFIX + word;
    const count = make("b");
    const button = make("button", { part: "button", title: word }, make("i", {}, sign), count);
    let total = 0;
    button.onclick = () => this.hub?.client?.broadcast(name);
    this.#said.set(name, (times) => {
      total += times;
      count.textContent = numberOf(total);
      for (let n = Math.min(times, MAX_OF_ONE_TALLY); n > 0 && this.isSeen && this.#rising < MAX_RISING; n--)
        this.#rise(button, sign);
    });
    return button;
  }

  #rise(button: HTMLElement, sign: string): void {
    const rising = make("i", { class: "rising", "aria-hidden": "true" }, sign);
    rising.style.setProperty("--drift", String(Math.random() - 0.5));
    this.#rising += 1;
    button.append(rising);
    setTimeout(() => {
      rising.remove();
      this.#rising -= 1;
    }, RISE_MS);
  }
}
