/**
 * `<roost-avatars max="5">`: who is here, as a list; and where the visitor is asked first, the button that says yes.
 * @module
 */
import type { Other } from "../presence/index.ts";
import { make, numberOf } from "./dom.ts";
import { type Host, type Part, accept } from "./element.ts";
import { dress, imageOf, initialsOf, nameOf } from "./faces.ts";

const DEFAULT_MAX = "5";
/** What changes within so long is told in one sentence. */
const ANNOUNCE_MS = 10_000;

type Shown = Pick<Other, "actor" | "user"> & Partial<Pick<Other, "id" | "status">>;

export function avatars({ shadow, signal, setting, mayJoin }: Host): Part {
  const news = make("p", { "aria-live": "polite" });
  let drawn = "";
  let people = 0;
  let timer: ReturnType<typeof setTimeout> | undefined;

  /** Off, unless the page asks for it. */
  const announce = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      news.textContent = `${numberOf(people)} here`;
    }, ANNOUNCE_MS);
  };
  signal.addEventListener("abort", () => clearTimeout(timer));

  return {
    render({ client, counts }) {
      const self = client?.self;
      const everybody: Shown[] = [...(client?.others.values() ?? [])];
      // Without an actor one only looks on.
      if (self?.actor) everybody.unshift(self);
      people = Math.max(everybody.length, counts?.people ?? 0);
      const shown = everybody.slice(0, Number(setting("max", DEFAULT_MAX)));
      const more = people - shown.length;
      const isAsked = !mayJoin();
      const label = setting("label", isAsked ? "Show that I am here" : "Here now");
      const isTold = setting("announce");
      const next = JSON.stringify([isAsked, isTold, label, more, shown, self?.actor]);
      if (next === drawn) return;
      drawn = next;
      if (isAsked) {
        const button = make("button", {}, label);
        button.onclick = accept;
        return shadow.replaceChildren(button);
      }
      const items = shown.map((person) => faceOf(person, person === self));
      if (more > 0) items.push(make("li", {}, `+${numberOf(more)}`));
      shadow.replaceChildren(make("ul", { "aria-label": label }, ...items));
      if (!isTold) return;
      shadow.append(news);
      announce();
    },
  };
}

function faceOf({ actor, user, status, id }: Shown, isSelf: boolean): HTMLElement {
  const name = nameOf(user);
  const title =
    (name || "Guest") + (isSelf ? ", you" : "") + (status === "idle" || status === "away" ? `, ${status}` : "");
  const face = make("span", { role: "img", "aria-label": title, title }, initialsOf(name));
  dress(face, { actor, user, status });
  const src = imageOf(user.avatar, id);
  if (src) {
    const image = make("img", { alt: "", referrerpolicy: "no-referrer", src });
    // What cannot be loaded, or the page's policy forbids, leaves the initials.
    image.onerror = () => image.remove();
    face.append(image);
  }
  return make("li", {}, face);
}
