/**
 * `<roost-avatars max="5">`: who is here, as a list; and where the visitor is asked first, the button that says yes.
 * @module
 */
import type { Other } from "../presence/index.ts";
import { make, numberOf } from "./dom.ts";
import { RoostElement, accept } from "./element.ts";
import { colorOf, imageOf, initialsOf, nameOf } from "./faces.ts";
import type { Hub } from "./hub.ts";

const DEFAULT_MAX = 5;
/** Arrivals of so long are told in one sentence. */
const ANNOUNCE_MS = 10_000;

type Shown = Pick<Other, "actor" | "user"> & Partial<Pick<Other, "id" | "status">>;

export class RoostAvatars extends RoostElement {
  readonly #news = make("p", { class: "unseen", "aria-live": "polite" });
  #drawn = "";
  #people = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  protected override render({ client, counts }: Hub): void {
    const self = client?.self;
    const people: Shown[] = [...(client?.others.values() ?? [])];
    // Without an actor one only looks on.
    if (self?.actor) people.unshift(self);
    const shown = people.slice(0, Number(this.getAttribute("max")) || DEFAULT_MAX);
    const more = Math.max(people.length, counts?.people ?? 0) - shown.length;
    const label = this.getAttribute("label") ?? (this.isAllowed ? "Here now" : "Show that I am here");
    const drawn = JSON.stringify([this.isAllowed, label, more, shown, self?.actor]);
    this.#announce(people.length);
    if (drawn === this.#drawn) return;
    this.#drawn = drawn;
    if (this.isAllowed) {
      const items = shown.map((person) => make("li", {}, faceOf(person, person === self)));
      if (more > 0) items.push(make("li", { class: "more", part: "more" }, `+${numberOf(more)}`));
      this.shadow.replaceChildren(make("ul", { part: "list", "aria-label": label }, ...items), ...(this.hasAttribute("announce") ? [this.#news] : []));
    } else {
      const button = make("button", { part: "button" }, label);
      button.onclick = accept;
      this.shadow.replaceChildren(button);
    }
  }

  /** Off, unless the page asks for it; and then one sentence for many. */
  #announce(people: number): void {
    if (!this.hasAttribute("announce")) return;
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      this.#news.textContent = `${numberOf(this.#people)} here`;
    }, ANNOUNCE_MS);
    this.#people = people;
  }
}

function faceOf({ actor, user, status, id }: Shown, isSelf: boolean): HTMLElement {
  const name = nameOf(user.name);
  const title = [name || "Guest", isSelf ? "you" : status !== "active" && status].filter(Boolean).join(", ");
  const face = make(
    "span",
    { class: `face ${status ?? ""}`, part: "avatar", role: "img", "aria-label": title, title },
    initialsOf(name),
  );
  face.style.setProperty("--c", colorOf(user.color, actor));
  const src = imageOf(user.avatar, id);
  if (src !== undefined) {
    const image = make("img", { alt: "", referrerpolicy: "no-referrer" });
    // What cannot be loaded, or the page's policy forbids, leaves the initials.
    image.onerror = () => image.remove();
    image.src = src;
    face.append(image);
  }
  return face;
}
