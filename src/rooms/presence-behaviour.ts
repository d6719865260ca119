/**
 * A presence room between its sockets and its engine: time, timers, attachments and the alarm. The engine is core/people.
 * @module
 */
import type { ConnectTicket } from "../auth/connect-ticket.ts";
import { ANONYMOUS } from "../auth/user-id.ts";
import type { Config } from "../config.ts";
import { PeopleRoom } from "../core/people/people-room.ts";
import type { PeopleFacts } from "../core/people/ports.ts";
import { MAX_PRESENCE_FRAME_BYTES, type PresenceServerMessage } from "../protocol/presence-messages.ts";
import type { Result } from "../protocol/result.ts";
import type { RoomAddress } from "../protocol/room-id.ts";
import { FlushPacer } from "./flush-pacer.ts";
import { Gate } from "./gate.ts";
import { JoinedUsers } from "./joined-users.ts";
import { PeopleKeeper, type PresenceAttachment } from "./people-keeper.ts";
import { PresenceAlarm } from "./presence-alarm.ts";
import type { PresenceMemory } from "./presence-memory.ts";
import { CountedPeers } from "./presence-peers.ts";
import type { PresenceWire } from "./presence-wire.ts";
import type { RefusalCounts } from "./refusal-counts.ts";
import type { KickTarget, LockMode, RoomProblem } from "./room-api.ts";
import type { RoomBehaviour, RoomShell } from "./room-object.ts";
import { RoomTimer } from "./room-timer.ts";
import { grantOf } from "./session-facts.ts";
import type { RoomSocket } from "./sockets.ts";
import { type Reauthenticate, TokenRenewal } from "./token-renewal.ts";

export type PresenceShell = RoomShell<PresenceServerMessage, PresenceWire>;
export type PresenceSocket = RoomSocket<PresenceWire>;

export type PresenceContext = {
  readonly address: RoomAddress;
  readonly config: Config;
  readonly memory: PresenceMemory;
  readonly refusals: RefusalCounts;
  readonly reauthenticate: Reauthenticate;
};

export class PresenceBehaviour implements RoomBehaviour<PresenceWire, PresenceAttachment> {
  readonly #shell: PresenceShell;
  readonly #memory: PresenceMemory;
  readonly #refusals: RefusalCounts;
  readonly room: PeopleRoom;
  readonly #gate: Gate;
  readonly #pacer: FlushPacer;
  readonly #keeper: PeopleKeeper;
  readonly #alarm: PresenceAlarm;
  readonly #joined: JoinedUsers;
  readonly #heartbeatSilenceMs: number;
  readonly #timer = new RoomTimer(() => this.settle());
  /** The sockets that were open before this object slept are all back. */
  #isAwake = false;

