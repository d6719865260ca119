/**
 * The one base of all rooms, on PartyServer: accepts hibernating sockets, wakes them, and hands frames to the behaviour of
 * its kind. PartyServer's own message path is not used: it reads the whole attachment on every frame and sends error stacks
 * to clients (DESIGN §2).
 * @module
 */
import { type Connection, type ConnectionContext, Server } from "partyserver";
import {
  CONNECT_TICKET_HEADER,
  type ConnectTicket,
  type DialectName,
  decodeConnectTicket,
} from "../auth/connect-ticket.ts";
import type { ProjectSource } from "../auth/project.ts";
import type { SessionId, Wire } from "../core/events.ts";
import type { Env } from "../env.ts";
import { CLOSE_FRAMES } from "../protocol/close-codes.ts";
import { PING, PONG } from "../protocol/limits.ts";
import type { Result } from "../protocol/result.ts";
import { type Attachment, readAttachment } from "./attachment.ts";
import { KeyWatch } from "./key-watch.ts";
import { errorText, logRoom, logRoomError } from "./log.ts";
import { closedResponse, refusalResponse } from "./refusal.ts";
import type { RoomProblem } from "./room-api.ts";
import { RoomEvents } from "./room-events.ts";
import { type RoomSocket, Sockets, closeSocket } from "./sockets.ts";
import type { Reauthenticate, Shown } from "./token-renewal.ts";

/** What differs between kinds of rooms. Everything but {@link admit} and {@link alarm} is synchronous. */
export interface RoomBehaviour<W, A extends Attachment> {
  /** Before the upgrade: whatever can be refused is refused here. */
  admit(ticket: ConnectTicket): Promise<Result<void, RoomProblem>>;
  /** After the upgrade of one that was let in, also where it failed. */
  arrived(ticket: ConnectTicket): void;
  open(entry: RoomSocket<W>): void;
  /** A socket that was open before this object slept. */
  restore(entry: RoomSocket<W>, attachment: A): void;
  receive(entry: RoomSocket<W>, frame: Uint8Array | string): void;
  close(entry: RoomSocket<W>, isGoodbye: boolean): void;
  /** After every event: flush, attachments, timers. */
  settle(): void;
  alarm(): Promise<void>;
}

export type RoomShell<Message, W extends Wire<unknown, Message>> = {
  readonly ctx: DurableObjectState;
  readonly env: Env;
  readonly sockets: Sockets<Message, W>;
  readonly roomName: string;
  readonly told: RoomEvents;
};

/** What rooms need of what they may not import; wired in src/index.ts. */
export type RoomPorts = {
  readonly reauthenticate: (env: Env, shown: Shown) => ReturnType<Reauthenticate>;
  /** As this isolate knows them. */
  readonly projectsOf: (env: Env) => ProjectSource;
};

/** One kind of room: which client families it speaks with, and what it does. */
export type RoomKindParts<Message, W extends Wire<unknown, Message>, A extends Attachment> = {
  /** Undefined for families that this kind does not speak with. */
  readonly dialectOf: (ticket: Pick<ConnectTicket, "dialect" | "channel">) => W | undefined;
  readonly makeBehaviour: (shell: RoomShell<Message, W>) => RoomBehaviour<W, A>;
  readonly ports: RoomPorts;
};

/** Families that are our own client's: it backs off on 1013, others would hammer a socket that opens and closes. */
const OWN_DIALECTS: ReadonlySet<DialectName> = new Set(["roost", "roost-presence"]);

/** A close frame without a code. It wants an answer, but the code itself may not be sent. */
const NO_STATUS = 1005;
/** Made up by the runtime when there was no close frame: nobody is left to answer. */
const CONNECTION_LOST: ReadonlySet<number> = new Set([1006, 1015]);

export class RoomObject<Message, W extends Wire<unknown, Message>, A extends Attachment> extends Server<Env> {
  static override options = { hibernate: true };

  readonly #shell: RoomShell<Message, W>;
  readonly #dialectOf: RoomKindParts<Message, W, A>["dialectOf"];
  readonly #behaviour: RoomBehaviour<W, A>;
  readonly #watch: KeyWatch<W>;

