/**
 * One seat, and who sits on it as the game sees them.
 * @module
 */
import type { SessionId } from "../events.ts";
import { TokenBucket } from "../rate-limit.ts";
import type { GameMessage, MessageName } from "./events.ts";
import type { Plain, Player, Seat } from "./ports.ts";

/** Of its rate a socket may use so much at once. */
const BURST_SECONDS = 2;
/** Messages for one who has not read its handshake. */
const MAX_WAITING = 256;
/** JSON of a player's data. It is a part of a row. */
export const MAX_DATA_CHARS = 0x4000;

/** What a player asks of its room. */
export type PlayerActions = {
  readonly tell: (session: SessionId, message: GameMessage) => void;
  readonly kick: (session: SessionId, reason: string) => void;
};

/** Its socket, while it has one. */
export type Link = {
  readonly eventsPerSecond: number;
  readonly rate: TokenBucket;
  /** To be sent with the next flush. */
  handshake: GameMessage | undefined;
  /** It has read its handshake. */
  isReady: boolean;
  /** Patches alone would not do: it gets the whole state first. */
  needsState: boolean;
  /** It waits for that state, whatever else happens. */
  wantsState: boolean;
  /** Told before it is ready. */
  waiting: GameMessage[];
  /** Of the broadcasts of this flush those before are not for it. */
  hearsFrom: number;
  /** The input that it was last told of. */
  toldInput: number;
  /** It says now and then that it is there. */
  pings: boolean;
  heardMs: number;
};

export class Seated implements Player {
  readonly session: SessionId;
  readonly userId: string;
  readonly isSpectator: boolean;
  readonly #actions: PlayerActions;
  state: Seat["state"];
  tokenHash: string;
  nextTokenHash: string;
  untilMs: number;
  options: Plain;
  data: Plain;
  /** JSON of {@link data} as it is stored. */
  savedData: string;
  link: Link | undefined;

  constructor(seat: Seat, actions: PlayerActions) {
    this.session = seat.session;
    this.userId = seat.user;
    this.isSpectator = seat.isSpectator;
    this.#actions = actions;
    this.state = seat.state;
    this.tokenHash = seat.tokenHash;
    this.nextTokenHash = seat.nextTokenHash;
    this.untilMs = seat.untilMs;
    this.options = seat.options;
    this.data = seat.data;
    this.savedData = JSON.stringify(seat.data);
  }

  get sessionId(): string {
    return this.session;
  }

  get isConnected(): boolean {
    return this.link !== undefined;
  }

  send(name: MessageName, payload?: unknown): void {
    this.#actions.tell(this.session, { type: "message", name, payload });
  }

  sendBytes(name: MessageName, bytes: Uint8Array): void {
    this.#actions.tell(this.session, { type: "bytes", name, bytes });
  }

  kick(reason = ""): void {
    this.#actions.kick(this.session, reason);
  }

  connect(eventsPerSecond: number, nowMs: number): Link {
    const rate = new TokenBucket({ perSecond: eventsPerSecond, burst: BURST_SECONDS * eventsPerSecond }, nowMs);
    this.link = {
      eventsPerSecond,
      rate,
      handshake: undefined,
      isReady: false,
      needsState: true,
      wantsState: false,
      waiting: [],
      hearsFrom: 0,
      toldInput: 0,
      pings: false,
      heardMs: nowMs,
    };
    return this.link;
  }

  /** As {@link data} would be stored; undefined where it is no plain data, or too much. */
  dataText(): string | undefined {
    try {
      const text: string | undefined = JSON.stringify(this.data);
      return text === undefined || text.length > MAX_DATA_CHARS ? undefined : text;
    } catch {
      return undefined;
    }
  }

  toSeat(): Seat {
    const { session, userId, isSpectator, state, tokenHash, nextTokenHash, untilMs, options, data } = this;
    return { session, user: userId, isSpectator, state, tokenHash, nextTokenHash, untilMs, options, data };
  }
}

/** Keeps these for when it is ready; how many older ones had to go. */
export function keepWaiting(link: Link, messages: readonly GameMessage[]): number {
  link.waiting.push(...messages);
  const tooMany = Math.max(0, link.waiting.length - MAX_WAITING);
  link.waiting.splice(0, tooMany);
  return tooMany;
}
