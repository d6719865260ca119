/**
 * What the server has told of a room. Everything handed out is immutable: the same object until it changes.
 * @module
 */
import { type ActorId, PERSON_STATUSES, type Pace, type Person } from "../../src/protocol/presence-messages.ts";
import { Events } from "./events.ts";
import type { ConnectionStatus } from "../provider-events.ts";
import { fromFraction } from "./anchor.ts";
import { OwnState, withKey } from "./own-state.ts";
import type { Counts, CursorPoint, Other, PresenceClientEvents, PresenceSource, Self } from "./presence-source.ts";
import { parse, toJson } from "./said-limits.ts";
import type { Heard } from "./wire.ts";

/** The server keeps people so long who went without a word; so does this page when it was its own socket that went. */
const HOLD_MS = 5_000;

type Reading = Pick<PresenceSource, "self" | "others" | "cursors" | "counts" | "status" | "on">;

export abstract class PresenceView implements Reading {
  protected readonly events = new Events<PresenceClientEvents>();
  protected readonly state = new OwnState();
  #self: Self | null = null;
  #counts: Counts = { people: 0, connections: 0 };
  #pace: Pace | null = null;
  #status: ConnectionStatus = "offline";
  readonly #others = new Map<ActorId, Other>();
  readonly #cursors = new Map<ActorId, CursorPoint>();
  #othersShown: ReadonlyMap<ActorId, Other> | undefined;
  #cursorsShown: ReadonlyMap<ActorId, CursorPoint> | undefined;
  #changed = new Set<ActorId>();
  #moved = new Set<ActorId>();
  /** Runs while what is shown is of a socket that is gone, or has not told who is here yet. */
  #staleTimer: ReturnType<typeof setTimeout> | undefined;

  /** Null until the server said who this is. */
  get self(): Self | null {
    return this.#self;
  }

  get others(): ReadonlyMap<ActorId, Other> {
    return (this.#othersShown ??= new Map(this.#others));
  }

  get cursors(): ReadonlyMap<ActorId, CursorPoint> {
    return (this.#cursorsShown ??= new Map(this.#cursors));
  }

  get counts(): Counts {
    return this.#counts;
  }

  /** What the server last said about the room's size and how often to send; null before. */
  get pace(): Pace | null {
    return this.#pace;
  }

  get status(): ConnectionStatus {
    return this.#status;
  }

  /** Calls `listener` at each event; returns what stops that. A listener that throws hurts nobody. */
  on<Name extends keyof PresenceClientEvents>(
    name: Name,
    listener: (value: PresenceClientEvents[Name]) => void,
  ): () => void {
    return this.events.on(name, listener);
  }

  /** Applies all of a frame, then tells of it. Throws on JSON that is none. */
  protected hear(messages: readonly Heard[]): void {
    // The first who are told on a new socket are all who are here.
    if (this.#staleTimer !== undefined && messages.some(([type]) => type === 1 /* person */)) this.#clear();
    for (const message of messages) this.#apply(message);
    this.#tell();
    for (const message of messages) {
      if (message[0] === 8) {
        this.events.emit("event", { actor: message[1], name: message[2], data: parse(message[3]) });
      } else if (message[0] === 12) this.events.emit("tally", { name: message[1], times: message[2] });
    }
  }

  /** What is known of oneself, from here on. */
  protected setSelf(fields: Partial<Self>): void {
    const self = {
      actor: 0,
      user: {},
      scopes: [],
      ...this.#self,
      state: this.state.shown,
      ...fields,
    };
    if (toJson(self) === toJson(this.#self)) return;
    this.#self = self;
    this.events.emit("self", self);
  }

  #setCounts(people: number, connections: number): void {
    this.#counts = { people, connections };
    this.events.emit("counts", this.#counts);
  }

  protected turn(status: ConnectionStatus): void {
    if (status === this.#status) return;
    this.#status = status;
    // Who was here is shown for as long as a blip may last.
    if (status === "offline") this.#staleTimer ??= setTimeout(() => this.forget(), HOLD_MS);
    this.events.emit("status", status);
  }

  /** Nobody is known any more, nor how many: only what a room says that lets nobody in. One's own number may be somebody else's. */
  protected forget(people = 0, connections = 0): void {
    this.#setCounts(people, connections);
    if (this.#self !== null) this.setSelf({ actor: 0 });
    this.#clear();
    this.#tell();
  }

  /** By the numbers of wire.ts. */
  #apply(message: Heard): void {
    switch (message[0]) {
      case 1: // person
        return this.#show(message[1], message[2]);
      case 2: // left
        return this.#hide(message[1]);
      case 3: // state
        return this.#setState(message[1], message[2], message[3]);
      case 4: // cursor
        return this.#point(message[1], this.#cursors.get(message[1])?.anchor ?? 0, message[2], message[3]);
      case 5: // anchor
        return this.#point(message[1], message[2], message[3], message[4]);
      case 6: // gone
        return this.#unpoint(message[1]);
      case 7: // typing
        return this.#change(message[1], { typing: message[2] });
      case 9: // status
        return this.#change(message[1], { status: PERSON_STATUSES[message[2]] ?? "active" });
      case 10: // counts
        return this.#setCounts(message[1], message[2]);
      case 11: // pace
        this.#pace = message[1];
        // Nobody is shown in such a room.
        if (this.#pace.mode === "count") this.#clear();
        return this.events.emit("pace", this.#pace);
      case 13: // reset
        return this.#clear();
      default:
        return undefined;
    }
  }

  #show(actor: ActorId, { cursor, ...person }: Person): void {
    if (actor === this.#self?.actor) {
      this.state.hear(person.state);
      return this.setSelf({ user: person.user });
    }
    this.#others.set(actor, { ...person, actor });
    this.#changed.add(actor);
    if (cursor === null) this.#unpoint(actor);
    else this.#point(actor, cursor.anchor, cursor.x, cursor.y);
  }

  #hide(actor: ActorId): void {
    if (this.#others.delete(actor)) this.#changed.add(actor);
    this.#unpoint(actor);
  }

  #setState(actor: ActorId, key: string, json: string): void {
    const isOwn = actor === this.#self?.actor;
    const state = withKey(isOwn ? this.state.shown : (this.#others.get(actor)?.state ?? {}), key, parse(json));
    if (!isOwn) return this.#change(actor, { state });
    this.state.hear(state);
    this.setSelf({});
  }

  #change(actor: ActorId, fields: Partial<Other>): void {
    const other = this.#others.get(actor);
    if (other === undefined) return;
    this.#others.set(actor, { ...other, ...fields });
    this.#changed.add(actor);
  }

  #point(actor: ActorId, anchor: number, x: number, y: number): void {
    if (!this.#others.has(actor)) return;
    this.#cursors.set(actor, { anchor, x: fromFraction(x), y: fromFraction(y) });
    this.#moved.add(actor);
  }

  #unpoint(actor: ActorId): void {
    if (this.#cursors.delete(actor)) this.#moved.add(actor);
  }

  #clear(): void {
    clearTimeout(this.#staleTimer);
    this.#staleTimer = undefined;
    for (const actor of this.#others.keys()) this.#hide(actor);
  }

  #tell(): void {
    const changed = [...this.#changed];
    const moved = [...this.#moved];
    this.#changed.clear();
    this.#moved.clear();
    if (changed.length > 0) {
      this.#othersShown = undefined;
      this.events.emit("others", changed);
    }
    if (moved.length > 0) this.#cursorsShown = undefined;
    for (const actor of moved) this.events.emit("cursor", { actor, position: this.#cursors.get(actor) ?? null });
  }
}
