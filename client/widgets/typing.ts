/**
 * `<roost-typing for="comment">`: who types in the field of that id. That somebody types is told, never what.
 * @module
 */
import { make, numberOf } from "./dom.ts";
import type { Host, Part } from "./element.ts";
import { nameOf } from "./faces.ts";

/** Without a key for so long, somebody has stopped. */
const PAUSE_MS = 4_000;

export function typing({ shadow, signal, setting, visit, listen }: Host): Part {
  const line = make("p");
  let timer: ReturnType<typeof setTimeout> | undefined;
  shadow.replaceChildren(line);
  const stop = () => {
    clearTimeout(timer);
    visit()?.setTyping("");
  };
  listen(document, "input", ({ target, isTrusted }) => {
    if (!isTrusted || !(target instanceof Element) || target.id !== setting("for")) return;
    visit()?.setTyping(target.id);
    clearTimeout(timer);
    timer = setTimeout(stop, PAUSE_MS);
  });
  // A form that is sent leaves its field as it was.
  listen(document, "focusout submit", stop);
  signal.addEventListener("abort", stop);

  return {
    render(hub) {
      const others = [...(hub.visit?.people.others.values() ?? [])];
      const there = others.filter((other) => other.typing && other.typing === setting("for"));
      // Isolated: a name from right to left does not turn the sentence round.
      const names = there.map(({ user }) => `\u2068${nameOf(user) || "Guest"}\u2069`);
      const who = names.length > 2 ? `${numberOf(names.length)} people` : names.join(" and ");
      line.textContent = who && `${who} ${names.length > 1 ? "are" : "is"} typing…`;
    },
  };
}
