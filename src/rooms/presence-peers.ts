/**
 * The sockets of a presence room, as its engine sends to them: what each was sent is counted, as nothing else tells what waits for it.
 * @module
 */
import type { Frame, SessionId } from "../core/events.ts";
import type { OwnPresence, PresencePeers } from "../core/people/ports.ts";
import type { CloseReason } from "../protocol/close-codes.ts";
import type { PresenceServerMessage } from "../protocol/presence-messages.ts";
import { type PresenceWire, presenceWire } from "./presence-wire.ts";
import { type Sockets, sendFrames } from "./sockets.ts";

type PresenceSockets = Pick<Sockets<PresenceServerMessage, PresenceWire>, "get" | "close">;

export class CountedPeers implements PresencePeers {
  readonly #sockets: PresenceSockets;
  readonly #sent: (session: SessionId, bytes: number) => void;

  /** `sent` is called for each frame, after it was sent. */
  constructor(sockets: PresenceSockets, sent: (session: SessionId, bytes: number) => void) {
    this.#sockets = sockets;
    this.#sent = sent;
  }

  send(session: SessionId, messages: readonly PresenceServerMessage[]): void {
    this.#deliver(session, presenceWire.encode(messages));
  }

  sendToAll(sessions: Iterable<SessionId>, messages: readonly PresenceServerMessage[], own: OwnPresence): void {
    const common = messages.length === 0 ? [] : presenceWire.encode(messages);
    for (const id of sessions) {
      const more = own.get(id);
      this.#deliver(id, more === undefined ? common : presenceWire.append(common, more));
    }
  }

  close(session: SessionId, reason: CloseReason, detail: string): void {
    this.#sockets.close(session, reason, detail);
  }

  #deliver(session: SessionId, frames: readonly Frame[]): void {
    const entry = this.#sockets.get(session);
    if (entry === undefined) return;
    sendFrames(entry.socket, frames);
    for (const frame of frames) this.#sent(session, frame.length);
  }
}
