/**
 * One socket a room, however many elements show it; and counts over HTTP where there is none.
 * @module
 */
import { resolveAddress } from "../address.ts";
import { type Counts, type Face, PresenceClient, type PresenceClientEvents } from "../presence/index.ts";

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

/** An element, as far as its hub cares. */
export interface HubUser {
  /** Be there, and seen: the visitor agreed, or was not asked. */
  readonly wantsSocket: boolean;
  readonly face: Face;
  /** Something to show has changed. */
  readonly changed: () => void;
  readonly heard: (news: News) => void;
}

/** What is not kept anywhere: it is shown as it comes. */
export type News = Partial<
  PresenceClientEvents["event"] & PresenceClientEvents["tally"] & PresenceClientEvents["cursor"]
>;

const hubs = new Map<string, Hub>();

/** The hub of a room; {@link Hub.add} keeps it. */
export function hubFor(options: HubOptions): Hub {
  const name = JSON.stringify(options);
  const hub = hubs.get(name) ?? new Hub(options, () => hubs.delete(name));
  hubs.set(name, hub);
  return hub;
}

export class Hub {
  /** While somebody here wants to be seen. */
  client: PresenceClient | undefined;
  counts: Counts | undefined;
  readonly #options: HubOptions;
  readonly #ended: () => void;
  readonly #users = new Set<HubUser>();
  #timer: ReturnType<typeof setTimeout> | undefined;
  #face = "";

  constructor(options: HubOptions, ended: () => void) {
    this.#options = options;
    this.#ended = ended;
  }

  add(user: HubUser): void {
    this.#users.add(user);
    this.update();
  }

  /** `isMoved`: to another room, so the visitor is not here any more. */
  remove(user: HubUser, isMoved?: boolean): void {
    this.#users.delete(user);
    if (isMoved && this.#users.size === 0) this.#end();
    else this.update();
  }

  /** What its elements want has changed. */
  update(): void {
    const users = [...this.#users];
    const faces = users.filter(({ wantsSocket }) => wantsSocket).map(({ face }) => face);
    clearTimeout(this.#timer);
    if (users.length === 0) this.#timer = setTimeout(this.#end, LINGER_MS);
    else if (faces.length > 0) this.#join(Object.assign({}, ...faces));
    // Those who stay have said that they want no socket: consent was taken back.
    else this.#leave();
  }

  #join(user: Face): void {
    const said = JSON.stringify(user);
    const { client } = this;
    if (client === undefined) this.#open(user);
    else if (said !== this.#face) client.setUser(user);
    this.#face = said;
  }

  #open(user: Face): void {
    try {
      const client = new PresenceClient({ ...this.#options, user });
      this.client = client;
      const hear = (news: News) => {
        for (const element of this.#users) element.heard(news);
      };
      for (const name of ["event", "tally", "cursor"] as const) client.on(name, hear);
      for (const name of ["self", "others"] as const) client.on(name, this.#tell);
      client.on("counts", (counts) => {
        this.counts = counts;
        this.#tell();
      });
      // Both are in the console already, as the browser's own words; whoever pasted the tag has to hear why nothing shows.
      client.on("error", () => undefined);
      client.on("closed", ({ reason, final }) => final && warn(reason));
    } catch (error) {
      warn(error);
    }
    this.#tell();
  }

  readonly #tell = (): void => {
    for (const user of this.#users) user.changed();
  };

  #leave(): void {
    this.client?.destroy();
    this.client = undefined;
    void this.#poll();
    this.#tell();
  }

  readonly #end = (): void => {
    this.#leave();
    clearTimeout(this.#timer);
    this.#ended();
  };

  /** Counts where no socket brings them. A hidden page waits. */
  async #poll(): Promise<void> {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => void this.#poll(), POLL_MS);
    if (document.hidden) return;
    const { url, room, key = "" } = this.#options;
    try {
      // In the address, where a cache on the way may count it; a key is no secret.
      const query = key && `?key=${key}`;
      const answer = await fetch(`${resolveAddress(url, "presence", room).httpUrl}/count${query}`, {
        credentials: "omit",
      });
      if (answer.ok) this.counts = await answer.json();
      this.#tell();
    } catch {
      // Asked again.
    }
  }
}

function warn(reason: unknown): void {
  console.warn(`roost: ${String(reason)}`);
}