  constructor(shell: PresenceShell, { address, config, memory, refusals, reauthenticate }: PresenceContext) {
    const { ctx, sockets, roomName } = shell;
    this.#shell = shell;
    this.#memory = memory;
    this.#refusals = refusals;
    this.#heartbeatSilenceMs = config.heartbeatSilenceMs;
    this.room = new PeopleRoom({
      peers: new CountedPeers(sockets, (id, bytes) => this.room.readers.noteSent(id, bytes)),
      question: () => 1 + Number(crypto.getRandomValues(new Uint32Array(1))[0]),
      framesPerSecond: config.framesPerSecond,
      lock: memory.kept.lock,
      renewToken: (id, token) => renewal.renew(id, token),
      limited: (limit) => refusals.add(limit),
    });
    const renewal = new TokenRenewal({
      ...{ roomName, address, reauthenticate, sockets },
      end: (id, reason, detail) => this.room.end(id, reason, detail),
      regrant: (id, grant) => {
        this.room.regrant(id, grant, Date.now());
        this.#alarm.arm();
      },
      settle: () => this.settle(),
    });
    const lock = () => this.room.rights.lock;
    this.#gate = new Gate({ present: sockets.crowd, refusals, lock, limitsAnonymous: true });
    this.#pacer = new FlushPacer({
      gapMs: () => 1_000 / this.room.flushHz,
      hasPending: () => this.room.hasPending,
      flush: (nowMs) => this.#flush(nowMs),
    });
    this.#keeper = new PeopleKeeper(this.room, sockets);
    this.#alarm = new PresenceAlarm({
      ...{ storage: ctx.storage, memory, config },
      sockets: () => sockets.size,
      tokensDueMs: () => this.room.rights.dueMs,
      sweep: (nowMs) => this.#sweep(nowMs),
      tell: () => this.#joined.retry(),
    });
    this.#joined = new JoinedUsers({
      ...{ roomName, crowd: sockets.crowd, events: shell.env.EVENTS },
      retryAfter: (delayMs) => this.#alarm.tellBy(Date.now() + delayMs),
    });
  }

  async admit(ticket: ConnectTicket): Promise<Result<void, RoomProblem>> {
    return this.#gate.enter(ticket);
  }

  arrived(ticket: ConnectTicket): void {
    this.#gate.arrived(ticket);
  }

  open(entry: PresenceSocket): void {
    const nowMs = Date.now();
    this.room.open(factsOf(entry), nowMs);
    this.#alarm.schedule(nowMs);
    this.#joined.enter(entry.ticket);
  }

  restore(entry: PresenceSocket, { kept }: PresenceAttachment): void {
    const nowMs = Date.now();
    // One whose close event comes late: the engine takes what it restores for told, and so must have told all else before.
    if (this.#isAwake && this.room.hasPending) this.room.flush(nowMs);
    this.room.restore(factsOf(entry), kept, nowMs);
  }

  receive(entry: PresenceSocket, frame: Uint8Array | string): void {
    const nowMs = Date.now();
    const limitBytes = Math.min(entry.ticket.limits.frameBytes, MAX_PRESENCE_FRAME_BYTES);
    if (frame.length > limitBytes) {
      if (limitBytes < MAX_PRESENCE_FRAME_BYTES) this.#refusals.add("frameBytes");
      return this.room.end(entry.id, "too-large", `a frame is limited to ${limitBytes} bytes`);
    }
    const decoded = entry.dialect.decode(frame);
    if (!decoded.ok) return this.room.end(entry.id, "malformed", decoded.error.reason);
    this.room.receive(entry.id, decoded.value, nowMs);
    // After the frame: whoever sent it is not silent.
    this.#alarm.noteActivity(nowMs);
  }

  close(entry: PresenceSocket, isGoodbye: boolean): void {
    this.room.close(entry.id, isGoodbye, Date.now());
  }

  settle(): void {
    const nowMs = Date.now();
    this.#isAwake = true;
    this.room.expireHeld(nowMs);
    this.#pacer.request();
    this.#rest(nowMs);
  }

  async alarm(): Promise<void> {
    const nowMs = Date.now();
    // Before the next alarm is set: what is due for tokens now is done by then.
    this.room.expireHeld(nowMs);
    this.#alarm.run(nowMs);
  }

  /** Closes one session, or all of a user, for good. Returns how many. */
  kick(target: KickTarget, reason: string): number {
    const closed = this.room.kick(target, reason, Date.now());
    this.settle();
    return closed;
  }

  /** Everybody out, and nothing stored any more. */
  erase(): void {
    for (const { id } of [...this.#shell.sockets.all()]) this.room.end(id, "deleted", "");
    this.settle();
    this.#memory.clear();
    this.#alarm.cancel();
  }

  /** The lock is stored before anybody hears of it. */
  setLock(mode: LockMode): void {
    this.#memory.write({ lock: mode });
    this.room.rights.setLock(mode);
    this.settle();
  }

  #flush(nowMs: number): void {
    this.room.flush(nowMs);
    this.#rest(nowMs);
  }

  /** What the room does by itself from here on, if anything: in a quiet one no timer is left. */
  #rest(nowMs: number): void {
    this.#keeper.request(nowMs);
    const dueMs = this.room.nextDeadlineMs();
    // What is due already waits for the next flush, which comes back here.
    const isFlushDue = dueMs !== undefined && dueMs <= nowMs && this.room.hasPending;
    this.#timer.setTo(isFlushDue ? undefined : dueMs, nowMs);
  }

  #sweep(nowMs: number): number {
    const { ctx, sockets } = this.#shell;
    const vanished = [...this.room.connections()].filter(({ id, lastSeenMs }) => {
      const socket = sockets.get(id)?.socket;
      if (socket === undefined) return false;
      const beatMs = ctx.getWebSocketAutoResponseTimestamp(socket)?.getTime() ?? 0;
      return nowMs - Math.max(lastSeenMs, beatMs) > this.#heartbeatSilenceMs;
    });
    for (const { id } of vanished) this.room.end(id, "vanished", "");
    return vanished.length;
  }
}

function factsOf({ id, joinedMs, ticket }: PresenceSocket): PeopleFacts {
  const { user } = ticket.grant;
  return { id, joinedMs, user: user === ANONYMOUS ? null : user, ...grantOf(ticket) };
}
