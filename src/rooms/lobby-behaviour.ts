/**
 * The live list of a lobby, as Colyseus' LobbyRoom tells it: all of it to who comes or asks for something else, then what changes.
 * Rules RO80–RO82 of SPEC.md.
 * @module
 */
import type { ConnectTicket } from "../auth/connect-ticket.ts";
import type { SessionId } from "../core/events.ts";
import type { GameEvent, GameMessage } from "../core/game/events.ts";
import { TokenBucket } from "../core/rate-limit.ts";
import type { Result } from "../protocol/result.ts";
import { type Attachment, writeAttachment } from "./attachment.ts";
import type { ListedRoom } from "./game-api.ts";
import { SessionEnds } from "./game-session-ends.ts";
import type { GameSocket, GameWire } from "./game-wire.ts";
import { Gate } from "./gate.ts";
import { type LobbyFilter, isWanted, parseFilter, readFilter } from "./lobby-filter.ts";
import type { ListingChange } from "./lobby-rooms.ts";
import { RefusalCounts } from "./refusal-counts.ts";
import type { RoomProblem } from "./room-api.ts";
import type { RoomBehaviour, RoomShell } from "./room-object.ts";
import { RoomTimer } from "./room-timer.ts";

export type LobbyShell = RoomShell<GameMessage, GameWire>;

export type ListedLobby = {
  readonly game: string;
  readonly list: (filter: LobbyFilter) => readonly ListedRoom[];
  readonly mintToken: () => string;
};

/** Changes of a room within this time are told as one. */
const TELL_EVERY_MS = 100;
/** Of one socket; a new filter costs the whole list. */
const RATE = { perSecond: 5, burst: 20 } as const;

export class LobbyBehaviour implements RoomBehaviour<GameWire, Attachment> {
  readonly #shell: LobbyShell;
  readonly #lobby: ListedLobby;
  readonly #gate: Gate;
  readonly #timer = new RoomTimer(() => this.settle());
  readonly #ends: SessionEnds;
  readonly #rates = new Map<SessionId, TokenBucket>();
  /** What changed since the last telling: as it was told, and as it is. */
  readonly #changes = new Map<string, ListingChange>();
  #toldMs = -Infinity;

  constructor(shell: LobbyShell, lobby: ListedLobby) {
    this.#shell = shell;
    this.#lobby = lobby;
    const refusals = new RefusalCounts(shell.roomName);
    this.#gate = new Gate({ present: shell.sockets.crowd, refusals, lock: () => "open" });
    this.#ends = new SessionEnds(() => shell.sockets.all());
  }

  /** Told with the next {@link settle}. */
  noteChange(change: ListingChange): void {
    const { room, before, after } = change;
    const first = this.#changes.get(room);
    this.#changes.set(room, { room, before: first === undefined ? before : first.before, after });
  }

  async admit(ticket: ConnectTicket): Promise<Result<void, RoomProblem>> {
    return this.#gate.enter(ticket);
  }

  arrived(ticket: ConnectTicket): void {
    this.#gate.arrived(ticket);
  }

  open(entry: GameSocket): void {
    this.#keep(entry);
    this.#ends.forget();
    this.#tell(entry.id, { type: "handshake", reconnectionToken: this.#lobby.mintToken(), hasState: false });
  }

  restore(_entry: GameSocket, _attachment: Attachment): void {
    // All it has is in its ticket.
  }

  receive(entry: GameSocket, frame: Uint8Array | string): void {
    const { sockets } = this.#shell;
    const nowMs = Date.now();
    const decoded = entry.dialect.decode(frame);
    if (!decoded.ok) return sockets.close(entry.id, "malformed", decoded.error.reason);
    if (!this.#rateOf(entry.id, nowMs).take(decoded.value.length, nowMs)) {
      return sockets.close(entry.id, "too-fast", "");
    }
    for (const event of decoded.value) this.#hear(entry, event);
  }

