/**
 * What games and lobbies speak, and how their sockets are turned away.
 * @module
 */
import type { ConnectTicket } from "../auth/connect-ticket.ts";
import type { Wire } from "../core/events.ts";
import type { GameEvent, GameMessage } from "../core/game/events.ts";
import type { GameCloseReason } from "../core/game/ports.ts";
import { gameCloseFrame } from "../dialects/colyseus-close.ts";
import { colyseus } from "../dialects/colyseus.ts";
import { REFUSAL_CODES, gameErrorFrame } from "../protocol/game-refusals.ts";
import type { Refusal } from "./game-api.ts";
import { type RoomSocket, closeSocket, sendFrames } from "./sockets.ts";

export type GameWire = Wire<GameEvent, GameMessage>;
export type GameSocket = RoomSocket<GameWire>;

export function gameDialectOf({ dialect }: Pick<ConnectTicket, "dialect">): GameWire | undefined {
  return dialect === "colyseus" ? colyseus : undefined;
}

/** What passes by itself; whoever had a seat comes back by itself. */
const PASSES: ReadonlySet<Refusal["tag"]> = new Set<Refusal["tag"]>(["busy"]);

/** Says why in the words of the family, then closes. */
export function turnAway(socket: WebSocket, { tag, reason }: Refusal): void {
  const close: GameCloseReason = PASSES.has(tag) ? "unavailable" : "refused";
  sendFrames(socket, [gameErrorFrame(REFUSAL_CODES[tag], reason)]);
  const frame = gameCloseFrame(close, reason);
  closeSocket(socket, frame.code, frame.reason);
}

/** A socket that is turned away as soon as it is open: a browser shows its page nothing of an upgrade that fails. */
export function refusedSocket(refusal: Refusal): Response {
  const [client, server] = Object.values(new WebSocketPair());
  if (client === undefined || server === undefined) throw new Error("a WebSocketPair has two ends");
  server.accept();
  turnAway(server, refusal);
  return new Response(null, { status: 101, webSocket: client });
}
