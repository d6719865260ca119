/**
 * One person for all tabs of a browser: a random text in sessionStorage, which tabs ask one another for. It ends with the last tab;
 * no cookie, nothing that stays.
 * @module
 */

/** Tabs that live answer within a few ms. */
const ANSWER_MS = 60;

type TabMessage = { readonly id: string; readonly isSure: boolean };

/** Tabs of one page origin and one server are one person. */
export class PersonId {
  readonly #name: string;
  readonly #whenSure: ((id: string) => void)[] = [];
  #id: string;
  #isSure = false;
  #channel: BroadcastChannel | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(server: string) {
    this.#name = `roost:person:${server}`;
    const stored = readStored(this.#name);
    this.#id = stored ?? randomId();
    // Outside a page there are no tabs.
    this.#isSure = stored !== undefined || typeof document === "undefined";
  }

  /** Answers other tabs, and asks them where it is not known. */
  open(): void {
    if (this.#channel !== undefined || typeof document === "undefined") return;
    if (typeof BroadcastChannel === "undefined") return this.#settle(this.#id);
    const channel = new BroadcastChannel(this.#name);
    this.#channel = channel;
    channel.onmessage = ({ data }: MessageEvent<Partial<TabMessage> | null>) => {
      if (isPerson(data?.id)) this.#hear(data.id, data.isSure === true);
    };
    if (this.#isSure) return;
    this.#post();
    this.#timer = setTimeout(() => this.#settle(this.#id), ANSWER_MS);
  }

  /** An open channel may keep a page out of the bfcache. */
  close(): void {
    clearTimeout(this.#timer);
    this.#channel?.close();
    this.#channel = undefined;
  }

  /** Calls back with the id, at once where it is known. */
  get(then: (id: string) => void): void {
    if (this.#isSure) then(this.#id);
    else this.#whenSure.push(then);
  }

  #hear(id: string, isSure: boolean): void {
    if (this.#isSure) {
      if (!isSure) this.#post();
    } else if (isSure) this.#settle(id);
    else if (id < this.#id) this.#id = id;
    // Both are new: the smaller one is that of both.
    else if (id > this.#id) this.#post();
  }

  #post(): void {
    this.#channel?.postMessage({ id: this.#id, isSure: this.#isSure } satisfies TabMessage);
  }

  #settle(id: string): void {
    clearTimeout(this.#timer);
    this.#id = id;
    this.#isSure = true;
    try {
      sessionStorage.setItem(this.#name, id);
    } catch {
      // A frame without storage: this page only.
    }
    for (const then of this.#whenSure.splice(0)) then(id);
  }
}

function readStored(name: string): string | undefined {
  try {
    const stored = sessionStorage.getItem(name);
    return isPerson(stored) ? stored : undefined;
  } catch {
    return undefined;
  }
}

/** What the server takes (PRESENCE.md); anything else would end the socket for good. */
function isPerson(id: unknown): id is string {
  return typeof id === "string" && /^[\w-]{16,64}$/.test(id);
}

/** 128 bits. `randomUUID` is there in secure contexts only. */
function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}
