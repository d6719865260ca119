/**
 * The connection of a presence room: as that of a document, on the platform's own socket. Its token is without the patience of `Token`: one that
 * cannot be renewed in time ends the socket, and the next one brings another within the time that a person is held for.
 * @module
 */
import { PRESENCE_SUBPROTOCOL } from "../../src/protocol/presence-messages.ts";
import { Connection, type ConnectionOptions } from "../connection.ts";
import { openPlainSocket } from "../plain-socket.ts";
import type { TokenSource } from "../token.ts";

export type RoomConnectionPorts = Omit<ConnectionOptions, "openSocket" | "subprotocol" | "token"> & {
  readonly source: TokenSource;
  readonly sendToken: (token: string) => void;
};

export type RoomConnection = Pick<Connection, "send" | "synced" | "hurry" | "renewToken" | "retry" | "close">;

/** Connects, and goes on trying. The widget has a smaller one (client/light-connection.ts). */
export function openRoomConnection(ports: RoomConnectionPorts): RoomConnection {
  const { source, sendToken } = ports;
  const token = {
    current: "",
    isRenewable: typeof source === "function",
    next: async () => (token.current = typeof source === "function" ? await source() : source),
    renew() {
      // The next attempt says what is wrong.
      if (token.isRenewable) void token.next().then(sendToken, () => undefined);
    },
    stop() {
      // Sending does nothing without a socket.
    },
  };
  return new Connection({ ...ports, openSocket: openPlainSocket, subprotocol: PRESENCE_SUBPROTOCOL, token });
}