  constructor(ctx: DurableObjectState, env: Env, { dialectOf, makeBehaviour, ports }: RoomKindParts<Message, W, A>) {
    super(ctx, env);
    this.#dialectOf = dialectOf;
    const told = new RoomEvents(ctx.id.name ?? "", env.EVENTS, ctx.storage.kv);
    this.#shell = { ctx, env, sockets: new Sockets(told), roomName: ctx.id.name ?? "", told };
    // Exact text frames answered while the object sleeps, not billed, waking nobody.
    ctx.setWebSocketAutoResponse(new WebSocketRequestResponsePair(PING, PONG));
    this.#behaviour = makeBehaviour(this.#shell);
    const { roomName, sockets } = this.#shell;
    this.#watch = new KeyWatch({
      ...{ roomName, sockets },
      findProject: async (id, claim) => await ports.projectsOf(env).find(id, claim),
      end: (entry, reason, detail) => {
        sockets.close(entry.id, reason, detail);
        this.#leave(entry);
      },
    });
    this.#wake();
  }

  override async fetch(request: Request): Promise<Response> {
    const ticket = decodeConnectTicket(request.headers.get(CONNECT_TICKET_HEADER));
    if (!ticket.ok || this.#dialectOf(ticket.value) === undefined) {
      return new Response("not for clients", { status: 400 });
    }
    this.#shell.told.learn(ticket.value);
    let admitted: Result<void, RoomProblem>;
    try {
      admitted = await this.#behaviour.admit(ticket.value);
    } catch (error) {
      logRoomError("admit-failed", this.#shell.roomName, error, { request: ticket.value.requestId });
      return refusalResponse({ tag: "unavailable", reason: "the room could not be opened" });
    }
    if (admitted.ok) {
      try {
        return await super.fetch(request);
      } finally {
        this.#behaviour.arrived(ticket.value);
      }
    }
    logRoom("refused", this.#shell.roomName, { request: ticket.value.requestId, problem: admitted.error.tag });
    if (admitted.error.tag === "unavailable" && OWN_DIALECTS.has(ticket.value.dialect)) return closedResponse();
    return refusalResponse(admitted.error);
  }

  override onConnect(connection: Connection, { request }: ConnectionContext): void {
    const ticket = decodeConnectTicket(request.headers.get(CONNECT_TICKET_HEADER));
    // fetch() above has decoded the same header.
    if (!ticket.ok) return closeSocket(connection, 1011, "");
    const entry = this.#entry(connection, ticket.value, Date.now());
    if (this.#shell.sockets.size === 0) this.#watch.begin(entry.joinedMs);
    this.#guard(entry, () => {
      this.#shell.told.arriving(entry);
      this.#shell.sockets.add(entry);
      this.#behaviour.open(entry);
      this.#shell.told.announce(entry);
      this.#behaviour.settle();
    });
    const { requestId, session, dialect } = ticket.value;
    const sockets = this.#shell.sockets.size;
    logRoom("connect", this.#shell.roomName, { request: requestId, session, dialect, sockets });
  }

  override async webSocketMessage(socket: WebSocket, message: string | ArrayBuffer): Promise<void> {
    const entry = this.#shell.sockets.of(socket);
    if (entry === undefined) return;
    this.#guard(entry, () => {
      this.#behaviour.receive(entry, typeof message === "string" ? message : new Uint8Array(message));
      this.#behaviour.settle();
    });
    this.noticeActivity();
  }

  override async webSocketClose(socket: WebSocket, code: number, reason: string, wasClean: boolean): Promise<void> {
    this.#closed(socket, code, wasClean);
    // The runtime does not answer a close frame of a hibernating socket by itself (workerd 2026-10-23): without this the
    // client hangs in CLOSING until its own timeout, 30 s in ws.
    if (!CONNECTION_LOST.has(code)) closeSocket(socket, code === NO_STATUS ? 1000 : code, reason);
  }

  override async webSocketError(socket: WebSocket, error: unknown): Promise<void> {
    logRoomError("socket-error", this.#shell.roomName, error);
    this.#closed(socket, 1006, false);
  }

  override async alarm(): Promise<void> {
    await this.#behaviour.alarm();
    this.#behaviour.settle();
  }

  /** Somebody says something here, or changes what the others hear. */
  protected noticeActivity(): void {
    this.#watch.notice(Date.now());
  }

  #leave(entry: RoomSocket<W>): void {
    this.#guard(entry, () => {
      this.#behaviour.close(entry, false);
      this.#behaviour.settle();
    });
  }

  #closed(socket: WebSocket, code: number, wasClean: boolean): void {
    const entry = this.#shell.sockets.of(socket) ?? this.#restoreClosing(socket);
    if (entry === undefined) return;
    const isCurrent = this.#shell.sockets.get(entry.id) === entry;
    this.#shell.sockets.remove(entry);
    if (!isCurrent) return;
    this.#leave(entry);
    const session = entry.ticket.session;
    logRoom("close", this.#shell.roomName, { session, code, wasClean, sockets: this.#shell.sockets.size });
  }

  /** Rebuilds the sessions from what the sockets kept. Costs per socket, nothing per document. */
  #wake(): void {
    for (const socket of this.#shell.ctx.getWebSockets()) {
      if (socket.readyState !== WebSocket.OPEN) continue;
      const attachment = readAttachment<A>(socket);
      if (attachment === undefined) {
        closeSocket(socket, CLOSE_FRAMES.internal.code, CLOSE_FRAMES.internal.reason);
        continue;
      }
      const entry = this.#entry(socket, attachment.ticket, attachment.joinedMs);
      this.#shell.sockets.add(entry);
      this.#behaviour.restore(entry, attachment);
    }
  }

  /**
   * A socket whose close event woke this object, or came after what did: it was not open any more when {@link #wake} looked,
   * but its presence is still shown. Undefined for one that this room has closed or heard close.
   */
  #restoreClosing(socket: WebSocket): RoomSocket<W> | undefined {
    const attachment = readAttachment<A>(socket);
    if (attachment === undefined) return undefined;
    const entry = this.#entry(socket, attachment.ticket, attachment.joinedMs);
    // The same session again, on a socket that lives.
    if (this.#shell.sockets.get(entry.id) !== undefined) return undefined;
    this.#shell.sockets.add(entry);
    this.#behaviour.restore(entry, attachment);
    return entry;
  }

  #entry(socket: WebSocket, ticket: ConnectTicket, joinedMs: number): RoomSocket<W> {
    const dialect = this.#dialectOf(ticket);
    if (dialect === undefined) throw new Error(`${ticket.dialect} is not let in here`);
    // SAFETY: the router made it; here it is only compared.
    return { id: ticket.session as SessionId, socket, ticket, dialect, joinedMs };
  }

  /** An exception in a handler would be silent and leave the socket open, every later edit on it unanswered. */
  #guard(entry: RoomSocket<W>, handle: () => void): void {
    try {
      handle();
    } catch (error) {
      logRoomError("handler-failed", this.#shell.roomName, error, { session: entry.ticket.session });
      this.#shell.sockets.close(entry.id, "internal", "");
      try {
        this.#behaviour.close(entry, false);
        this.#behaviour.settle();
      } catch (second) {
        logRoomError("cleanup-failed", this.#shell.roomName, errorText(second));
      }
    }
  }
}
