/**
 * The way of what a client says into its person; what is above its rate waits, or is dropped. Rules PP11–PP13, PP20, PP21 and PP28.
 * @module
 */
import type { CloseReason } from "../../protocol/close-codes.ts";
import type {
  ActorId,
  CursorPosition,
  Face,
  PersonStatus,
  PresenceClientMessage,
} from "../../protocol/presence-messages.ts";
import { type Result, assertNever } from "../../protocol/result.ts";
import type { LimitName } from "../../protocol/room-limits.ts";
import type { SessionId } from "../events.ts";
import type { Connection } from "./connection.ts";
import {
  type BadSaying,
  MAX_STATE_KEYS,
  type ParsedHello,
  type StateValue,
  TOO_MANY_KEYS,
  parseEvent,
  parseHello,
  parseState,
  parseTyping,
} from "./parse-hello.ts";
import type { Stamp } from "./said.ts";

/** What is above its rate is shown so much later, together with all else of it that came meanwhile: the latest of each. */
export const LATE_MS = 1_000;

type Saying = {
  readonly face?: Face;
  readonly state?: ReadonlyMap<string, StateValue | undefined>;
  readonly cursor?: CursorPosition | null;
  readonly typing?: string;
  readonly status?: PersonStatus;
};

export type IntakeRoom = {
  readonly stamp: () => Stamp;
  /** It says something else than before. */
  readonly changed: (connection: Connection, isState: boolean) => void;
  readonly looked: (connection: Connection) => void;
  readonly greet: (connection: Connection) => void;
  /** False where it is dropped. */
  readonly raise: (actor: ActorId, name: string, json: string) => boolean;
  readonly end: (id: SessionId, reason: CloseReason, detail: string) => void;
  readonly renewToken: (id: SessionId, token: string) => void;
  readonly limited: (limit: LimitName) => void;
};

export class PeopleIntake {
  readonly #room: IntakeRoom;
  #late = new Map<Connection, Saying>();
  #dueMs = Infinity;

  constructor(room: IntakeRoom) {
    this.#room = room;
  }

  /** When {@link release} has something to do; Infinity when nothing waits. */
  get dueMs(): number {
    return this.#dueMs;
  }

