/**
 * Somebody in a room: moves as often as the server says, and remembers what it was told.
 * @module
 */
import { encodePresenceClientFrame } from "../../../src/protocol/presence-client-frames.ts";
import type { PresenceServerMessage, RoomSize } from "../../../src/protocol/presence-messages.ts";
import { type LoadAddress, LoadClient } from "./load-client.ts";
import { awarenessOf, cursorFrame, cursorNumber, movesIn } from "./moves.ts";
import type { Heard } from "./wire.ts";

/** `key` stands for who moved: an actor of a room of people, else the index of the client. */
export type Said =
  | { readonly type: "move"; readonly key: number; readonly number: number }
  | { readonly type: "counts"; readonly people: number; readonly connections: number }
  | {
      readonly type: "pace";
      readonly size: RoomSize;
      readonly cursorHz: number;
      readonly eventHz: number;
      /** To be answered; 0 for no question. */
      readonly ask: number;
    }
  | { readonly type: "tally" };

export const BYE = encodePresenceClientFrame([{ type: "bye" }]);
const REACTION = encodePresenceClientFrame([{ type: "event", name: "clap", json: "" }]);
const ZONES = 8;

export type VisitorOptions = {
  readonly index: number;
  readonly isMover: boolean;
  /** Until the server says. */
  readonly perSecond: number;
  readonly onFrame: (frame: Uint8Array, visitor: Visitor) => void;
};

export class Visitor {
  readonly client: LoadClient;
  readonly #isMover: boolean;
  readonly #isAwareness: boolean;
  readonly #index: number;
  readonly #had = new Map<number, number>();
  /** When each move was sent, from the first on. */
  readonly sentMs: number[] = [];
  key: number;
  people = 0;
  connections = 0;
  size: RoomSize = "full";
  #cursorHz: number;
  #eventHz = 0;
  #dueMs = 0;

  constructor(address: LoadAddress, { index, isMover, perSecond, onFrame }: VisitorOptions) {
    this.#index = index;
    this.#isMover = isMover;
    this.#isAwareness = address.wire !== "roost-presence";
    this.#cursorHz = perSecond;
    this.key = index;
    this.client = new LoadClient(address, {
      onHeard: (heard) => this.#greeted(heard),
      onFrame: (frame) => onFrame(frame, this),
    });
  }

  /** Moves, or where cursors are not shown raises an event, when it is time. */
  moveIfDue(nowMs: number): boolean {
    const hz = this.#cursorHz > 0 ? this.#cursorHz : this.#eventHz;
    if (!this.#isMover || hz === 0 || nowMs < this.#dueMs) return false;
    const gapMs = 1_000 / hz;
    // The first one anywhere in its interval, as people do not begin together; what was missed is not made up for.
    const isFirst = this.#dueMs === 0;
    this.#dueMs = isFirst ? nowMs + Math.random() * gapMs : Math.max(this.#dueMs + gapMs, nowMs);
    if (isFirst) return false;
    if (this.#cursorHz === 0) {
      this.client.send(REACTION);
      return true;
    }
    this.sentMs.push(nowMs);
    const number = this.sentMs.length;
    if (this.#isAwareness) this.client.sendAwareness(awarenessOf(this.#index, number));
    else this.client.send(cursorFrame(number));
    return true;
  }

  take(said: Said): void {
    if (said.type === "counts") {
      this.people = said.people;
      this.connections = said.connections;
    } else if (said.type === "pace") {
      this.size = said.size;
      this.#cursorHz = said.cursorHz;
      this.#eventHz = said.eventHz;
      if (said.ask > 0) this.client.send(encodePresenceClientFrame([{ type: "read", number: said.ask }]));
    }
  }

  /** The newest move of somebody that it had. */
  had(key: number): number {
    return this.#had.get(key) ?? 0;
  }

  note(key: number, number: number): void {
    this.#had.set(key, Math.max(this.had(key), number));
  }

  #greeted(heard: Heard): void {
    if (heard.type !== "people") return;
    if (heard.message.type === "welcome") {
      this.key = heard.message.welcome.actor;
      const top = ((this.#index % ZONES) * 0x1_0000) / ZONES;
      this.client.send(encodePresenceClientFrame([{ type: "view", view: { top, bottom: top }, follows: 0 }]));
    }
    const said = saidBy(heard.message);
    if (said !== undefined) this.take(said);
  }
}

/** What a frame says, as far as load counts it. */
export function saidIn(frame: Uint8Array, client: LoadClient): readonly Said[] {
  return client.wire.read(frame).flatMap((heard): readonly Said[] => {
    if (heard.type === "awareness")
      return movesIn(heard.update).map(({ sender, number }) => ({ type: "move", key: sender, number }));
    if (heard.type !== "people") return [];
    const said = saidBy(heard.message);
    return said === undefined ? [] : [said];
  });
}

function saidBy(message: PresenceServerMessage): Said | undefined {
  switch (message.type) {
    case "cursor":
      return { type: "move", key: message.actor, number: cursorNumber(message) };
    case "counts":
      return { type: "counts", people: message.people, connections: message.connections };
    case "pace":
      return {
        type: "pace",
        size: message.pace.mode,
        cursorHz: message.pace.hz.cursor,
        eventHz: message.pace.hz.event,
        ask: message.pace.ask ?? 0,
      };
    case "tally":
      return { type: "tally" };
    default:
      return undefined;
  }
}
