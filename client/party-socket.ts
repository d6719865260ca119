/**
 * partysocket as the socket of a connection.
 * @module
 */
import ReconnectingWebSocket, { CloseEvent as OwnCloseEvent } from "partysocket/ws";
import { isFinalCloseCode } from "../src/protocol/close-codes.ts";
import { ABNORMAL_CODE, CONNECT_TIMEOUT_MS, type Socket, type SocketPorts } from "./socket.ts";

/**
 * partysocket waits `min × growⁿ` without jitter. Those delays are set to 0 and the wait stands in its asynchronous
 * protocols provider, which runs before every attempt: it can be random and cut short, and the token is fetched after
 * it, fresh. Nothing is ever sent into partysocket's queue: it would go out before `hello`.
 */
export function openPartySocket({ socketUrl, protocols, WebSocket, onOpen, onData, onLost }: SocketPorts): Socket {
  const socket = new ReconnectingWebSocket(socketUrl, protocols, {
    WebSocket,
    minReconnectionDelay: 0,
    maxReconnectionDelay: 0,
    connectionTimeout: CONNECT_TIMEOUT_MS,
    maxEnqueuedMessages: 0,
    shouldReconnectOnClose: ({ code }) => !isFinalCloseCode(code),
  });
  socket.binaryType = "arraybuffer";
  // Properties, not listeners: those get a copy of each event, which in Node says "unknown reason" for an empty one.
  socket.onopen = onOpen;
  socket.onmessage = ({ data }: MessageEvent<unknown>) => onData(data);
  socket.onclose = (event: { readonly code: number; readonly reason: string }) => {
    // partysocket closes with its own event and 1000 what failed or timed out.
    const isFailure = event instanceof OwnCloseEvent && event.code === 1000;
    onLost(isFailure ? ABNORMAL_CODE : event.code, event.reason);
  };
  const isOpen = () => socket.readyState === socket.OPEN;
  return {
    isOpen,
    send: (data) => socket.send(data),
    reconnect: (code, reason) => {
      const isClosing = !isOpen();
      // Detaches and closes the old socket before it makes the next one.
      socket.reconnect(code, reason);
      // One that was closing already is detached without an event.
      if (isClosing) onLost(code, reason);
    },
    close: () => socket.close(1000, ""),
  };
}
