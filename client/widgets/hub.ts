/**
 * One socket a room, however many elements show it; and counts over HTTP where there is none.
 * @module
 */
import {
  type Counts,
  PresenceClient,
  type PresenceClientEvents,
  type PresenceClientOptions,
} from "../presence/index.ts";

/** Elements that a framework takes out and puts back are one visit. */
const LINGER_MS = 3_000;
/** The server's answer is kept for 5 s; a page that shows a number asks less often. */
const POLL_MS = 15_000;

export type HubOptions = {
  readonly url: string;
  readonly room: string;
  readonly key?: string;
  readonly token?: string;
};

/** What was said with an element or the script tag; nothing where nothing was. */
export type Settings = (...names: readonly string[]) => Readonly<Record<string, string>>;

/** What is not kept anywhere: it is shown as it comes. */
export type News = Partial<
  PresenceClientEvents["event"] & PresenceClientEvents["tally"] & PresenceClientEvents["cursor"]
>;

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
  readonly client: PresenceClient | undefined;
  readonly counts: Counts | undefined;
  /** Adds it, or learns that what it wants has changed. */
  readonly add: (user: HubUser) => void;
  /** `isMoved`: to another room, so the visitor is not here any more. */
  readonly remove: (user: HubUser, isMoved: boolean) => void;
};

const hubs = new Map<string, Hub>();

/** The hub of a room; `add` keeps it. */
export function hubFor(options: HubOptions): Hub {
  const name = JSON.stringify(options);
  const hub = hubs.get(name) ?? makeHub(options, () => hubs.delete(name));
  hubs.set(name, hub);
  return hub;
}

function makeHub(options: HubOptions, ended: () => void): Hub {
  const users = new Set<HubUser>();
  let client: PresenceClient | undefined;
  let counts: Counts | undefined;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let face = "";

  const tell = () => {
    counts = client?.counts ?? counts;
    for (const user of users) user.changed();
  };
  const hear = (news: News) => users.forEach(({ heard }) => heard(news));

  const join = (wanting: readonly HubUser[]) => {
    const user = Object.assign({}, ...wanting.map(({ settings }) => settings("name", "color", "avatar")));
    const last = face;
    face = JSON.stringify(user);
    if (client !== undefined) {
      if (face !== last) client.setUser(user);
      return;
    }
    client = openClient({ ...options, user }, tell, hear);
    tell();
  };

  const leave = () => {
    client?.destroy();
    client = undefined;
    tell();
  };

  /** Where no socket brings counts. A hidden page waits. */
  const poll = async () => {
    timer = setTimeout(() => void poll(), POLL_MS);
    if (document.hidden) return;
    counts = (await askCounts(options)) ?? counts;
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

  return {
    get client() {
      return client;
    },
    get counts() {
      return counts;
    },
    add(user) {
      users.add(user);
      update();
    },
    remove(user, isMoved) {
      users.delete(user);
      update(isMoved);
    },
  };
}

function openClient(
  options: PresenceClientOptions,
  tell: () => void,
  hear: (news: News) => void,
): PresenceClient | undefined {
  try {
    const client = new PresenceClient(options);
    for (const name of ["event", "tally", "cursor"] as const) client.on(name, hear);
    for (const name of ["self", "others", "counts"] as const) client.on(name, tell);
    // The browser has said it in its own words, and the client goes on.
    client.on("error", () => undefined);
    client.on("closed", ({ reason, final }) => final && warn(reason));
    return client;
  } catch (error) {
    return warn(error);
  }
}

async function askCounts({ url, room, key }: HubOptions): Promise<Counts | undefined> {
  try {
    // In the address, where a cache on the way may count it; a key is no secret.
    const answer = await fetch(`${url}v1/presence/${encodeURIComponent(room)}/count${key ? `?key=${key}` : ""}`);
    return answer.ok ? await answer.json() : undefined;
  } catch {
    // Asked again.
    return undefined;
  }
}

/** Whoever pasted the tag has to hear why nothing shows. */
function warn(reason: unknown): undefined {
  console.warn(`roost: ${String(reason)}`);
}
