/**
 * Avatars in the bar, and the list of people with the field for one's own name.
 * @module
 */
import type { DocumentProvider } from "../index.ts";
import { type AwarenessChange, watchActivity } from "./activity.ts";
import { announce } from "./announcer.ts";
import { elementById, makeElement } from "./elements.ts";
import {
  type Identity,
  MAX_NAME_LENGTH,
  cleanName,
  inkOn,
  loadIdentity,
  renameIdentity,
  watchIdentity,
} from "./identity.ts";
import { IDLE_AFTER_MS, type Person, initialsOf, listPeople } from "./people.ts";

/** Avatars before the rest becomes a number. */
const MAX_AVATARS = 5;

/** Shows who is here and tells others who we are, and by which `account`, until the page goes. Returns the identity others see. */
export function showPeople(provider: DocumentProvider, account: string): Identity {
  const { awareness } = provider;
  const activeMs = new Map<number, number>();
  let identity = loadIdentity();
  let idleTimer: ReturnType<typeof setTimeout> | undefined;
  let shown = "";

  const render = () => {
    const nowMs = Date.now();
    const people = listPeople(awareness.getStates(), { selfId: identity.id, activeMs, nowMs });
    // Every move of a caret comes by here; most change nobody.
    if (JSON.stringify(people) !== shown) {
      shown = JSON.stringify(people);
      renderAvatars(people);
      renderPeople(people);
    }
    clearTimeout(idleTimer);
    const waits = [...activeMs.values()].map((ms) => ms + IDLE_AFTER_MS - nowMs).filter((ms) => ms > 0);
    if (waits.length > 0) idleTimer = setTimeout(render, Math.min(...waits) + 50);
  };
  watchActivity(provider, (client) => {
    const wasIdle = Date.now() - (activeMs.get(client) ?? 0) >= IDLE_AFTER_MS;
    activeMs.set(client, Date.now());
    if (wasIdle) render();
  });
  awareness.on("change", ({ removed }: AwarenessChange) => {
    for (const client of removed) activeMs.delete(client);
    render();
  });
  const introduce = (next: Identity) => {
    identity = next;
    provider.setPresence({ user: { ...identity, account } });
    render();
  };
  introduce(identity);
  watchIdentity(introduce);
  wireName(identity, (name) => introduce(renameIdentity(identity, name)));
  return identity;
}

function wireName(identity: Identity, onName: (name: string) => void): void {
  const field = elementById("name", HTMLInputElement);
  field.maxLength = MAX_NAME_LENGTH;
  field.value = identity.name;
  const words = `A name has at most ${MAX_NAME_LENGTH} characters.`;
  const limit = makeElement("p", { className: "field-note", text: words, attributes: { "data-testid": "name-limit" } });
  limit.hidden = true;
  field.after(limit);
  field.addEventListener("input", () => {
    const isFull = field.value.length >= MAX_NAME_LENGTH;
    if (isFull && limit.hidden) announce(words);
    limit.hidden = !isFull;
  });
  field.addEventListener("change", () => {
    const name = cleanName(field.value);
    if (name === undefined) field.value = loadIdentity().name;
    else onName(name);
  });
  field.form?.addEventListener("submit", (event) => {
    event.preventDefault();
    field.blur();
    elementById("people", HTMLElement).hidePopover();
  });
  watchIdentity(({ name }) => {
    field.value = name;
  });
}

function renderAvatars(people: readonly Person[]): void {
  const shown = people.length > MAX_AVATARS ? people.slice(0, MAX_AVATARS - 1) : people;
  const avatars = shown.map(makeAvatar);
  const rest = people.length - shown.length;
  if (rest > 0) avatars.push(makeElement("span", { className: "avatar avatar-more", text: `+${rest}` }));
  const button = elementById("avatars", HTMLButtonElement);
  button.replaceChildren(...avatars);
  button.dataset.count = String(people.length);
  const label = people.length === 1 ? "Only you are here" : `${people.length} people are here`;
  button.title = label;
  button.setAttribute("aria-label", `${label}. Show who, change your name`);
}

function makeAvatar(person: Person): HTMLElement {
  const avatar = makeElement("span", {
    className: "avatar",
    text: initialsOf(person.name),
    attributes: {
      "data-testid": "avatar",
      "data-person": person.id,
      "data-name": person.name,
      "data-idle": String(person.isIdle),
      "aria-hidden": "true",
    },
  });
  avatar.style.backgroundColor = person.color;
  avatar.style.color = inkOn(person.color);
  return avatar;
}

function renderPeople(people: readonly Person[]): void {
  const rows = people.map((person) => {
    const row = makeElement("li", { className: "person", attributes: { "data-testid": "person" } });
    const name = makeElement("span", { className: "person-name", text: person.name, attributes: { dir: "auto" } });
    row.append(makeAvatar(person), name);
    const note = noteOf(person);
    if (note !== "") row.append(makeElement("span", { className: "person-note", text: note }));
    return row;
  });
  elementById("people-list", HTMLUListElement).replaceChildren(...rows);
}

function noteOf({ isSelf, isIdle, clients }: Person): string {
  const notes = [isSelf ? "you" : "", isIdle ? "idle" : "", clients.length > 1 ? `${clients.length} tabs` : ""];
  return notes.filter((note) => note !== "").join(", ");
}
