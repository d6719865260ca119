/**
 * The client of presence rooms: who is here, where they point, what they say. No document, no Yjs.
 * @module
 */
import type { ActorId, Face, Pace, PersonStatus } from "../../src/protocol/presence-messages.ts";
import { Emitter } from "../emitter.ts";
import { ProviderError } from "../provider-error.ts";
import type { ConnectionStatus } from "../provider-events.ts";
import { anchorHash, toFraction } from "./anchor.ts";
import { OwnState } from "./own-state.ts";
import { PresenceLink } from "./presence-link.ts";
import { type PresenceClientOptions, resolvePresence } from "./presence-options.ts";
import type {
  Counts,
  CursorPoint,
  Other,
  OwnCursor,
  PresenceClientEvents,
  PresenceSource,
  Self,
} from "./presence-source.ts";
import { RoomView } from "./room-view.ts";

/** What the server takes of one state and of one event as JSON, and of any name; more would end the socket. */
const MAX_STATE_BYTES = 8 * 1024;
const MAX_EVENT_BYTES = 4 * 1024;
const MAX_NAME_LENGTH = 64;

const encoder = /* @__PURE__ */ new TextEncoder();

/**
 * Joins a presence room, and stays in it over blips, sleep and hidden pages. The server says how often each kind of thing is sent;
 * of what is said faster, the last counts.
 *
 * @example
 * ```ts
 * const client = new PresenceClient({ url: "https://roost.example.com", room: "lobby", user: { name: "Alice" } });
 * client.on("others", () => console.log([...client.others.values()].map(({ user }) => user.name)));
 * client.setCursor({ anchor: "board", x: 0.5, y: 0.25 });
 * client.broadcast("wave");
 * ```
 */
export class PresenceClient implements PresenceSource {
  readonly room: string;
  readonly #events = new Emitter<PresenceClientEvents>();
  readonly #state: OwnState;
  readonly #view: RoomView;
  readonly #link: PresenceLink;
  #isDestroyed = false;

  /** Throws TypeError on a bad address, id, key or token: no retry would heal them. */
  constructor(options: PresenceClientOptions) {
    const { room, user = {}, state = {}, maxCursorHz = Infinity } = options;
    const resolved = resolvePresence(options);
    this.room = room;
    this.#state = new OwnState(state);
    this.#view = new RoomView(this.#events, this.#state);
    this.#link = new PresenceLink({
      resolved,
      events: this.#events,
      state: this.#state,
      view: this.#view,
      user,
      maxCursorHz,
    });
    if (options.connect !== false) this.connect();
  }

  /** Null until the server said who this is. */
  get self(): Self | null {
    return this.#view.self;
  }

  get others(): ReadonlyMap<ActorId, Other> {
    return this.#view.others;
  }

  get cursors(): ReadonlyMap<ActorId, CursorPoint> {
    return this.#view.cursors;
  }

  get counts(): Counts {
    return this.#view.counts;
  }

  /** What the server last said about the room's size and how often to send; null before. */
  get pace(): Pace | null {
    return this.#view.pace;
  }

  get status(): ConnectionStatus {
    return this.#link.status;
  }

  /** Calls `listener` at each event; returns what stops that. A listener that throws hurts nobody. */
  on<Name extends keyof PresenceClientEvents>(
    name: Name,
    listener: (value: PresenceClientEvents[Name]) => void,
  ): () => void {
    return this.#events.on(name, listener);
  }

  /** Connects, and goes on trying until {@link disconnect} or a close code that is final. */
  connect(): void {
    if (!this.#isDestroyed) this.#link.connect();
  }

  /** Leaves cleanly: others see it at once. */
  disconnect(): void {
    this.#link.disconnect();
  }

  /** Leaves, and lets go of every socket, channel, timer and listener. */
  destroy(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    this.#link.destroy();
    this.#events.clear();
  }

  /** Sets one key of what others see; undefined takes it away. Over 8 KB in all it is an `error`, and not set. */
  setState(key: string, value: unknown): void {
    const json = value === undefined ? "" : JSON.stringify(value);
    const whole = JSON.stringify({ ...this.#state.own, [key]: value });
    if (!this.#fits(key, whole, MAX_STATE_BYTES)) return;
    this.#state.say(key, value);
    this.#link.outbox.setState(key, json);
    if (this.self !== null) this.#view.setSelf({});
  }

  /** How others see this visitor; what a token says stands in its place. */
  setUser(user: Face): void {
    this.#link.setUser(user);
  }

  /** Whether this visitor is there. Hidden pages, and those without input for a minute, say so by themselves. */
  setStatus(status: PersonStatus): void {
    this.#link.outbox.setStatus(status);
  }

  /** What of the page is shown, as fractions of its height, and whom it follows: large rooms tell of those first. */
  setView(top: number, bottom: number, follows: ActorId = 0): void {
    this.#link.outbox.setView({ top: toFraction(top), bottom: toFraction(bottom) }, follows);
  }

  setCursor(position: OwnCursor | null): void {
    if (position === null) return this.#link.outbox.setCursor(null);
    const { anchor = "", x, y } = position;
    this.#link.outbox.setCursor({ anchor: anchorHash(anchor), x: toFraction(x), y: toFraction(y) });
  }

  /** Where this visitor types, at most 64 characters; null when it stopped. */
  setTyping(where: string | null): void {
    this.#link.outbox.setTyping((where ?? "").slice(0, MAX_NAME_LENGTH));
  }

  /** Tells everybody here, once, and nobody later. False where it is not sent: no socket, faster than the pace, over 4 KB. */
  broadcast(name: string, data?: unknown): boolean {
    const json = data === undefined ? "" : JSON.stringify(data);
    return this.#fits(name, json, MAX_EVENT_BYTES) && this.#link.outbox.raise(name, json);
  }

  #fits(name: string, json: string, maxBytes: number): boolean {
    const isSmall = encoder.encode(json).length <= maxBytes;
    const isNamed = name !== "" && name.length <= MAX_NAME_LENGTH;
    if (isSmall && isNamed) return true;
    const message = isNamed ? `"${name}" is over ${maxBytes} bytes` : `a name has 1 to ${MAX_NAME_LENGTH} characters`;
    this.#link.report(new ProviderError("too-large", message));
    return false;
  }
}
