/**
 * One socket a room, however many elements show it; and counts over HTTP where there is none.
 * @module
 */
import type { Counts } from "../presence/index.ts";
import { presenceUrl } from "../presence/presence-options.ts";
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
  /** Be there, and seen: the visitor agreed, or was not asked. */
  readonly mayJoin: () => boolean;
  readonly settings: Settings;
  /** Something to show has changed. */
  readonly changed: () => void;
  readonly heard: (news: News) => void;
};

export type Hub = {
  /** While somebody here wants to be seen. */
  visit: Visit | undefined;
  counts: Counts | undefined;
  /** Adds it, or learns that what it wants has changed. */
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
  let timer: ReturnType<typeof setTimeout> | undefined;
  let face = "";

  const tell = () => {
    hub.counts = hub.visit?.people.counts ?? hub.counts;
    for (const user of users) user.changed();
  };
  const hear = (news: News) => users.forEach(({ heard }) => heard(news));

  const join = (wanting: readonly HubUser[]) => {
    const user = Object.assign({}, ...wanting.map(({ settings }) => settings("name", "color", "avatar")));
    const last = face;
    face = JSON.stringify(user);
    if (hub.visit) {
      if (face !== last) hub.visit.setUser(user);
      return;
    }
    try {
      hub.visit = visitRoom(options, user, { tell, hear, ended: warn });
    } catch (error) {
      warn(error);
    }
    tell();
  };

  const leave = () => {
    hub.visit?.end();
    hub.visit = undefined;
    tell();
  };

  /** Where no socket brings counts. A hidden page waits. */
  const poll = async () => {
    timer = setTimeout(() => void poll(), POLL_MS);
    if (document.hidden) return;
    hub.counts = (await askCounts(options)) ?? hub.counts;
    tell();
  };

  const update = (isMoved?: boolean) => {
    clearTimeout(timer);
    const wanting = [...users].filter(({ mayJoin }) => mayJoin());
    if (users.size === 0) {
      timer = setTimeout(() => (leave(), ended()), isMoved ? 0 : LINGER_MS);
    } else if (wanting.length > 0) join(wanting);
    else {
      // Those who stay have said that they want no socket: consent was taken back.
      leave();
      void poll();
    }
  };

  const hub: Hub = {
    visit: undefined,
    counts: undefined,
    add(user) {
      users.add(user);
      update();
    },
    remove(user, isMoved) {
      users.delete(user);
      update(isMoved);
    },
  };
  return hub;
}

async function askCounts({ url, room, key, token }: RoomOptions): Promise<Counts | undefined> {
  try {
    // In the address, where a cache on the way may count it; a key is no secret.
    const address = `${presenceUrl(url, room)}/count${key ? `?key=${key}` : ""}`;
    const answer = await fetch(address, { headers: token ? { authorization: `Bearer ${token}` } : {} });
    return answer.ok ? await answer.json() : undefined;
  } catch {
    // Asked again.
    return undefined;
  }
}

/** Whoever pasted the tag has to hear why nothing shows. */
function warn(reason: unknown): void {
  console.warn(`roost: ${String(reason)}`);
}
