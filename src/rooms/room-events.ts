/**
 * What a room tells the webhooks of its project: only what the project wants to hear, as the tickets of its sockets say, and never
 * one message for each event. Nobody waits for it. Rules WH20–WH23 of src/queue/SPEC.md.
 * @module
 */
import type { ConnectTicket } from "../auth/connect-ticket.ts";
import { ANONYMOUS } from "../auth/user-id.ts";
import { parseRoomName } from "../protocol/room-id.ts";
import type { LimitName } from "../protocol/room-limits.ts";
import type { RoomEventType } from "../protocol/webhook-events.ts";
import { MAX_TOLD_EVENTS, type RoomEventsMessage, type RoomMessage } from "../queue/messages.ts";
import { logRoomError } from "./log.ts";
import { addressOf } from "./room-address.ts";
import { ToldCount, type ToldOrder } from "./told-order.ts";

/** What is told of a socket. */
export type Visitor = { readonly ticket: Pick<ConnectTicket, "grant" | "session" | "webhooks"> };

type Told = RoomEventsMessage["events"][number];
type Facts = Told["data"];

/** Events of this long go together. The room sleeps that much later, and what waits is lost with it in a crash. */
const GATHER_MS = 250;
/** After the queue failed, doubling. */
const FIRST_RETRY_MS = 1_000;
const MAX_FAILURES = 5;
/** While the queue fails, the oldest go first. */
const MAX_WAITING = 1_000;
const LIMIT_EVERY_MS = 60_000;

export class RoomEvents {
  readonly #roomName: string;
  /** False in a lobby, which is no room of anybody's. */
  readonly #isRoom: boolean;
  readonly #queue: Pick<Queue<RoomMessage>, "send">;
  readonly #count: ToldCount;
  /** Of the newest ticket: undefined until there was one. */
  #wanted: readonly string[] | undefined;
  readonly #present = new Map<string, number>();
  #sockets = 0;
  /** Let in, but the room may still turn them away. */
  readonly #arriving = new Set<object>();
  readonly #limits = new Map<LimitName, number>();
  #waiting: Told[] = [];
  #timer: ReturnType<typeof setTimeout> | undefined;
  #failures = 0;
  /** For good, since the queue last took something. */
  #dropped = 0;
  /** Of the message that the queue has not taken yet: the next try is the same one, whatever came to it meanwhile. */
  #order: ToldOrder | undefined;

  /** `kv` keeps the count of its messages. */
  constructor(
    roomName: string,
    queue: Pick<Queue<RoomMessage>, "send">,
    kv: ConstructorParameters<typeof ToldCount>[0],
  ) {
    this.#roomName = roomName;
    this.#queue = queue;
    this.#count = new ToldCount(kv);
    this.#isRoom = parseRoomName(roomName).ok;
  }

  /** Somebody asks to come in: this is what their project wants to hear by now. */
  learn({ webhooks = [] }: Pick<ConnectTicket, "webhooks">): void {
    this.#wanted = this.#isRoom ? webhooks : [];
  }

  /** Before it is {@link entered}; {@link announce} tells of it when the room has taken it. */
  arriving(visitor: Visitor): void {
    this.#arriving.add(visitor);
  }

  /** It is among the room's sockets: now, or since before this object slept. */
  entered({ ticket }: Visitor): void {
    if (this.#wanted === undefined) this.learn(ticket);
    this.#sockets += 1;
    const key = keyOf(ticket);
    this.#present.set(key, (this.#present.get(key) ?? 0) + 1);
  }

  announce(visitor: Visitor): void {
    if (!this.#arriving.delete(visitor)) return;
    if (this.#sockets === 1) this.note("room.opened", {});
    if (this.#present.get(keyOf(visitor.ticket)) === 1) this.note("room.joined", this.#factsOf(visitor));
  }

  /** It is not among them any more, for whatever reason. */
  gone(visitor: Visitor): void {
    this.#sockets -= 1;
    const key = keyOf(visitor.ticket);
    const left = (this.#present.get(key) ?? 1) - 1;
    if (left > 0) this.#present.set(key, left);
    else this.#present.delete(key);
    if (this.#arriving.delete(visitor)) return;
    if (left === 0) this.note("room.left", this.#factsOf(visitor));
    if (this.#sockets === 0) this.note("room.emptied", {});
  }

  refused(limit: LimitName): void {
    const nowMs = Date.now();
    if (nowMs - (this.#limits.get(limit) ?? -Infinity) < LIMIT_EVERY_MS) return;
    this.#limits.set(limit, nowMs);
    this.note("limit.reached", { limit });
  }

  /** `once` names an event that is noted again after a crash. `isWanted` stands for what no ticket has said yet. */
  note(type: RoomEventType, data: Facts, { once, isWanted = false }: { once?: string; isWanted?: boolean } = {}): void {
    const family = type.slice(0, type.indexOf("."));
    if (!(this.#wanted?.includes(family) ?? isWanted)) return;
    this.#waiting.push({ id: once ?? crypto.randomUUID(), type, atMs: Date.now(), data });
    if (this.#waiting.length > MAX_WAITING) {
      this.#waiting.shift();
      this.#dropped += 1;
    }
    if (this.#timer === undefined) this.#timer = setTimeout(() => this.#flush(), GATHER_MS);
  }

  #factsOf({ ticket }: Visitor): Facts {
    const { user } = ticket.grant;
    return { user: user === ANONYMOUS ? null : user, sockets: this.#sockets };
  }

  #flush(): void {
    const events = this.#waiting.splice(0, MAX_TOLD_EVENTS);
    const { project } = addressOf(this.#roomName);
    this.#order ??= this.#nextOrder();
    const order = this.#order;
    const message = { v: 1, kind: "events", project, room: this.#roomName, events } as const;
    this.#queue.send(order === undefined ? message : { ...message, order }).then(
      () => this.#sent(),
      (error: unknown) => this.#failed(events, error),
    );
  }

  /** Undefined where storage fails: what happened counts more than its order. */
  #nextOrder(): ToldOrder | undefined {
    try {
      return this.#count.next(Date.now());
    } catch (error) {
      logRoomError("told-order-failed", this.#roomName, error);
      return undefined;
    }
  }

  #sent(): void {
    this.#failures = 0;
    this.#dropped = 0;
    this.#order = undefined;
    this.#timer = this.#waiting.length === 0 ? undefined : setTimeout(() => this.#flush(), GATHER_MS);
  }

  /** Sent twice is one: each has its id. */
  #failed(events: readonly Told[], error: unknown): void {
    this.#failures += 1;
    const isOver = this.#failures > MAX_FAILURES;
    if (isOver) this.#dropped += events.length;
    else this.#waiting.unshift(...events);
    logRoomError("events-failed", this.#roomName, error, { events: events.length, isOver, dropped: this.#dropped });
    if (isOver) this.#failures = 0;
    const delayMs = FIRST_RETRY_MS * 2 ** this.#failures;
    this.#timer = this.#waiting.length === 0 ? undefined : setTimeout(() => this.#flush(), delayMs);
  }
}

/** Nobody in particular is one person for each socket. */
function keyOf({ grant, session }: Visitor["ticket"]): string {
  return grant.user === ANONYMOUS ? `anonymous ${session}` : `user ${grant.user}`;
}
