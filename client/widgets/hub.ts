/**
 * One socket a room, however many elements show it; and counts over HTTP where there is none.
 * @module
 */
import type { Counts, Face } from "../presence/index.ts";
import { addressOf } from "./address.ts";
import { FITTING } from "./faces.ts";
import { safely, warn } from "./faults.ts";
import type { News } from "./people.ts";
import { type RoomOptions, type Visit, visitRoom } from "./visit.ts";

/** Elements that a framework takes out and puts back are one visit. */
const LINGER_MS = 3_000;
/** The server's answer is kept for 5 s; a page that shows a number asks less often. */
const POLL_MS = 15_000;

/** What was said with an element or the script tag; nothing where nothing was. */
export type Settings = (...names: readonly string[]) => Readonly<Record<string, string>>;

/** An element, as far as its hub cares. */
export type HubUser = {
  /** The visitor has to agree first. */
  readonly isAsked: () => boolean;
  /** Counts over HTTP do. */
  readonly isPassive: () => boolean;
  readonly settings: Settings;
  /** Something to show has changed. */
  readonly changed: () => void;
  readonly heard: (news: News) => void;
};

export type Hub = {
  /** While somebody here wants to be seen. */
  visit: Visit | undefined;
  counts: Counts | undefined;
  /** One element that asks first asks for all of them: they are one socket. */
  readonly isAsked: () => boolean;
  /** Once all elements of the page are there, and have said whether they ask: adds it, or learns that what it wants has changed. */
  readonly add: (user: HubUser) => void;
  /** `isMoved`: to another room, so the visitor is not here any more. */
  readonly remove: (user: HubUser, isMoved: boolean) => void;
};

const hubs = new Map<string, Hub>();

/** The hub of a room; `add` keeps it. */
export function hubFor(options: RoomOptions): Hub {
  const name = JSON.stringify(options);
  const hub = hubs.get(name) ?? makeHub(options, () => hubs.delete(name));
  hubs.set(name, hub);
  return hub;
}

function makeHub(options: RoomOptions, ended: () => void): Hub {
  const users = new Set<HubUser>();
  let lingering: ReturnType<typeof setTimeout> | undefined;
  let face = "";
  let isOver = false;
  let isPolling = false;

  const tell = () => {
    if (hub.visit) hub.counts = hub.visit.people.counts;
    for (const user of users) user.changed();
  };
  const hear = (news: News) => users.forEach(({ heard }) => heard(news));
  const join = safely((wanting: readonly HubUser[]) => {
    const user = faceOf(wanting);
    const last = face;
    isPolling = false;
    face = JSON.stringify(user);
    if (!hub.visit) hub.visit = visitRoom(options, user, { counts: hub.counts, tell, hear, ended: end });
    else if (face !== last) hub.visit.setUser(user);
    tell();
  });

  const leave = () => {
    hub.visit?.end();
    hub.visit = undefined;
    tell();
  };

  /** Where no socket brings counts. A hidden page waits. */
  const poll = async () => {
    if (!isPolling || document.hidden) return;
    hub.counts = await askCounts(options);
    tell();
  };
  const timer = setInterval(() => void poll(), POLL_MS);

  /** The server wants this visitor no more: what is left is the number. */
  const end = (reason: string) => {
    warn(reason);
    isOver = true;
    update();
  };
  const update = (isMoved?: boolean) => {
    clearTimeout(lingering);
    const wanting = isOver || hub.isAsked() ? [] : [...users].filter(({ isPassive }) => !isPassive());
    if (users.size === 0)
      lingering = setTimeout(() => (leave(), clearInterval(timer), ended()), isMoved ? 0 : LINGER_MS);
    else if (wanting.length > 0) join(wanting);
    else if (!isPolling) {
      isPolling = true;
      leave();
      void poll();
    }
  };

  const hub: Hub = {
    visit: undefined,
    counts: undefined,
    isAsked: () => [...users].some(({ isAsked }) => isAsked()),
    add(user) {
      users.add(user);
      queueMicrotask(update);
    },
    remove(user, isMoved) {
      users.delete(user);
      queueMicrotask(() => update(isMoved));
    },
  };
  return hub;
}

/** What the elements say of the visitor, together. */
function faceOf(users: readonly HubUser[]): Face {
  const face = Object.assign({}, ...users.map(({ settings }) => settings(...Object.keys(FITTING))));
  for (const said in face) if (!FITTING[said]?.test(face[said])) delete face[said];
  return face;
}

async function askCounts({ url, room, key, token }: RoomOptions): Promise<Counts | undefined> {
  try {
    // In the address, where a cache on the way may count it; a key is no secret.
    const address = `${addressOf(url, room)}/count${key ? `?key=${key}` : ""}`;
    const answer = await fetch(address, { headers: token ? { authorization: `Bearer ${token}` } : {} });
    return answer.ok ? await answer.json() : undefined;
  } catch {
    // Asked again.
    return undefined;
  }
}