  take(connection: Connection, message: PresenceClientMessage, nowMs: number): void {
    switch (message.type) {
      case "hello":
        return this.#parsed(connection, parseHello(message.hello), (hello) => this.#hello(connection, hello, nowMs));
      case "state":
        return this.#parsed(connection, parseState(message.key, message.json), (value) =>
          this.#say(connection, { state: new Map([[message.key, value]]) }, message.json.length, nowMs),
        );
      case "cursor":
        return this.#say(connection, { cursor: connection.said.locate(message) }, 0, nowMs);
      case "gone":
        return this.#say(connection, { cursor: null }, 0, nowMs);
      case "typing":
        return this.#parsed(connection, parseTyping(message.where), (typing) =>
          this.#say(connection, { typing }, 0, nowMs),
        );
      case "event":
        return this.#parsed(connection, parseEvent(message.name, message.json), (json) =>
          this.#raise(connection, message.name, json, nowMs),
        );
      case "status":
        return this.#say(connection, { status: message.status }, 0, nowMs);
      case "view":
        connection.view = message.view;
        connection.follows = message.follows;
        return this.#room.looked(connection);
      case "bye":
        // Closed from here too: a socket that lingers half open would bring its person back after sleep.
        return this.#room.end(connection.id, "normal", "");
      case "token":
        if (!connection.rates.mayRenew(nowMs)) return this.#room.end(connection.id, "too-fast", "");
        return this.#room.renewToken(connection.id, message.token);
      case "read":
        // Of no question that is open.
        return undefined;
      default:
        assertNever(message);
    }
  }

  /** A connection is gone: what waits of it is said with what it said before. */
  settle(connection: Connection): void {
    const saying = this.#late.get(connection);
    if (saying === undefined) return;
    this.#late.delete(connection);
    this.#apply(connection, saying);
  }

  /** What has waited long enough is said. */
  release(nowMs: number): void {
    if (this.#dueMs > nowMs) return;
    const late = this.#late;
    this.#late = new Map();
    this.#dueMs = Infinity;
    for (const [connection, saying] of late) this.#apply(connection, saying);
  }

  #parsed<T>(connection: Connection, parsed: Result<T, BadSaying>, take: (value: T) => void): void {
    if (parsed.ok) return take(parsed.value);
    if (parsed.error.tag === "refused") connection.refuse(parsed.error.detail);
    else this.#room.end(connection.id, parsed.error.tag, parsed.error.detail);
  }

  #hello(connection: Connection, hello: ParsedHello, nowMs: number): void {
    const { face, state, view, person, refused } = hello;
    for (const { detail } of refused) connection.refuse(detail);
    const key = keyOf(connection, person);
    const saying = { ...(face !== undefined && { face }), ...(state !== undefined && { state }) };
    if (view !== undefined) connection.view = view;
    if (connection.isGreeted) {
      if (person !== undefined && key !== connection.key) {
        return this.#room.end(connection.id, "malformed", "it was somebody else before");
      }
      return this.#say(connection, saying, JSON.stringify(face ?? {}).length + lengthOf(state), nowMs);
    }
    connection.key = key;
    this.#apply(connection, { face: {}, ...saying });
    connection.isGreeted = true;
    this.#room.greet(connection);
  }

  #say(connection: Connection, saying: Saying, bytes: number, nowMs: number): void {
    // What it says is ignored; the anchor it named is kept, as after a fresh token it may go on with that.
    if (connection.person === undefined) return this.#room.changed(connection, false);
    if (!connection.rates.mayShow(bytes, nowMs)) return this.#wait(connection, saying, nowMs);
    const late = this.#late.get(connection);
    if (late !== undefined) this.#late.set(connection, lessThan(late, saying));
    this.#apply(connection, saying);
  }

  #wait(connection: Connection, saying: Saying, nowMs: number): void {
    this.#room.limited("presencePerSecond");
    if (saying.cursor !== undefined || saying.typing !== undefined) connection.dropped += 1;
    const before = this.#late.get(connection);
    const state = new Map(before?.state);
    for (const [key, value] of saying.state ?? []) {
      // What waits has its limit, too; what is said already can be taken back whatever waits.
      const isKnown = state.has(key) || connection.said.state.has(key);
      if (isKnown || state.size < MAX_STATE_KEYS) state.set(key, value);
      else connection.refuse(TOO_MANY_KEYS);
    }
    this.#late.set(connection, { ...before, ...saying, state });
    if (this.#dueMs === Infinity) this.#dueMs = nowMs + LATE_MS;
  }

  #apply(connection: Connection, { face, state, cursor, typing, status }: Saying): void {
    const { said } = connection;
    const stamp = this.#room.stamp();
    const bad = [
      face === undefined ? undefined : said.setFace(face, stamp),
      ...[...(state ?? [])].map(([key, value]) => said.setState(key, value, stamp)),
    ];
    for (const refusal of bad) if (refusal !== undefined) connection.refuse(refusal.detail);
    if (cursor !== undefined) said.setCursor(cursor, stamp);
    if (typing !== undefined) said.setTyping(typing, stamp);
    if (status !== undefined) said.setStatus(status, stamp);
    this.#room.changed(connection, state !== undefined);
  }

  #raise(connection: Connection, name: string, json: string, nowMs: number): void {
    if (connection.person === undefined) return;
    connection.said.lastStamp = this.#room.stamp();
    const mayRaise = connection.rates.mayRaise(json.length, nowMs);
    if (!mayRaise) this.#room.limited("eventsPerSecond");
    if (!mayRaise || !this.#room.raise(connection.actor, name, json)) connection.dropped += 1;
  }
}

/** Whose connection it is. What an anonymous page says can never be a user's. */
function keyOf({ user, id }: Connection, person: string | undefined): string {
  if (user !== null) return `u:${user}`;
  return person === undefined ? `s:${id}` : `p:${person}`;
}

/** What is left to be said when this was said since. */
function lessThan(late: Saying, said: Saying): Saying {
  const state = new Map(late.state);
  for (const key of said.state?.keys() ?? []) state.delete(key);
  const rest = Object.entries(late).filter(([channel]) => !(channel in said));
  return { ...Object.fromEntries(rest), state };
}

function lengthOf(state: ReadonlyMap<string, StateValue> | undefined): number {
  let length = 0;
  for (const { json } of state?.values() ?? []) length += json.length;
  return length;
}
