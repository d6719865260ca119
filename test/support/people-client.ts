/**
 * A client of a room of people that replays what it is told, and throws at what makes no sense.
 * @module
 */
import type { SessionId } from "../../src/core/events.ts";
import type { CloseReason } from "../../src/protocol/close-codes.ts";
import type { ActorId, Pace, Person, PresenceServerMessage } from "../../src/protocol/presence-messages.ts";
import { decodePresenceServerFrame } from "../../src/protocol/presence-server-frames.ts";

/** What one client knows, by what it was told. */
export class PeopleClient {
  readonly id: SessionId;
  actor: ActorId = -1;
  /** Whom it said it follows. */
  follows: ActorId = 0;
  pace: Pace | undefined;
  counts: { readonly people: number; readonly connections: number } | undefined;
  readonly people = new Map<ActorId, Person>();
  readonly heard: PresenceServerMessage[] = [];
  /** A question it has not answered. */
  ask = 0;
  /** Answers none. */
  isMute = false;
  frames = 0;
  bytes = 0;
  closed: { readonly reason: CloseReason; readonly detail: string } | undefined;

  constructor(id: SessionId) {
    this.id = id;
  }

  hear(frame: Uint8Array): void {
    const messages = decodePresenceServerFrame(frame);
    if (!messages.ok) throw new Error(messages.error.reason);
    this.frames += 1;
    this.bytes += frame.length;
    for (const message of messages.value) {
      this.heard.push(message);
      this.#replay(message);
    }
  }

  /** Forgets what was heard, not what is known. */
  takeHeard(): readonly PresenceServerMessage[] {
    return this.heard.splice(0);
  }

  #replay(message: PresenceServerMessage): void {
    switch (message.type) {
      case "welcome":
        this.actor = message.welcome.actor;
        return;
      case "person":
        this.people.set(message.actor, message.person);
        return;
      case "left":
        if (!this.people.delete(message.actor)) throw new Error(`${message.actor} left, and was never shown`);
        return;
      case "reset":
        return this.people.clear();
      case "counts":
        this.counts = { people: message.people, connections: message.connections };
        return;
      case "pace":
        this.pace = message.pace;
        this.ask = message.pace.ask ?? this.ask;
        return;
      case "state":
      case "cursor":
      case "gone":
      case "typing":
      case "status":
        return this.#change(message);
      default:
    }
  }

  #change(message: Extract<PresenceServerMessage, { type: "state" | "cursor" | "gone" | "typing" | "status" }>): void {
    const { actor } = message;
    const person = this.people.get(actor);
    if (person === undefined) throw new Error(`${message.type} of ${actor}, who was never shown`);
    const state = { ...person.state };
    switch (message.type) {
      case "state":
        if (message.json === "") delete state[message.key];
        else state[message.key] = JSON.parse(message.json);
        return void this.people.set(actor, { ...person, state });
      case "cursor": {
        const anchor = message.anchor ?? person.cursor?.anchor;
        if (anchor === undefined) throw new Error("a cursor on no anchor");
        return void this.people.set(actor, { ...person, cursor: { anchor, x: message.x, y: message.y } });
      }
      case "gone":
        return void this.people.set(actor, { ...person, cursor: null });
      case "typing":
        return void this.people.set(actor, { ...person, typing: message.where });
      case "status":
        return void this.people.set(actor, { ...person, status: message.status });
    }
  }
}
