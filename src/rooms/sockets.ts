/**
 * The hibernating sockets of one room, by session. Kept in a map because `getWebSockets()` on every frame costs more than
 * the frame, and still lists sockets that are closing.
 * @module
 */
import type { ConnectTicket } from "../auth/connect-ticket.ts";
import type { Dialect, Frame, RoomMessage, SessionId, Wire } from "../core/events.ts";
import type { CloseReason } from "../protocol/close-codes.ts";
import { clearAttachment } from "./attachment.ts";
import { Crowd } from "./crowd.ts";
import type { RoomEvents } from "./room-events.ts";

export type RoomSocket<W> = {
  readonly id: SessionId;
  readonly socket: WebSocket;
  /** With the grant of its newest token. User, project and address stay. */
  ticket: ConnectTicket;
  /** Of a family with channels: from its first frame on that of its channel. */
  dialect: W;
  readonly joinedMs: number;
};

export type DocumentSocket = RoomSocket<Dialect>;
export type DocumentSockets = Sockets<RoomMessage, Dialect>;

/** RFC 6455 §5.5: a control frame carries at most 125 bytes, two of them the code. */
const MAX_CLOSE_REASON_BYTES = 123;

/** `Message` is what these sockets are told, `W` how. */
export class Sockets<Message, W extends Wire<unknown, Message>> {
  readonly #told: Pick<RoomEvents, "entered" | "gone"> | undefined;
  readonly #byId = new Map<SessionId, RoomSocket<W>>();
  readonly #bySocket = new Map<WebSocket, RoomSocket<W>>();
  readonly crowd = new Crowd();

  constructor(told?: Pick<RoomEvents, "entered" | "gone">) {
    this.#told = told;
  }

  get size(): number {
    return this.#byId.size;
  }

  add(entry: RoomSocket<W>): void {
    this.#byId.set(entry.id, entry);
    this.#bySocket.set(entry.socket, entry);
    this.crowd.enter(entry.ticket);
    this.#told?.entered(entry);
  }

  of(socket: WebSocket): RoomSocket<W> | undefined {
    return this.#bySocket.get(socket);
  }

  get(id: SessionId): RoomSocket<W> | undefined {
    return this.#byId.get(id);
  }

  all(): Iterable<RoomSocket<W>> {
    return this.#byId.values();
  }

  /** One of these sockets again, where another one under its session was let go: what is told to the session goes there. */
  point(entry: RoomSocket<W>): void {
    this.#byId.set(entry.id, entry);
  }

  /** From here on its close event is no news. */
  remove(entry: RoomSocket<W>): void {
    // A retried connect may have opened the same session twice: the late close of one is not the other's.
    if (this.#byId.get(entry.id) === entry) this.#byId.delete(entry.id);
    if (this.#bySocket.delete(entry.socket)) {
      this.crowd.leave(entry.ticket);
      this.#told?.gone(entry);
    }
    clearAttachment(entry.socket);
  }

  send(session: SessionId, messages: readonly Message[]): void {
    const entry = this.#byId.get(session);
    if (entry !== undefined) sendFrames(entry.socket, entry.dialect.encode(messages));
  }

  sendToAll(
    sessions: Iterable<SessionId>,
    messages: readonly Message[],
    own: ReadonlyMap<SessionId, readonly Message[]>,
  ): void {
    const encoded = new Map<W, readonly Frame[]>();
    for (const id of sessions) {
      const entry = this.#byId.get(id);
      if (entry === undefined) continue;
      let frames = encoded.get(entry.dialect);
      if (frames === undefined) {
        frames = messages.length === 0 ? [] : entry.dialect.encode(messages);
        encoded.set(entry.dialect, frames);
      }
      const more = own.get(id);
      sendFrames(entry.socket, more === undefined ? frames : entry.dialect.append(frames, more));
    }
  }

  close(session: SessionId, reason: CloseReason, detail: string): void {
    const entry = this.#byId.get(session);
    if (entry === undefined) return;
    this.remove(entry);
    const lastWords = entry.dialect.farewell?.(reason, detail) ?? [];
    sendFrames(entry.socket, lastWords);
    const frame = entry.dialect.closeFrame(reason);
    closeSocket(entry.socket, frame.code, detail === "" ? frame.reason : `${frame.reason}: ${detail}`);
  }
}

/** Closes without throwing: the socket may be gone already. The reason is cut to what a close frame carries. */
export function closeSocket(socket: WebSocket, code: number, reason: string): void {
  try {
    socket.close(code, cutToBytes(reason, MAX_CLOSE_REASON_BYTES));
  } catch {
    // Closed by the other side in the meantime.
  }
}

/** Sends without throwing. */
export function sendFrames(socket: WebSocket, frames: readonly Frame[]): void {
  try {
    for (const frame of frames) socket.send(frame);
  } catch {
    // The socket is closing; its close event follows and cleans up.
  }
}

function cutToBytes(text: string, maxBytes: number): string {
  const bytes = new TextEncoder().encode(text);
  if (bytes.length <= maxBytes) return text;
  // A cut inside a character leaves one replacement character of three bytes at the end; drop it.
  return new TextDecoder().decode(bytes.subarray(0, maxBytes)).replace(/\uFFFD$/u, "");
}
