/**
 * One client of a game room in simulated time. A socket is one life of it.
 * @module
 */
import type { SessionId } from "../../src/core/events.ts";
import type { GameMessage } from "../../src/core/game/events.ts";
import type { GameCloseReason } from "../../src/core/game/ports.ts";
import { type Fields, decodeFields } from "./plain-game-state.ts";

export class GameClient {
  readonly session: SessionId;
  readonly user: string;
  /** The one it would come back with. */
  token = "";
  isOpen = false;
  state: Fields | undefined;
  /** All it heard on its socket. */
  heard: GameMessage[] = [];
  closed: { readonly reason: GameCloseReason; readonly detail: string } | undefined;
  lastInput = 0;

  constructor(session: SessionId, user: string) {
    this.session = session;
    this.user = user;
  }

  hear(message: GameMessage): void {
    this.heard.push(message);
    if (message.type === "handshake") this.token = message.reconnectionToken;
    if (message.type === "state") this.state = decodeFields(message.body);
    if (message.type === "patch") {
      if (this.state === undefined) throw new Error(`${this.session} got a patch before any state`);
      this.state = { ...this.state, ...decodeFields(message.body) };
    }
  }

  /** What it heard of one kind since it was asked last. */
  take<T extends GameMessage["type"]>(type: T): readonly Extract<GameMessage, { readonly type: T }>[] {
    const taken = this.heard.filter(
      (message): message is Extract<GameMessage, { readonly type: T }> => message.type === type,
    );
    this.heard = this.heard.filter((message) => message.type !== type);
    return taken;
  }
}
