/**
 * What the server has told of a room. Everything handed out is immutable: the same object until it changes.
 * @module
 */
import type { ActorId, Pace, Person, PresenceServerMessage } from "../../src/protocol/presence-messages.ts";
import type { Emitter } from "../emitter.ts";
import { fromFraction } from "./anchor.ts";
import { type OwnState, withKey } from "./own-state.ts";
import type { Counts, CursorPoint, Other, PresenceClientEvents, Self } from "./presence-source.ts";

/** The server keeps people so long who went without a word; so does this page when it was its own socket that went. */
const HOLD_MS = 5_000;

export class RoomView {
  self: Self | null = null;
  counts: Counts = { people: 0, connections: 0 };
  pace: Pace | null = null;
  readonly #events: Emitter<PresenceClientEvents>;
  readonly #state: OwnState;
  readonly #others = new Map<ActorId, Other>();
  readonly #cursors = new Map<ActorId, CursorPoint>();
  /** The anchor each one named last. */
  readonly #anchors = new Map<ActorId, number>();
  #othersShown: ReadonlyMap<ActorId, Other> | undefined;
  #cursorsShown: ReadonlyMap<ActorId, CursorPoint> | undefined;
  #changed = new Set<ActorId>();
  #moved = new Set<ActorId>();
  /** Runs while what is shown is of a socket that is gone, or has not told who is here yet. */
  #staleTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(events: Emitter<PresenceClientEvents>, state: OwnState) {
    this.#events = events;
    this.#state = state;
  }

  get others(): ReadonlyMap<ActorId, Other> {
    return (this.#othersShown ??= new Map(this.#others));
  }

  get cursors(): ReadonlyMap<ActorId, CursorPoint> {
    return (this.#cursorsShown ??= new Map(this.#cursors));
  }

  /** Applies all of a frame, each message with a word to `heed`, then tells of it. Throws on JSON that is none. */
  receive(messages: readonly PresenceServerMessage[], heed: (message: PresenceServerMessage) => void): void {
    // The first who are told on a new socket are all who are here.
    if (this.#staleTimer !== undefined && messages.some(({ type }) => type === "person")) this.#clear();
    for (const message of messages) {
      this.#apply(message);
      heed(message);
    }
    this.#tell();
    for (const message of messages) {
      if (message.type === "event") {
        const { actor, name, json } = message;
        this.#events.emit("event", { actor, name, data: parse(json) });
      }
      if (message.type === "tally") this.#events.emit("tally", { name: message.name, times: message.times });
    }
  }

  /** What is known of oneself, from here on. */
  setSelf(fields: Partial<Self>): void {
    const { self } = this;
    this.self = { actor: 0, user: {}, scopes: [], ...self, state: this.#state.shown, ...fields };
    this.#events.emit("self", this.self);
  }

  setCounts(counts: Counts): void {
    this.counts = counts;
    this.#events.emit("counts", counts);
  }

  /** The socket is gone: who was here is shown for as long as a blip may last. */
  lost(): void {
    this.#staleTimer ??= setTimeout(() => this.forget(), HOLD_MS);
  }

  /** Nobody is known any more. */
  forget(): void {
    this.#clear();
    this.#tell();
  }

  #apply(message: PresenceServerMessage): void {
    switch (message.type) {
      case "reset":
        return this.#clear();
      case "person":
        return this.#show(message.actor, message.person);
      case "left":
        return this.#hide(message.actor);
      case "state":
        return this.#setState(message);
      case "typing":
        return this.#change(message.actor, { typing: message.where });
      case "status":
        return this.#change(message.actor, { status: message.status });
      case "cursor":
        return this.#point(message.actor, message);
      case "gone":
        return this.#point(message.actor, null);
      case "counts":
        return this.setCounts({ people: message.people, connections: message.connections });
      case "pace":
        this.pace = message.pace;
        // Nobody is shown in such a room.
        if (message.pace.mode === "count") this.#clear();
        return this.#events.emit("pace", message.pace);
      default:
        return undefined;
    }
  }

  #show(actor: ActorId, { cursor, ...person }: Person): void {
    if (actor === this.self?.actor) {
      this.#state.hearAll(person.state);
      return this.setSelf({ user: person.user });
    }
    this.#others.set(actor, { ...person, actor });
    this.#changed.add(actor);
    this.#point(actor, cursor);
  }

  #hide(actor: ActorId): void {
    if (this.#others.delete(actor)) this.#changed.add(actor);
    this.#point(actor, null);
    this.#anchors.delete(actor);
  }

  #setState({ actor, key, json }: Extract<PresenceServerMessage, { readonly type: "state" }>): void {
    const value = parse(json);
    if (actor !== this.self?.actor) {
      return this.#change(actor, { state: withKey(this.#others.get(actor)?.state ?? {}, key, value) });
    }
    if (this.#state.hear(key, value)) this.setSelf({});
  }

  #change(actor: ActorId, fields: Partial<Other>): void {
    const other = this.#others.get(actor);
    if (other === undefined) return;
    this.#others.set(actor, { ...other, ...fields });
    this.#changed.add(actor);
  }

  #point(actor: ActorId, at: { readonly anchor?: number; readonly x: number; readonly y: number } | null): void {
    if (at === null) {
      if (this.#cursors.delete(actor)) this.#moved.add(actor);
      return;
    }
    if (!this.#others.has(actor)) return;
    const anchor = at.anchor ?? this.#anchors.get(actor) ?? 0;
    this.#anchors.set(actor, anchor);
    this.#cursors.set(actor, { anchor, x: fromFraction(at.x), y: fromFraction(at.y) });
    this.#moved.add(actor);
  }

  #clear(): void {
    clearTimeout(this.#staleTimer);
    this.#staleTimer = undefined;
    for (const actor of this.#others.keys()) this.#hide(actor);
  }

  #tell(): void {
    const changed = this.#changed;
    const moved = this.#moved;
    this.#changed = new Set();
    this.#moved = new Set();
    if (changed.size > 0) {
      this.#othersShown = undefined;
      this.#events.emit("others", [...changed]);
    }
    if (moved.size > 0) this.#cursorsShown = undefined;
    for (const actor of moved) this.#events.emit("cursor", { actor, position: this.#cursors.get(actor) ?? null });
  }
}

/** An event that says nothing has no JSON. */
function parse(json: string): unknown {
  return json === "" ? undefined : JSON.parse(json);
}
