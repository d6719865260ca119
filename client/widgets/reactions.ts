/**
 * `<roost-reactions names="👍 ❤️ 🎉">`: buttons that everybody here sees rise. `like=👍` gives one a name to be read aloud.
 * @module
 */
import { flash, make, numberOf } from "./dom.ts";
import type { Host, Part } from "./element.ts";

const DEFAULT_NAMES = "👍 ❤️ 🎉 👏";
/** What the wire has of it: in large rooms only names come, tallied. Cut where a server would not take it. */
const PREFIX = "react:";
const MAX_NAME_LENGTH = 64;
const MAX_OF_ONE_TALLY = 6;

export function reactions({ shadow, setting, visit, isSeen }: Host): Part {
  /** From names to what happens when somebody says one: others may only say what this page offers. */
  const said = new Map<string, (times: number) => void>();
  let made = "";

  const buttonOf = (text: string) => {
    const [word = text, sign = word] = text.split("=");
    const count = make("b");
    const button = make("button", {}, make("i", { role: "img", title: word }, sign), count);
    const name = (PREFIX + word).slice(0, MAX_NAME_LENGTH);
    let total = 0;
    button.onclick = () => visit()?.broadcast(name);
    said.set(name, (times) => {
      count.textContent = numberOf((total += times));
      for (let n = Math.min(times, MAX_OF_ONE_TALLY); n > 0 && isSeen(); n--) {
        const rising = make("u", { "aria-hidden": "true" }, make("i", {}, sign));
        rising.style.left = `${Math.random() * 2}rem`;
        flash(button, rising);
      }
    });
    return button;
  };

  return {
    heard: ({ name = "", times = 1 }) => said.get(name)?.(times),
    render(hub) {
      const names = setting("names", DEFAULT_NAMES).trim();
      if (names !== made) {
        made = names;
        said.clear();
        const group = { role: "group", "aria-label": setting("label", "React") };
        shadow.replaceChildren(make("section", group, ...names.split(/\s+/).map(buttonOf)));
      }
      for (const button of shadow.querySelectorAll("button")) button.disabled = !hub.visit;
    },
  };
}
