/**
 * The client of presence rooms: who is here, where they point, what they say. No document, no Yjs.
 * @module
 */
import {
  type ActorId,
  type Face,
  type Hello,
  PERSON_STATUSES,
  PRESENCE_VERSION,
  type PersonStatus,
} from "../../src/protocol/presence-messages.ts";
import { ProviderError, messageOf } from "../provider-error.ts";
import { anchorHash, toFraction } from "./anchor.ts";
import { Outbox } from "./outbox.ts";
import { withKey } from "./own-state.ts";
import { type PresenceClientOptions, resolvePresence } from "./presence-options.ts";
import type { OwnCursor, PresenceSource } from "./presence-source.ts";
import { PresenceView } from "./presence-view.ts";
import { RoomSocket } from "./room-socket.ts";
import { NAME, isPerson, isShallow, isSmall, parse, toJson } from "./said-limits.ts";
import { type Heard, type Said, decodeFrame } from "./wire.ts";

/** Of a typing mark; it is cut there. */
const MAX_PLACE_LENGTH = 64;

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
export class PresenceClient extends PresenceView implements PresenceSource {
  readonly #socket: RoomSocket;
  readonly #outbox: Outbox;
  #user: Face = {};
  /** What a token says in place of the user. */
  #profile: Face | undefined;
  #isDestroyed = false;

  /** Throws TypeError on a bad address or key: no retry would heal them. */
  constructor(options: PresenceClientOptions) {
    super();
    this.#outbox = new Outbox((messages) => this.#socket.send(messages), options.maxCursorHz ?? Infinity);
    this.#socket = new RoomSocket({
      resolved: resolvePresence(options),
      onStatus: (status) => {
        if (status === "offline") this.#outbox.setRates(undefined);
        this.turn(status);
      },
      onOpen: (person) => {
        this.#outbox.open(sayHello({ user: this.#user, state: this.state.own, person }));
      },
      onFrame: (frame) => this.#receive(frame),
      onClose: (info) => {
        if (info.final) this.forget();
        this.events.emit("closed", info);
      },
      onError: (error) => this.#report(error),
      onAttention: (status) => {
        this.setStatus(status);
        this.#outbox.pause(status === "away");
      },
      // The room answers, and lets nobody in.
      readSummary: ({ size, people, connections }) => {
        this.forget(people, connections);
        return size === "count" ? new ProviderError("unavailable", "the room is full") : undefined;
      },
    });
    this.setUser(options.user ?? {});
    for (const [key, value] of Object.entries(options.state ?? {})) this.setState(key, value);
    if (options.connect !== false) this.connect();
  }

  /** Connects, and goes on trying until {@link disconnect} or a close code that is final. */
  connect(): void {
    if (!this.#isDestroyed) this.#socket.connect();
  }

  /** Leaves cleanly: others see it at once. Nothing stays behind, and {@link connect} comes back. */
  disconnect(): void {
    this.#socket.send([[9]]);
    this.#socket.disconnect();
    this.forget();
  }

  /** Leaves for good. */
  destroy(): void {
    this.#isDestroyed = true;
    this.disconnect();
    this.events.clear();
  }

  /** Sets one key of what others see; undefined takes it away. What the server would not take, as over 8 KB in all, is an `error`, and not set. */
  setState(key: string, value: unknown): void {
    if (this.#refuses(key, isPerson(this.#user, withKey(this.state.own, key, value)))) return;
    this.state.say(key, value);
    this.#outbox.say("state", [1, key, toJson(value)]);
    if (this.self !== null) this.setSelf({});
  }

  /** How others see this visitor; what a token says stands in its place. Of what the server does not take, it shows the rest. */
  setUser(user: Face): void {
    if (this.#refuses("user", isPerson(user, this.state.own))) return;
    this.#user = user;
    // Another socket's hello says it.
    if (this.status !== "synced") return;
    this.#socket.send([sayHello({ user })]);
    this.setSelf({ user: this.#face() });
  }

  /** Whether this visitor is there. Hidden pages, and those without input for a minute, say so by themselves. */
  setStatus(status: PersonStatus): void {
    this.#outbox.say("status", [7, PERSON_STATUSES.indexOf(status)]);
  }

  /** What of the page is shown, as fractions of its height, and whom it follows: large rooms tell of those first. */
  setView(top: number, bottom: number, follows: ActorId = 0): void {
    this.#outbox.say("view", [8, toFraction(top), toFraction(bottom), follows]);
  }

  setCursor(position: OwnCursor | null): void {
    const { anchor = "", x = 0, y = 0 } = position ?? {};
    this.#outbox.say("cursor", position === null ? [4] : [3, anchorHash(anchor), toFraction(x), toFraction(y)]);
  }

  /** Where this visitor types, at most 64 characters; null when it stopped. */
  setTyping(where: string | null): void {
    this.#outbox.say("typing", [5, where?.slice(0, MAX_PLACE_LENGTH) ?? ""]);
  }

  /** Tells everybody here, once, and nobody later. False where it is not sent: no socket, faster than the pace, over 4 KB. */
  broadcast(name: string, data?: unknown): boolean {
    const json = toJson(data);
    return !this.#refuses(name, isSmall(json) && isShallow(parse(json))) && this.#outbox.raise([6, name, json]);
  }

  #receive(frame: Uint8Array): void {
    try {
      const messages = decodeFrame(frame);
      for (const message of messages) this.#heed(message);
      this.hear(messages);
      // Who may not be shown has nothing to send.
      this.#outbox.setRates(this.self?.scopes.includes("presence") ? this.pace?.hz : undefined);
    } catch (error) {
      this.#report(new ProviderError("frame", `unreadable frame: ${messageOf(error)}`, error));
      this.#socket.retry("unreadable frame");
    }
  }

  /** What is about this socket, before the rest of its frame. */
  #heed(message: Heard): void {
    if (message[0] === 0 /* welcome */ || message[0] === 15 /* rights */) {
      const { scopes, profile } = message[1];
      this.#profile = profile;
      this.setSelf({ ...(message[0] === 0 && { actor: message[1].actor }), scopes, user: this.#face() });
      if (message[0] === 0) this.#socket.synced();
    } else if (message[0] === 14 /* token wanted */) this.#socket.renewToken();
    else if (message[0] === 11 && message[1].ask) this.#socket.send([[11, message[1].ask]]);
  }

  #face(): Face {
    return { ...this.#user, ...this.#profile };
  }

  #refuses(name: string, isFit: boolean): boolean {
    if (isFit && NAME.test(name)) return false;
    this.#report(new ProviderError("too-large", `too-large: ${name}`));
    return true;
  }

  #report(error: ProviderError): void {
    if (this.events.has("error")) this.events.emit("error", error);
    else console.warn(error);
  }
}

function sayHello(hello: { readonly [Field in keyof Hello]: Hello[Field] | undefined }): Said {
  return [0, PRESENCE_VERSION, toJson(hello)];
}
