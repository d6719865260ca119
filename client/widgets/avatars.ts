/**
 * `<roost-avatars max="5">`: who is here, as a list; and where the visitor is asked first, the button that says yes.
 * @module
 */
import type { Other } from "../presence/index.ts";
import { make, numberOf } from "./dom.ts";
import { type Host, type Part, accept } from "./element.ts";
import { dress, imageOf, initialsOf, nameOf } from "./faces.ts";

const DEFAULT_MAX = 5;
const GUEST = "Guest";
/** 4 MB once it is decoded: as much as pictures of people have that sign in somewhere. Strangers' own are smaller, says the server. */
const MAX_PIXELS = 1e6;

type Shown = Pick<Other, "actor" | "user"> & Partial<Pick<Other, "id" | "status">>;

export function avatars({ shadow, setting, live, announce }: Host): Part {
  let drawn = "";
  let list: HTMLElement = make("ul");
  shadow.replaceChildren(list, live);
  const replace = (next: HTMLElement) => {
    list.replaceWith(next);
    list = next;
  };

  return {
    render(hub) {
      const { visit, counts } = hub;
      const { others, actor, user } = visit?.people ?? {};
      const people: Shown[] = [...(others?.values() ?? [])];
      // Without an actor one only looks on.
      if (actor && user) people.unshift({ actor, user });
      const shown = people.slice(0, Number(setting("max")) || DEFAULT_MAX);
      const more = Math.max(people.length, counts?.people ?? 0) - shown.length;
      const isAsked = hub.isAsked();
      const label = setting("label", isAsked ? "Show that I am here" : "Here now");
      const last = drawn;
      // Who types looks as before.
      drawn = JSON.stringify([isAsked, label, more, shown, actor], (name, value) => name !== "typing" && value);
      if (drawn === last) return;
      if (isAsked) {
        const button = make("button", {}, label);
        button.onclick = accept;
        return replace(button);
      }
      const items = shown.map((person) => faceOf(person, person.actor === actor));
      const names = shown.map(({ user }) => nameOf(user) || GUEST);
      if (more > 0) {
        const rest = `+${numberOf(more)}`;
        items.push(make("li", {}, make("bdi", { dir: "ltr" }, rest)));
        names.push(rest);
      }
      replace(make("ul", { "aria-label": label }, ...items));
      announce(`${label}: ${names.join(", ")}`);
    },
  };
}

function faceOf({ actor, user, status, id }: Shown, isSelf: boolean): HTMLElement {
  const name = nameOf(user);
  const title = (name || GUEST) + (isSelf ? ", you" : "") + (status && status !== "active" ? `, ${status}` : "");
  const face = make("span", { role: "img", "aria-label": title, title }, initialsOf(name));
  dress(face, { actor, user, status });
  const src = imageOf(user.avatar, id);
  if (src) {
    const image = make("img", { alt: "", referrerpolicy: "no-referrer", src });
    // What cannot be loaded, or the page's policy forbids, leaves the initials; what few bytes blow up to much is never painted.
    image.onload = () => {
      if (image.naturalWidth * image.naturalHeight <= MAX_PIXELS) face.append(image);
    };
  }
  return make("li", {}, face);
}
