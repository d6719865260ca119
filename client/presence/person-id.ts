/**
 * One person for all tabs of a browser: a random text in sessionStorage, which tabs ask one another for. It ends with the last tab;
 * no cookie, nothing that stays.
 * @module
 */

/** Tabs that live answer within a few ms. */
const ANSWER_MS = 150;
/** What tabs tell one another: an id that holds, or with a question mark one that would do. The server takes no other ids (PRESENCE.md). */
const MESSAGE = /^(\??)([\w-]{16,64})$/;

/** Tabs of one page origin and one server are one person. */
export class PersonId {
  readonly #name: string;
  #id = "";
  #isSure = false;
  #channel: BroadcastChannel | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #then: (id: string) => void = () => undefined;

  constructor(server: string) {
    this.#name = `roost:person:${server}`;
    try {
      // A frame without storage throws.
      this.#id = sessionStorage.getItem(this.#name) ?? "";
    } catch {}
    this.#isSure = MESSAGE.test(this.#id);
    // `randomUUID` is there in secure contexts only.
    if (!this.#isSure) this.#id = String(crypto.getRandomValues(new Uint32Array(4))).replaceAll(",", "-");
  }

  /** Answers other tabs, and asks them where it is not known. */
  open(): void {
    // Outside a page there are no tabs.
    if (typeof document === "undefined" || typeof BroadcastChannel === "undefined") this.#isSure = true;
    else if (this.#channel === undefined) {
      this.#channel = new BroadcastChannel(this.#name);
      this.#channel.onmessage = ({ data }: MessageEvent<unknown>) => this.#hear(String(data));
      if (this.#isSure) return;
      this.#post();
      this.#timer = setTimeout(() => this.#settle(this.#id), ANSWER_MS);
    }
  }

  /** An open channel may keep a page out of the bfcache. */
  close(): void {
    clearTimeout(this.#timer);
    this.#channel?.close();
    this.#channel = undefined;
  }

  /** Calls back with the id, at once where it is known; only whoever asked last. */
  get(then: (id: string) => void): void {
    if (this.#isSure) then(this.#id);
    else this.#then = then;
  }

  #hear(message: string): void {
    const [, isQuestion, id] = MESSAGE.exec(message) ?? [];
    if (id === undefined) return;
    if (this.#isSure) {
      if (isQuestion) this.#post();
    } else if (isQuestion === "") this.#settle(id);
    // Both are new: the smaller one is that of both.
    else if (id < this.#id) this.#id = id;
    else if (id > this.#id) this.#post();
  }

  #post(): void {
    this.#channel?.postMessage((this.#isSure ? "" : "?") + this.#id);
  }

  #settle(id: string): void {
    clearTimeout(this.#timer);
    this.#id = id;
    this.#isSure = true;
    try {
      sessionStorage.setItem(this.#name, id);
    } catch {}
    this.#then(id);
  }
}
