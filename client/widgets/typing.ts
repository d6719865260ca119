/**
 * `<roost-typing for="comment">`: who types in the field of that id. That somebody types is told, never what.
 * @module
 */
import { make, numberOf } from "./dom.ts";
import type { Host, Part } from "./element.ts";
import { nameOf } from "./faces.ts";

/** Without a key for so long, somebody has stopped. */
const PAUSE_MS = 4_000;
/** While keys come, the mark is said again so often. */
const AGAIN_MS = 4_000;
/** Who has not said it for so long has vanished: the server may learn of that much later. */
const OLD_MS = 10_000;
const LOOK_MS = 1_000;
/** With the space, what a server takes. */
const MAX_LENGTH = 63;

export function typing({ shadow, signal, setting, visit, listen, changed, live, announce }: Host): Part {
  // The sentence is English, whatever the page is.
  const line = make("p", { dir: "ltr" });
  let timer: ReturnType<typeof setTimeout> | undefined;
  let looking: ReturnType<typeof setTimeout> | undefined;
  let mark = "";
  let markedMs = 0;
  shadow.replaceChildren(line, live);
  const place = () => setting("for").slice(0, MAX_LENGTH);
  const stop = () => {
    clearTimeout(timer);
    visit()?.setTyping((mark = ""));
  };
  listen(document, "input", ({ target, isTrusted }) => {
    if (!isTrusted || !(target instanceof Element) || !target.id || target.id !== setting("for")) return;
    const nowMs = performance.now();
    if (!mark || nowMs - markedMs > AGAIN_MS) {
      // A server passes on what changes: with and without a space, which no id has, it is the same place.
      mark = mark === place() ? `${mark} ` : place();
      markedMs = nowMs;
    }
    visit()?.setTyping(mark);
    clearTimeout(timer);
    timer = setTimeout(stop, PAUSE_MS);
  });
  // A form that is sent leaves its field as it was.
  listen(document, "focusout submit", stop);
  signal.addEventListener("abort", stop);

  return {
    render(hub) {
      const { others, typedMs } = hub.visit?.people ?? {};
      const sinceMs = performance.now() - OLD_MS;
      const there = [...(others?.values() ?? [])].filter(
        (other) => other.typing && other.typing.trim() === place() && (typedMs?.get(other.actor) ?? 0) > sinceMs,
      );
      clearTimeout(looking);
      if (there.length > 0) looking = setTimeout(changed, LOOK_MS);
      // Isolated: a name from right to left does not turn the sentence round.
      const names = there.map(({ user }) => `\u2068${nameOf(user) || "Guest"}\u2069`);
      const who = names.length > 2 ? `${numberOf(names.length)} people` : names.join(" and ");
      const text = who && `${who} ${names.length > 1 ? "are" : "is"} typing…`;
      line.textContent = text;
      announce(text);
    },
  };
}