  close(entry: GameSocket, _isGoodbye: boolean): void {
    this.#rates.delete(entry.id);
  }

  /** Everybody out, for good. */
  closeAll(): void {
    for (const { id } of [...this.#shell.sockets.all()]) this.#shell.sockets.close(id, "deleted", "");
    this.settle();
  }

  settle(): void {
    const nowMs = Date.now();
    for (const { entry, isExpired } of this.#ends.takeDue(nowMs)) {
      this.#shell.sockets.close(entry.id, isExpired ? "refresh-token" : "unavailable", "");
    }
    const dueMs = this.#toldMs + TELL_EVERY_MS;
    if (this.#changes.size > 0 && nowMs >= dueMs) this.#tellChanges(nowMs);
    this.#timer.setTo(this.#changes.size > 0 ? Math.max(dueMs, nowMs) : undefined, nowMs);
    this.#arm();
  }

  async alarm(): Promise<void> {
    this.#armedMs = undefined;
  }

  #hear(entry: GameSocket, event: GameEvent): void {
    if (event.type === "ready") return this.#tellAll(entry);
    if (event.type === "ping") return this.#tell(entry.id, { type: "pong" });
    if (event.type === "leave") return this.#shell.sockets.close(entry.id, "normal", "");
    if (event.type === "request") {
      const payload = { name: "Error", message: "a lobby answers nothing" };
      return this.#tell(entry.id, { type: "response", id: event.id, status: "error", payload });
    }
    if (event.type !== "message" || event.name !== "filter") return;
    entry.ticket = { ...entry.ticket, filter: JSON.stringify(parseFilter(event.payload)) };
    this.#keep(entry);
    this.#tellAll(entry);
  }

  #tellAll(entry: GameSocket): void {
    const payload = this.#lobby.list(readFilter(entry.ticket.filter));
    this.#tell(entry.id, { type: "message", name: "rooms", payload });
  }

  #tellChanges(nowMs: number): void {
    this.#toldMs = nowMs;
    const changes = [...this.#changes.values()];
    this.#changes.clear();
    const groups = new Map<string | undefined, SessionId[]>();
    for (const { id, ticket } of this.#shell.sockets.all()) {
      const group = groups.get(ticket.filter);
      if (group === undefined) groups.set(ticket.filter, [id]);
      else group.push(id);
    }
    for (const [text, ids] of groups) {
      const filter = readFilter(text);
      const messages = changes.flatMap((change) => wordsFor(change, this.#lobby.game, filter));
      if (messages.length > 0) this.#shell.sockets.sendToAll(ids, messages, new Map());
    }
  }

  #tell(id: SessionId, message: GameMessage): void {
    this.#shell.sockets.send(id, [message]);
  }

  #rateOf(id: SessionId, nowMs: number): TokenBucket {
    const known = this.#rates.get(id) ?? new TokenBucket(RATE, nowMs);
    this.#rates.set(id, known);
    return known;
  }

  #keep({ socket, ticket, joinedMs }: GameSocket): void {
    writeAttachment<Attachment>(socket, { v: 2, ticket, joinedMs });
  }

  #armedMs: number | undefined;

  /** For tokens that end while nothing happens. */
  #arm(): void {
    const dueMs = this.#ends.dueMs;
    if (dueMs === Infinity || dueMs >= (this.#armedMs ?? Infinity)) return;
    this.#armedMs = dueMs;
    // Confirmed by the same output gate as any write; a failure resets the object.
    void this.#shell.ctx.storage.setAlarm(dueMs);
  }
}

function wordsFor({ room, before, after }: ListingChange, game: string, filter: LobbyFilter): readonly GameMessage[] {
  const isShown = after !== undefined && isWanted(after, game, filter);
  if (isShown) return [{ type: "message", name: "+", payload: [room, after] }];
  const wasShown = before !== undefined && isWanted(before, game, filter);
  return wasShown ? [{ type: "message", name: "-", payload: room }] : [];
}
